#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: futexes give on the LWK, to a process with one thread, what they give
# on Linux; signals that end a wait are sent once the program sleeps.
. ./lwk.sh

# with_signals OUTPUT ASLEEP COMMAND...: run it and send it the signals that it asks
# for, whenever `ASLEEP PID` holds.
with_signals()
{
	output=$1 asleep=$2
	shift 2
	rm -f "$output"
	"$@" >"$output" 2>&1 &
	program=$!
	for n in 1 2 3; do
		wait_for 20 grep -qx "signal $n" "$output"
		wait_for 20 "$asleep" $program
		kill -ALRM $program
	done
	wait $program
}

asleep_on_linux()
{
	grep -q '^State:.S' "/proc/$1/status"
}

lwk_up
with_signals /tmp/linux.out asleep_on_linux ./futex
is $? 0 "it ends well on Linux"
with_signals /tmp/lwk.out lwk_asleep lwk run ./futex
is $? 0 "and on the LWK"
as_on_linux /tmp/linux.out /tmp/lwk.out
lwk_down
