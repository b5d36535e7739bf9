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

users_come
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

# A signal with a handler and one that ends the program, while it writes to a pipe that is
# full: whichever comes first. Only SIGKILL may leave a call to whoever serves it.
is_ready()
{
	grep -q ready /tmp/sent.err
}
handled=0
ended=0
for round in 1 2 3 4 5 6 7 8; do
	: >/tmp/sent.err
	lwk run ./sent both >/tmp/sent.out 2>/tmp/sent.err &
	pid=$!
	wait_for 5 is_ready
	kill -USR1 $pid
	kill -TERM $pid
	wait_for 5 is_gone || kill -KILL $pid
	wait $pid
	case $? in
	7) handled=$((handled + 1)) ;;
	143) ended=$((ended + 1)) ;;
	esac
done
is $((handled + ended)) 8 "two signals at once end a program in a call"
diag "$handled times by the handler, $ended times by the other"

# While a program is loaded, signals that are ignored by default interrupt nothing, and no
# descriptor is left behind.
calm=$(lwk run ./sent start)
like "$calm" '^[0-9]* descriptors$' "a program counts its descriptors"
started=0
for round in 1 2 3 4 5 6 7 8 9 10; do
	lwk run ./sent start >/tmp/sent.out 2>&1 &
	pid=$!
	while kill -WINCH $pid 2>/dev/null; do :; done
	wait $pid && is_same=$(cat /tmp/sent.out) && [ "$is_same" = "$calm" ] &&
		started=$((started + 1))
done
is $started 10 "it starts in a storm of SIGWINCH, and has no more of them"

is "$(lwk run ./sent pause)" "pause gives -1" "an alarm ends a pause"
is "$(lwk run busybox awk 'BEGIN { "echo a; echo b" | getline x; print x }')" a \
	"awk reads what a command says"

# Who has sent a signal.
# sent_by USER COMMAND...: a program of that user, and another process of theirs.
sent_by()
{
	: >/tmp/sent.err
	chmod 666 /tmp/sent.err
	sent_user=$1
	shift
	su "$sent_user" -c "exec $*" >/tmp/sent.out 2>/tmp/sent.err &
	sent_job=$!
	wait_for 5 is_ready
	su "$sent_user" -c "kill -USR1 $sent_job"
	wait $sent_job
	sed 's/, pid.*//' /tmp/sent.out
}
is "$(sent_by member lwk run ./sent who)" "$(sent_by member ./sent who)" \
	"a signal says whose it is"
is "$(sed 's/, pid.*//' /tmp/sent.out)" "uid 1000" "its sender's"

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
users_go
lwk_down
