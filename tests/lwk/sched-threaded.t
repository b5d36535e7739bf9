#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: sched.t once more, on threaded code.
LWK_BOOT_OPTIONS=--nimble.tier=threaded
. ./sched.t
