#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: applications bring their own schedulers, good and bad.
. ./lwk.sh
ext=.

lwk_up
adopt well lwk run ./policy $ext well
adopt badly lwk run ./policy $ext badly
adopt replace lwk run ./policy $ext replace 1000

adopt random lwk run ./policy $ext random 10

# Four jobs at once, each with its policy, two of which fail.
for how in 0 14 3 1; do
	lwk run ./policy $ext work $how 1000 >/tmp/job-$how 2>&1 &
done
wait
for how in 0 14 3 1; do
	adopt "job of kind $how" cat /tmp/job-$how
done

# SIGKILL does not wait for a policy, which may have half a minute.
lwk run ./policy $ext kept >/tmp/kept 2>&1 &
kept=$!
ok "a policy keeps the threads of its program" wait_for 5 grep -q '^ok 1 ' /tmp/kept
sleep 0.3
kill -KILL $kept
wait $kept 2>/dev/null
none_left()
{
	[ "$(lwk ps --json | tr -d ' \n')" = '{"processes":[]}' ] &&
		[ "$(nimble ls --json | tr -d ' \n')" = '{"extensions":[]}' ]
}
ok "killed, it is gone at once" wait_for 5 none_left

# The administrator's schedules all who have none.
ok "a policy for all jobs is attached" nimble load --attach $ext/rr.nx
ok "a program runs under it" lwk run busybox true
adopt "a job's own goes before it" lwk run ./policy $ext work 0 200
like "$(nimble show rr)" 'it schedules' "it is there still"
ok "another replaces it" nimble load --attach --replace $ext/prio.nx
like "$(nimble show rr)" 'taken off: replaced' "and its record says so"
is "$(nimble ls | grep -c policy)" 0 "the jobs' policies have gone with them"
lwk_down
