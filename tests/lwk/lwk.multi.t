#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest, with a host thread for each CPU: what is raced when the CPUs of
# Linux and of the LWK really run at once.
. ./lwk.sh
ext=/usr/lib/margay/ext
AT_ONCE=8

# Programs on all CPUs, each with delegated calls of its own.
is_listed()
{
	lwk ps | grep -qw "$pid"
}
all_at_once()
{
	all_bad=0
	all_pids=
	for i in $(seq $AT_ONCE); do
		lwk run busybox md5sum /tmp/data >/tmp/sum.$i &
		all_pids="$all_pids $!"
	done
	for pid in $all_pids; do
		wait $pid || all_bad=$((all_bad + 1))
	done
	for i in $(seq $AT_ONCE); do
		cmp -s /tmp/sum.$i /tmp/sum || all_bad=$((all_bad + 1))
	done
	[ $all_bad = 0 ]
}

lwk_up
export MARGAY_TEST=a=b
adopt "local calls" lwk run ./local-calls one "t w o"

busybox dd if=/bin/busybox of=/tmp/data bs=64k count=4 2>/dev/null
busybox md5sum /tmp/data >/tmp/sum
ok "$AT_ONCE programs at once read right" all_at_once

# Proxies that are killed while others go on.
killed=0
for i in $(seq 20); do
	lwk run busybox sh -c 'while :; do echo x; done' >/dev/null &
	pid=$!
	[ $((i % 2)) = 0 ] || wait_for 5 is_listed
	kill -KILL $pid
	wait $pid
	[ $? = 137 ] && killed=$((killed + 1))
done 2>/dev/null
is $killed 20 "proxies killed at any time end so"
ok "and harm nobody" all_at_once
none_left()
{
	[ "$(lwk ps --json | tr -d ' \n')" = '{"processes":[]}' ]
}
ok "their processes are gone" wait_for 10 none_left

# Threads that race on CPUs that run at once, fork and copy.
./processes >/tmp/linux.out 2>&1
for run in $(seq 5); do
	lwk run ./processes >/tmp/lwk.out 2>&1
	is $? 5 "threads and forks"
	as_on_linux /tmp/linux.out /tmp/lwk.out
done

is "$(timeout 60 lwk run ./timer-race 2000)" raced \
	"timers are set and deleted by several threads at once"

# Extensions that come and go under running programs: no CPU is stopped for it.
lwk run --cpu 1 busybox sh -c 'while :; do echo x; done' >/dev/null &
first=$!
lwk run --cpu 2 busybox sh -c 'while :; do echo x; done' >/dev/null &
second=$!
rounds=0
for i in $(seq 15); do
	nimble load --attach $ext/syscount.nx &&
		nimble detach syscount && nimble attach syscount &&
		nimble rm syscount && rounds=$((rounds + 1))
done >/tmp/rounds.out 2>&1
is $rounds 15 "an extension is attached and removed under running programs"
[ $rounds = 15 ] || diag "$(tail -n 3 /tmp/rounds.out)"
ok "the first program still runs" kill -TERM $first
ok "and the second" kill -TERM $second
wait $first
is $? 143 "the first ends by the signal"
wait $second
is $? 143 "and the second"

adopt "an application's extension" lwk run ./app-ext .
lwk_down
