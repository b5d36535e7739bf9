#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: every hook fires, and does what docs/hooks.md says.
. ./lwk.sh

lwk_up
adopt hooks lwk run ./hooks .
lwk_down
