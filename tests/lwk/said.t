#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: what the LWK says of a program, in its log and at the program's end:
# absent calls, names, times, CPUs, and a lack of memory.
. ./lwk.sh

lwk_up

# ptrace 101, userfaultfd 323; rseq 334 is every C library's.
lwk run ./raw-call 101 101 323 334 2>/tmp/err >/tmp/out
is "$(cat /tmp/out)" alive "absent calls answer"
is "$(cat /tmp/err)" "" "a program that succeeds says nothing of them"
lwk run busybox sh -c './raw-call 101; ./raw-call 323; exit 3' 2>/tmp/err >/tmp/out
is $? 3 "a script that fails"
is "$(cat /tmp/err)" "lwk: the program failed, and has made system calls that are absent on an LWK: ptrace userfaultfd" \
	"names those of all its processes"
lwk run busybox false 2>/tmp/err
is "$(cat /tmp/err)" "" "one that fails by itself is told nothing"
is "$(lwk log | grep -c '101, ptrace, is absent')" 2 "the log: once for each process"
is "$(lwk log | grep -c rseq)" 0 "and nothing that every program does"

# One clock and one numbering, Linux's.
before=$(cut -d' ' -f1 /proc/uptime)
lwk run --cpu 3 ./raw-call 101 >/dev/null
after=$(cut -d' ' -f1 /proc/uptime)
line=$(lwk log | tail -n 1)
like "$line" '^\[ *[0-9.]*\] CPU 3: raw-call' "the log names Linux's CPUs"
ok "and Linux's time: $before, $line, $after" \
	awk -v t="$line" -v a="$before" -v b="$after" \
	'BEGIN { sub(/^\[ */, "", t); t += 0; exit !(t >= a - 0.1 && t <= b + 0.1) }'
lwk run --cpu 2 busybox sleep 100 2>/dev/null &
pid=$!
is_there()
{
	lwk ps | grep -q "$pid .*busybox"
}
wait_for 5 is_there
like "$(lwk ps)" "^lwk0 +$pid +0 +2 " "so does lwk ps"
like "$(lwk ps --json | tr -d ' \n')" '"cpu":2,"lwk_index":1,' \
	"which has the LWK's own index by another name"
kill -KILL $pid
wait $pid

# Names that a terminal would obey.
strange=$(printf 'x\302\233A\233B')
cp raw-call "/tmp/$strange"
lwk run "/tmp/$strange" 101 >/dev/null
is "$(lwk log | grep -c 'x\\xc2\\x9bA\\x9bB (pid')" 1 "C1 controls are shown, not sent"
is "$(lwk log --raw | grep -c "$strange")" 0 "raw, too"
rm "/tmp/$strange"

# No memory.
lwk run ./hog >/tmp/full 2>/dev/null &
pid=$!
ok "a program takes all memory" wait_for 30 grep -q full /tmp/full
for i in 1 2 3; do
	lwk run busybox true 2>/tmp/err
	like "$? $(cat /tmp/err)" '^(69|126) lwk: .*memory' \
		"a start without memory says that there is none"
done
kill -KILL $pid
wait $pid
free_again()
{
	lwk run busybox true
}
ok "then there is some again" wait_for 5 free_again
lwk_down
