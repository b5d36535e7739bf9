#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: Linux's own sched_ext schedulers, unchanged, schedule a program with eight
# threads of all kinds and a shell that forks, on three CPUs; their own counters show that
# they did.
. ./lwk.sh
ext=.
forks='i=0; while [ $i -lt 40 ]; do /bin/true & i=$((i + 1)); done; wait; echo all forks'

# schedules NAME MAP: what that map counts is more than nothing
schedules()
{
	# central wants to be attached on the CPU that decides
	ok "$1 is attached" nimble load --attach ./linux_$1.nx
	adopt "$1" lwk run ./policy $ext threads 1000
	is "$(lwk run sh -c "$forks" 2>&1)" 'all forks' "$1: forty forks"
	like "$(nimble show linux_$1)" 'it schedules' "$1 schedules to the end"
	like "$(nimble map dump linux_$1 $2)" '[1-9]' "$1: its counters rise"
	ok "$1 is removed" nimble rm linux_$1
}

if [ ! -e linux_simple.nx ]; then
	skip "Linux's schedulers" "no linux-source-6.12 where this was built: toolchain/setup scx"
	done_testing
	exit
fi
lwk_up
schedules simple stats
schedules qmap nr_enqueued
schedules central nr_total
lwk_down
