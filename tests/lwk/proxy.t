#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: signals and death on the proxy's side.
. ./lwk.sh

# start COMMAND...: on the LWK in the background; its PID in $pid.
start()
{
	lwk run "$@" &
	pid=$!
	wait_for 5 is_listed || fail "$* is listed"
}
is_listed()
{
	lwk ps | grep -qw "$pid"
}
is_gone()
{
	! is_listed
}

lwk_up
# A shell's children in the background ignore SIGINT, and so must the program.
start busybox sleep 1
kill -INT $pid
wait $pid
is $? 0 "a signal that was ignored stays ignored"

# At whatever moment it comes: the program's dispositions travel to the LWK with
# its arguments, after it was started.
trap '' INT # the shell's child, too, from its first moment
survived=0
for round in 1 2 3 4 5 6 7 8; do
	lwk run busybox sleep 0.2 &
	pid=$!
	while kill -INT $pid 2>/dev/null; do :; done
	wait $pid && survived=$((survived + 1))
done
trap - INT
is $survived 8 "from its first moment"

for signal in TERM HUP USR1 KILL; do
	start busybox sleep 100
	kill -$signal $pid
	wait $pid
	is $(($? - 128)) "$(kill -l $signal)" "SIG$signal ends a sleeping program"
	ok "and it is gone" wait_for 5 is_gone

	start ./spin
	kill -$signal $pid
	wait $pid
	is $(($? - 128)) "$(kill -l $signal)" "SIG$signal ends a busy program"
	ok "and it is gone" wait_for 5 is_gone

	mkfifo /tmp/fifo
	start busybox cat /tmp/fifo
	kill -$signal $pid
	wait $pid
	is $(($? - 128)) "$(kill -l $signal)" \
		"SIG$signal ends a program in a call that blocks"
	ok "and it is gone" wait_for 5 is_gone
	rm /tmp/fifo
done

# Ctrl-C on a terminal.
for program in "busybox sleep 100" "busybox cat" "./spin"; do
	is "$(./ctrl-c lwk run $program)" "signal 2" "Ctrl-C ends $program"
done

# Many at once, killed at any time.
for round in 1 2 3 4 5; do
	pids=
	for n in 1 2 3 4 5 6; do
		lwk run busybox sha256sum /bin/busybox /bin/busybox >/dev/null 2>&1 &
		pids="$pids $!"
	done
	for pid in $pids; do
		kill -KILL $pid
	done
	wait
done
nothing_left()
{
	[ "$(lwk ps --json | tr -d ' \n')" = '{"processes":[]}' ]
}
ok "nothing is left of programs killed at any time" wait_for 10 nothing_left
is "$(lwk run busybox echo still here)" "still here" "the next program runs"
lwk_down
