#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: who may do what. Members of group lwk run programs; others do not.
. ./lwk.sh

users_come

# refuses USER PATTERN COMMAND
refuses()
{
	refuses_said=$(su "$1" -c "$3" 2>&1)
	[ $? -ne 0 ] && pass "$1: $3: is refused" || fail "$1: $3: is refused"
	like "$refuses_said" "$2" "$1: $3: says why"
}

lwk_up
is "$(stat -c '%a %G' /dev/lwk0)" "660 lwk" "the instance is the group's"
is "$(stat -c %a /dev/lwk)" 600 "the control device is root's"

is "$(su member -c 'lwk run busybox id')" "$(su member -c id)" \
	"a member runs programs, as himself"
is "$(su member -c 'lwk run busybox cat /etc/shadow /proc/1/environ' 2>&1)" \
	"$(su member -c 'busybox cat /etc/shadow /proc/1/environ' 2>&1)" \
	"and may read what he may read on Linux"
like "$(su member -c 'lwk ps')" '^LWK' "and lists processes"
like "$(su member -c 'lwk log')" 'CPUs are online' "and reads the log"
like "$(su member -c 'nimble ls')" NAME "and lists extensions"
refuses member 'needs CAP_SYS_ADMIN' 'nimble load /etc/passwd'
refuses member 'no permission for /dev/lwk: do this as root' 'lwk shutdown'
refuses member 'no permission for /dev/lwk: do this as root' \
	'lwk reserve --cpus 1 --memory 2M'


# What one member's program has inserted, another does not see.
su member -c 'lwk run ./policy . work 0 3000' >/tmp/own 2>&1 &
own=$!
has_policy()
{
	su "$1" -c 'nimble ls' | grep -q policy
}
ok "a member sees the extension of his own program" wait_for 5 has_policy member
ok "root does" has_policy root
is "$(su second -c 'nimble ls' | grep -c policy)" 0 \
	"another member does not"
refuses second 'there is no extension' 'nimble show 1'
refuses second 'there is no extension' 'nimble map dump 1 counts'
wait $own

# Somebody asks with memory that never comes: others are served.
ok "there is an extension to list" nimble load syscount.nx
for way in in out; do
	: >/tmp/stuck
	./stuck $way >/tmp/stuck 2>&1 &
	stuck=$!
	ok "a request waits for its caller's memory, $way" wait_for 10 grep -q stuck /tmp/stuck
	ok "others ask meanwhile" timeout 20 nimble ls
	kill -KILL $stuck
	wait $stuck
done
nimble rm syscount

# A member's program loads all it may, and has faults without end.
su member -c 'lwk run ./greedy load .' >/tmp/greedy 2>&1
like "$(cat /tmp/greedy)" '^64 loaded, then: its job has too many extensions' \
	"a job has a quota of extensions"
lines=$(lwk log | wc -l)
linux=$(dmesg | wc -l)
su member -c 'lwk run ./greedy fault .' >/tmp/greedy 2>&1
like "$(cat /tmp/greedy)" '^300 faults in [0-9]* s' "its extensions fault 300 times"
seconds=$(sed 's/.* in \([0-9]*\) s.*/\1/' /tmp/greedy)
lines=$(($(lwk log | wc -l) - lines))
linux=$(($(dmesg | wc -l) - linux))
diag "$(cat /tmp/greedy): $lines lines in the LWK's log, $linux in Linux's"
ok "the LWK's log has a few lines a second of them" [ "$lines" -le $((12 * (seconds + 2))) ]
# Others are counted by the first line of a later second.
are_counted()
{
	su member -c 'lwk run ./greedy fault .' >/tmp/greedy 2>&1
	lwk log | grep -q '[0-9] lines about extensions were left out'
}
ok "and counts the others" wait_for 10 are_counted
ok "Linux's log has no more" [ "$linux" -le $((12 * (seconds + 2))) ]

# A member takes all memory; the administrator has some still.
su member -c 'lwk run ./hog' >/tmp/full 2>/dev/null &
hog=$!
ok "a member's program takes all memory" wait_for 30 grep -q full /tmp/full
refuses member 'memory' 'lwk run busybox true'
is "$(lwk run busybox echo alive)" alive "root runs a program all the same"
ok "loads and attaches a policy" nimble load --trusted --attach /usr/lib/margay/ext/rr.nx
is "$(lwk run busybox echo alive)" alive "runs one under it"
ok "takes it away" nimble rm rr
pid=$(lwk ps | awk '$NF == "hog" { print $2 }')
ok "and kills the program" kill -KILL "$pid"
wait $hog
none_left()
{
	[ "$(lwk ps --json | tr -d ' \n')" = '{"processes":[]}' ]
}
ok "whose memory is free again" wait_for 10 none_left
is "$(su member -c 'lwk run busybox echo alive')" alive "members run programs again"

refuses other 'or as a member of group lwk' 'lwk run busybox true'
refuses other 'or as a member of group lwk' 'lwk ps'
refuses other 'or as a member of group lwk' 'lwk log'
refuses other 'or as a member of group lwk' 'nimble ls'
is "$(lwk run busybox echo fine)" fine "root runs programs"

users_go
lwk_down
