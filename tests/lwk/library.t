#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: the shipped extensions for applications, but for the schedulers.
. ./lwk.sh

lwk_up
adopt library lwk run ./library /usr/lib/margay/ext 3
lwk_down
