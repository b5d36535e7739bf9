#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest, with CPUs that run at once: policies that do anything.
. ./lwk.sh
ext=.

lwk_up
adopt well lwk run ./policy $ext well
adopt badly lwk run ./policy $ext badly
adopt replace lwk run ./policy $ext replace 500
adopt random lwk run ./policy $ext random 15

# A program that dies at any point of attaching, replacing and detaching.
killed=0
for i in $(seq 30); do
	lwk run ./policy $ext $([ $((i % 2)) = 0 ] && echo replace 100000 ||
		echo badly) >/dev/null 2>&1 &
	pid=$!
	sleep 0.$((i % 10))$((i % 7))
	kill -KILL $pid
	wait $pid
	[ $? = 137 ] && killed=$((killed + 1))
done 2>/dev/null
is $killed 30 "programs are killed while they change their policy"
none_left()
{
	[ "$(lwk ps --json | tr -d ' \n')" = '{"processes":[]}' ] &&
		[ "$(nimble ls --json | tr -d ' \n')" = '{"extensions":[]}' ]
}
ok "neither they nor their extensions are left" wait_for 10 none_left
adopt afterwards lwk run ./policy $ext well
lwk_down
