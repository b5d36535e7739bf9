#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest, with CPUs that run at once: policies that do anything.
. ./lwk.sh
ext=/usr/lib/margay/ext

lwk_up
adopt well lwk run ./policy $ext well
adopt badly lwk run ./policy $ext badly
adopt replace lwk run ./policy $ext replace 500
adopt random lwk run ./policy $ext random 15
lwk_down
