#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: an LWK logs where it is, and ends in a panic: its program ends with
# status 70, the log has registers and a back trace with names and lines, Linux goes
# on, and the instance boots again. $TRACES: how many times the CPUs are asked while they
# work (300).
. ./lwk.sh

lwk_up
ok "lwk trace" lwk trace
logged()
{
	[ "$(lwk log | grep -c "$1")" -ge "$2" ]
}
ok "each idle CPU says where it is" wait_for 5 logged 'NMI at <.*\.[chS]:[0-9]*' 3
ok "with a back trace" logged '^\[.*  <.*\.[chS]:[0-9]*' 3
is "$(lwk log | grep -c 'CPU [1-3]: NMI at')" 3 "once"
is "$(lwk run busybox echo alive)" alive "the LWK goes on"

# Wherever the CPUs are just then: in programs that lie about their frames or compute, in
# the entries of the kernel, in the engine, whose frame pointer is the extension's.
nimble load --attach /usr/lib/margay/ext/syscount.nx >/dev/null
liars=
for cpu in 1 2 3; do
	lwk run --cpu $cpu ./hostile-rbp 2>/dev/null &
	liars="$liars $!"
done
# These leave Linux little time where one CPU runs at a time.
if [ "$TRACES" ]; then
	lwk run busybox sh -c 'while :; do busybox sha512sum /bin/busybox; done' >/dev/null 2>&1 &
	liars="$liars $!"
	lwk run busybox awk 'BEGIN { while (1) n += length("text " n) }' >/dev/null 2>&1 &
	liars="$liars $!"
fi
are_running()
{
	[ "$(lwk ps | grep -c hostile-rbp)" = 3 ]
}
wait_for 5 are_running
traces=0
wanted=${TRACES:-300}
for i in $(seq "$wanted"); do
	lwk trace >/dev/null && traces=$((traces + 1))
done
is "$traces" "$wanted" "each of $wanted traces is answered by each CPU"
is "$(lwk run busybox echo alive)" alive "end nothing"
kill -KILL $liars
wait $liars 2>/dev/null
nimble rm syscount

lwk run busybox sleep 100 2>/tmp/err &
pid=$!
is_listed()
{
	lwk ps | grep -qw "$pid"
}
wait_for 5 is_listed
ok "lwk trace --panic" lwk trace --panic
wait $pid
is $? 70 "a program whose LWK has failed: exit status 70"
like "$(cat /tmp/err)" 'lwk0 has failed; see .lwk log' "and its proxy says so"
like "$(lwk status)" 'failed' "lwk status says so"
lwk log >/tmp/log
ok "the log says why" grep -q 'PANIC' /tmp/log
ok "with registers" grep -q 'rip <.*\.[chS]:[0-9]*.* rsp [0-9a-f]\{16\}' /tmp/log
ok "and a back trace after them" \
	sh -c 'sed 1,/PANIC/d /tmp/log | grep -q "  <.*\.[chS]:[0-9]*"'
diag "$(sed '1,/PANIC/d' /tmp/log)"
lwk run busybox true 2>/tmp/err
is $? 69 "nothing runs there"
like "$(cat /tmp/err)" 'lwk shutdown' "and lwk run says what to do"
like "$(nimble ls 2>&1)" 'lwk shutdown' "and so does nimble"
ok "it is shut down" lwk shutdown --force
lwk trace 2>/tmp/err
is $? 1 "lwk trace of nothing"
like "$(cat /tmp/err)" 'not booted' "says so"
ok "it boots again" lwk boot
is "$(lwk run busybox echo alive)" alive "and runs programs"
lwk_down
