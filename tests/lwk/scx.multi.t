#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: schedulers in the style of Linux's sched_ext, compiled by nimble-cc
# --scx, schedule eight programs that compute and a shell that forks.
. ./lwk.sh

eight='for i in 1 2 3 4 5 6 7 8; do
	(j=0; while [ $j -lt 2000 ]; do j=$((j + 1)); done) &
done; wait; echo all eight'
forks='i=0; while [ $i -lt 40 ]; do /bin/true & i=$((i + 1)); done; wait; echo all forks'

lwk_up
for name in levels handed; do
	ok "$name is attached" nimble load --attach ./scx_$name.bpf.nx
	is "$(lwk run sh -c "$eight" 2>&1)" 'all eight' "$name: eight programs end"
	is "$(lwk run sh -c "$forks" 2>&1)" 'all forks' "$name: a shell forks"
	like "$(nimble show scx_$name.bpf)" 'it schedules' "$name schedules to the end"
	ok "$name is removed" nimble rm scx_$name.bpf
done
lwk_down
