#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: the schedule is recorded and shown, and noise is counted.
. ./lwk.sh
ext=/usr/lib/margay/ext

lwk_up
lwk run --cpu 1 ./spin 400 >/dev/null &
first=$!
lwk run --cpu 1 ./spin 400 >/dev/null &
second=$!
ok "a second is recorded" lwk sched record /tmp/run.txt 1
wait $first $second
like "$(head -n 1 /tmp/run.txt)" '^# lwk sched 1$' "it is a recording"
lwk sched report /tmp/run.txt >/tmp/run.out
for pid in $first $second; do
	like "$(cat /tmp/run.out)" "^ *[0-9.]+ +[0-9]+ +$pid " \
		"a program that shared the CPU is in it"
done
like "$(tail -n 3 /tmp/run.out)" "^ *$second +[0-9]+ +[0-9.]+ +[0-9.]+%" \
	"with its share of the time"
like "$(lwk sched report /tmp/run.txt svg)" '^<rect x=.*<title>task' \
	"as a picture"
like "$(lwk sched report /tmp/run.txt json)" '"ph":"X".*"dur"' \
	"as trace events"
like "$(lwk sched report /etc/passwd 2>&1)" 'not a recording' \
	"another file is none"
is "$(nimble ls | grep -c record)" 0 "the recorder has gone"

ok "noise is counted" nimble load --trusted --attach $ext/noise.nx
lwk run ./spin 50 >/dev/null
like "$(nimble map dump noise interrupts)" '[0-9]+ in all' \
	"interrupts are there, by vector and CPU"
ok "and no more" nimble rm noise

# A ring buffer by requests.
ok "a recorder is loaded by hand" nimble load --trusted --attach $ext/record.nx
lwk run busybox true
like "$(nimble map read record switches)" '^([0-9a-f]{16} ){2}[0-9a-f]{16}$' \
	"its records are read"
like "$(nimble map read record 7 2>&1)" 'ENOENT|EINVAL' "of a ring that there is"
ok "it is removed" nimble rm record
lwk_down
