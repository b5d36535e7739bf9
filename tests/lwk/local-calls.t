#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: a static C program checks the calls that the LWK serves, first on
# Linux, which is the reference, then on the LWK.
. ./lwk.sh
export MARGAY_TEST=a=b

lwk_up
adopt Linux ./local-calls one "t w o"
adopt LWK lwk run ./local-calls one "t w o"
lwk_down
