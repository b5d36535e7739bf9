#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: calls in which the proxy has a part, and job control, give on the
# LWK what they give on Linux.
. ./lwk.sh

# compare NAME LIMIT ARG...: output and status of proxy-calls under a limit.
compare()
{
	compare_name=$1
	limit=$2
	shift 2
	sh -c "ulimit $limit; exec ./proxy-calls $*" >/tmp/linux.out 2>&1
	linux_status=$?
	sh -c "ulimit $limit; exec lwk run ./proxy-calls $*" >/tmp/lwk.out 2>&1
	is $? $linux_status "$compare_name: status"
	is "$(cat /tmp/lwk.out)" "$(cat /tmp/linux.out)" "$compare_name: output"
}

state()
{
	sed 's/.*) \(.\).*/\1/' /proc/$pid/stat
}
in_state()
{
	[ "$(state)" = "$1" ]
}
is_listed()
{
	lwk ps | grep -qw "$pid"
}

lwk_up
compare "as it is" "-c 0"
compare "ended by SIGPIPE" "-c 0" die
compare "with an unlimited stack" "-s unlimited"
compare "with a small stack" "-s 512"
compare "with few descriptors" "-n 20"

# Where it is started from does not matter.
here=$PWD
is "$(cd / && PATH=$PATH:$here lwk run proxy-calls | sed -n 2p)" \
	"$here/proxy-calls" "a program found in PATH knows its name"

# Names and arguments, as others and the program itself see them.
is "$(lwk run busybox cat /proc/self/comm)" busybox "its name"
lwk run busybox cat /proc/self/cmdline >/tmp/cmdline
is "$(tr '\0' ' ' </tmp/cmdline)" "busybox cat /proc/self/cmdline " \
	"its arguments"

# The application's range is the LWK's alone; the proxy has no break.
lwk run sleep 100 &
pid=$!
wait_for 5 sh -c 'lwk ps | grep -q sleep'
cat "/proc/$pid/maps" >/tmp/maps
kill -KILL $pid
wait $pid 2>/dev/null
is "$(head -n 1 /tmp/maps | cut -c 1-26)" "00010000-700000000000 rw-s" \
	"the proxy's map begins with the application's range"
is "$(grep -c -e heap -e ' rwxp ' /tmp/maps)" 0 "and has no break"

# A shell's job: stopped, continued, ended; from the keyboard and not.
is "$(./job lwk run busybox cat)" "$(./job busybox cat)" "job control"

lwk run busybox sleep 2 &
pid=$!
wait_for 5 is_listed
kill -STOP $pid
ok "SIGSTOP stops the proxy" wait_for 5 in_state T
kill -CONT $pid
ok "SIGCONT continues it" wait_for 5 in_state S
wait $pid
is $? 0 "and it ends well"

# A stopped program's calls stop with it.
mkfifo /tmp/fifo
lwk run busybox cat /tmp/fifo >/tmp/cat.out &
pid=$!
wait_for 5 is_listed
kill -STOP $pid
wait_for 5 in_state T
echo text >/tmp/fifo &
sleep 0.2
is "$(cat /tmp/cat.out)" "" "a stopped program reads nothing"
kill -CONT $pid
wait $pid
is "$? $(cat /tmp/cat.out)" "0 text" "and reads on when it is continued"
rm -f /tmp/fifo

# Data passes whole through a storm of signals, whether calls are restarted or not.
is_ready()
{
	grep -q ready /tmp/storm.err
}
busybox dd if=/bin/busybox of=/tmp/data bs=1k count=200 2>/dev/null
for how in restart interrupt; do
	mkfifo /tmp/in
	: >/tmp/storm.err # or the last one's "ready" would count
	lwk run ./storm $how </tmp/in >/tmp/out 2>/tmp/storm.err &
	pid=$!
	exec 9>/tmp/in
	wait_for 5 is_ready
	(while kill -USR1 $pid 2>/dev/null; do :; done) 9>&- &
	storm=$!
	busybox dd if=/tmp/data bs=700 2>/dev/null >&9
	exec 9>&-
	wait $pid
	is $? 0 "$how: a program in a storm of signals ends well"
	kill $storm 2>/dev/null
	wait $storm 2>/dev/null
	ok "$how: and has copied everything once" cmp /tmp/data /tmp/out
	diag "$(tail -n 1 /tmp/storm.err)"
	rm -f /tmp/in /tmp/out
done

# Signals that the processor raises, sent by somebody.
for signal in SEGV BUS FPE ILL ABRT; do
	lwk run busybox sleep 100 &
	pid=$!
	wait_for 5 is_listed
	kill -$signal $pid
	wait $pid
	is $(($? - 128)) "$(kill -l $signal)" "SIG$signal, sent, ends it"
done
lwk_down
