#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: app-ext.t once more, on threaded code.
LWK_BOOT_OPTIONS=--nimble.tier=threaded
. ./app-ext.t
