#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: what the commands say in each state of an instance.
. ./lwk.sh

# refuses STATUS PATTERN COMMAND...: with a reason, and with nothing changed.
refuses()
{
	refuses_status=$1
	refuses_pattern=$2
	shift 2
	lwk status >/tmp/before 2>&1
	refuses_said=$("$@" 2>&1)
	is $? "$refuses_status" "$*: exit status $refuses_status"
	like "$refuses_said" "$refuses_pattern" "$*: says why"
	lwk status >/tmp/after 2>&1
	is "$(grep -v -e ' up ' -e traffic /tmp/after)" \
		"$(grep -v -e ' up ' -e traffic /tmp/before)" "$*: changes nothing"
}

# says PATTERN COMMAND...: and succeeds.
says()
{
	says_pattern=$1
	shift
	says_text=$("$@" 2>&1)
	is $? 0 "$*: succeeds"
	like "$says_text" "$says_pattern" "$*: says so"
}

# Nothing is reserved.
says 'There is no LWK: type `lwk reserve' lwk status
says '"instances": \[\]' lwk status --json
nothing='lwk0 has no CPUs and memory: type `lwk reserve --cpus'
refuses 1 "$nothing" lwk boot
refuses 69 "$nothing" lwk run busybox true
refuses 1 "$nothing" lwk ps
refuses 1 "$nothing" lwk log
refuses 1 "$nothing" nimble ls
refuses 1 "$nothing" lwk shutdown
refuses 1 "lwk0 is not reserved: nothing to release" lwk release
refuses 69 'type `lwk reserve --instance 3' lwk run --instance 3 true
refuses 1 . lwk reserve --cpus 0-99 --memory 64M
refuses 1 . lwk reserve --cpus 1 --memory 64T
refuses 1 . lwk reserve --cpus 0-3 --memory 64M

# Reserved.
says '^lwk0: CPUs 1 and 64 MiB reserved' lwk reserve --cpus 1 --memory 63M
says '^lwk0: reserved; type `lwk boot`' lwk status
says '"memory_bytes": 67108864' lwk status --json
booted='lwk0 is not booted: type `lwk boot`'
refuses 69 "$booted" lwk run busybox true
refuses 1 "$booted" nimble ls
refuses 1 "lwk0 is not booted: nothing to shut down" lwk shutdown
refuses 1 "CPU 1" lwk reserve --cpus 1 --memory 64M
refuses 1 . lwk reserve --instance 0 --cpus 2 --memory 64M
refuses 1 . lwk boot --image /bin/busybox
refuses 1 "/etc/passwd: " lwk boot --ext /etc/passwd
says '^LWK' lwk ps

# Two of them.
says '^lwk1: ' lwk reserve --cpus 2-3 --memory 64M
refuses 2 "several instances: lwk0 lwk1; say which with .--instance N" lwk boot
refuses 2 "several instances" lwk release
refuses 1 "several LWKs.*--instance N" nimble ls
says '^lwk1: booted on CPUs 2-3 with 64 MiB in' lwk boot --instance 1
says '^lwk1: running' lwk status
says '^lwk0: reserved' lwk status
refuses 69 'lwk0 is not booted' lwk run --instance 0 busybox true
says '^hello$' lwk run --instance 1 busybox echo hello
refuses 1 "lwk1 is booted and running; see .lwk status" lwk boot --instance 1
says '^lwk0: released' lwk release --instance 0

# The help's own example.
example=$(lwk boot --help | sed -n 's/^Example: //p')
lwk shutdown >/dev/null && says '^lwk1: booted' $example
nimble rm sysdeny

# Booted, and the only one.
says '^hello$' lwk run busybox echo hello
says '^hello$' lwk run --cpu 3 -- busybox echo hello
refuses 69 "lwk1 has no CPU 0, only 2 3" lwk run --cpu 0 busybox true
refuses 1 . lwk release
says '"state": "running"' lwk status --json
says '^ID NAME' nimble ls
refuses 1 '^nimble: there is no extension 50; see' nimble attach 50 pick
refuses 1 '^nimble: there is no extension 99; see' nimble show 99
refuses 1 '^nimble: there is no extension none; see' nimble rm none
refuses 1 '^nimble: foo: No such file' nimble load foo
nimble load --attach /usr/lib/margay/ext/prio.nx >/dev/null
says 'prio .* sched_[a-z_,.]*$' nimble ls
refuses 1 '^nimble: map priority has no key 9$' nimble map get prio priority 9
refuses 1 '^nimble: prio has no entry none' nimble attach prio none
nimble rm prio
says '"extensions": \[\]' nimble ls --json

