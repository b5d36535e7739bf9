#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: a user who sends messages to an LWK's CPU without end has a share of it,
# and no more: the program there goes on, and others' messages arrive.
. ./lwk.sh

# took CPU: milliseconds that a program takes on CPU 1 while CPU is flooded.
took()
{
	./flood "$1" &
	flood=$!
	is_there()
	{
		lwk ps | grep -q "^lwk0 .* new"
	}
	wait_for 10 is_there
	lwk run --cpu 1 ./spin 100 >/tmp/spun
	kill -KILL $flood
	wait $flood 2>/dev/null
	read -r begun ended </tmp/spun
	echo $(((ended - begun) / 1000000))
}

lwk_up
beside=$(took 2)
flooded=$(took 1)
ok "a flood of messages takes less than half of its CPU: $beside ms, $flooded ms" \
	[ "$flooded" -lt $((2 * beside)) ]
./flood 1 &
flood=$!
lwk run --cpu 1 ./spin >/dev/null &
pid=$!
wait_for 10 lwk run --cpu 1 busybox true
pass "meanwhile a program is started there"
kill -TERM $pid
wait $pid
is $? 143 "and another is sent a signal"
kill -KILL $flood
wait $flood 2>/dev/null
lwk_down
