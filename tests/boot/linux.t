#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: the Linux that everything else builds on.
. ./tap.sh

is "$(nproc)" 4 "all CPUs are online"
like "$(cat /proc/modules)" '^lwk ' "the module is loaded"
ok "the module can be unloaded" rmmod lwk
ok "and loaded again" insmod /lib/modules/lwk.ko
done_testing