# Output that goes nowhere.
for command in "lwk status" "lwk ps --json" "nimble ls" "lwk log -f" "lwk --help"; do
	timeout 10 $command >/dev/full 2>/tmp/err
	is $? 1 "$command, with no room for its output: exit status 1"
	like "$(cat /tmp/err)" "standard output" "$command: says why"
done

# Names that a terminal would obey, or that are no text at all.
strange=$(printf 'a\033[31m\n\377')
nimble load --name "$strange" /usr/lib/margay/ext/syscount.nx >/tmp/id
says 'a\?\[31m\?\?' nimble ls
says '"name": "a\?\[31m\?\?"' nimble ls --json
says '^[0-9]+ a\?\[31m\?\?: ' nimble show "$(cat /tmp/id)"
nimble rm "$(cat /tmp/id)"
mkdir /tmp/strange
cp spin "/tmp/strange/$strange"
lwk run "/tmp/strange/$strange" &
pid=$!
is_running()
{
	lwk ps | grep -q "$pid .*running"
}
wait_for 5 is_running
says ' a\?\[31m\?\?$' lwk ps
says '"name": "a\?\[31m\?\?"' lwk ps --json
# It computes: its time goes on, and it is in no call.
says "^lwk1 +$pid .* running +a" lwk ps
time_of()
{
	lwk ps --json | sed -n 's/.*"run_ns": \([0-9]*\).*/\1/p'
}
before=$(time_of)
sleep 0.3
ok "a program that computes has more time each time it is looked at" \
	[ "$(time_of)" -gt $((before + 100000000)) ]
# No line is wider than the terminal, which $COLUMNS stands for.
is "$(COLUMNS=80 lwk ps | awk 'length > 80')" "" "lwk ps at 80 columns"
is "$(COLUMNS=80 nimble ls | awk 'length > 80')" "" "nimble ls at 80 columns"
is "$(COLUMNS=40 lwk ps | awk 'length > 80')" "" "lwk ps at 40 columns still has all but the name"
kill -KILL $pid
wait $pid
rm -rf /tmp/strange

lwk log -f >/tmp/follow.out &
follower=$!
has_followed()
{
	grep -q "CPUs are online" /tmp/follow.out
}
ok "lwk log -f shows what there is" wait_for 5 has_followed

lwk run busybox sleep 100 2>/tmp/proxy.err &
pid=$!
is_listed()
{
	lwk ps | grep -q "$pid .*busybox"
}
wait_for 5 is_listed
says "^lwk1 +$pid +0 +[23] .* busybox\$" lwk ps
says "\"pid\": $pid" lwk ps --json
refuses 1 'lwk1 has processes.*--force' lwk shutdown
says '^lwk1: shut down' lwk shutdown --force
wait $pid
is $? 70 "a program whose LWK was taken away: exit status 70"
like "$(cat /tmp/proxy.err)" "lwk1 was shut down by force" "and its proxy says so"

# A log outlives its LWK.
wait $follower
is $? 0 "lwk log -f ends with the LWK"
says 'CPU 2: ' lwk log
says 'CPU 2: ' lwk log --raw
says '^lwk1: released' lwk release
is "$(cat /sys/devices/system/cpu/online)" 0-3 "all CPUs are Linux's again"

# Linux's watchdog, made to complain of a CPU that does not reschedule for 4 s, sees
# that to take much memory is not to keep a CPU.
watchdog=$(cat /proc/sys/kernel/watchdog_thresh)
echo 2 >/proc/sys/kernel/watchdog_thresh
says '^lwk0: CPUs 1 and 640 MiB reserved' lwk reserve --cpus 1 --memory 640M
echo "$watchdog" >/proc/sys/kernel/watchdog_thresh
is "$(dmesg | grep 'soft lockup')" "" "Linux's watchdog has seen nothing"
says '^lwk0: released' lwk release
done_testing
