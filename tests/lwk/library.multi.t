#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest, with CPUs that run at once: the shipped extensions for applications, but for the schedulers.
. ./lwk.sh

lwk_up
adopt library lwk run ./library /usr/lib/margay/ext 2
lwk_down
