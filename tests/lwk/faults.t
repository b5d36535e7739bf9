#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: every way in which a program can end badly ends it as Linux would
# have, and the next program runs.
. ./lwk.sh

lwk_up
for way in $(./crash); do
	want=$(./wait-status ./crash "$way" 2>/dev/null)
	got=$(./wait-status lwk run ./crash "$way" 2>/dev/null)
	is "$got" "$want" "$way: as on Linux"
done
is "$(lwk run busybox echo still here)" "still here" "the next program runs"
is "$(lwk ps --json | tr -d ' \n')" "{\"processes\":[]}" "no process is left"
lwk_down
