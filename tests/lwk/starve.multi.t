#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest, with CPUs that run at once: an extension that takes all it can get of every
# CPU, and another user's program.
. ./lwk.sh

users_come

lwk_up
# The most of three times: the host does other things as well.
most_naps()
{
	for again in 1 2 3; do
		su second -c 'lwk run ./starve nap 1'
	done | sort -n | tail -n 1
}

# Six policies that take long each time that a CPU begins or ends to idle.
alone=$(most_naps)
idlers=
for i in 1 2 3 4 5 6; do
	su member -c 'lwk run ./starve idler .' >/tmp/idler$i 2>&1 &
	idlers="$idlers $!"
	ok "a member's policy is attached" wait_for 10 grep -q attached /tmp/idler$i
done
beside=$(most_naps)
diag "$alone naps alone, $beside beside them"
# A quarter of the CPU is theirs, and whoever looks for work asks all six.
ok "another's program that sleeps has more than a quarter of what it had" \
	[ "$((beside * 4))" -gt "$alone" ]
id=$(nimble ls | awk "/idler/ { print \$1; exit }")
runs=$(nimble map get "$id" runs 0)
diag "one of them ran ${runs##* } times"
ok "while they run" [ "${runs##* }" -gt 10 ]
for pid in $(lwk ps | awk '/starve/ {print $2}'); do
	kill -KILL "$pid"
done
wait $idlers
none_idling()
{
	[ "$(nimble ls | grep -c idler)" = 0 ]
}
ok "they are gone with their programs" wait_for 10 none_idling

# Both CPUs are busy in both cases.
su second -c 'lwk run ./starve count 0' >/dev/null &
alone=$(su second -c 'lwk run ./starve count 1')
wait
su member -c 'lwk run ./starve flood . 2' >/tmp/flood 2>&1 &
flood=$!
ok "a member floods all CPUs with timers and messages" wait_for 10 grep -q flooding /tmp/flood
beside=$(su second -c 'lwk run ./starve count 1')
diag "$alone turns alone, $beside beside it"
ok "another's program has more than half of its CPU" [ "$((beside * 2))" -gt "$alone" ]
is "$(su second -c 'lwk run busybox echo alive')" alive "and others start"
runs=$(nimble map get flood runs 0)
diag "flood ran ${runs##* } times"
ok "while it runs and runs" [ "${runs##* }" -gt 1000 ]
su member -c "kill -KILL $flood" 2>/dev/null || kill -KILL $flood
none_flooding()
{
	[ "$(nimble ls | grep -c flood)" = 0 ]
}
pid=$(lwk ps | awk '/starve/ {print $2}')
[ "$pid" ] && kill -KILL $pid
ok "it is gone with its program" wait_for 10 none_flooding

users_go
lwk_down
