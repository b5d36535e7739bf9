#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest whose CPUs run at once.
. ./tap.sh

is "$(nproc)" 3 "all CPUs are online"
like "$(cat /proc/modules)" '^lwk ' "the module is loaded"
done_testing
