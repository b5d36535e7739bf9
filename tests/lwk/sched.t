#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: two busy processes on one CPU share it by time slices, and an
# extension with a map of priorities changes who runs.
. ./lwk.sh
ext=/usr/lib/margay/ext
work=300 # millions of turns

# Runs two programs at once on CPU 0; their start and end times in $a and $b.
pair()
{
	lwk run --cpu 1 ./spin $work >/tmp/a &
	first=$!
	lwk run --cpu 1 ./spin $work >/tmp/b &
	second=$!
	[ -z "${prefer-}" ] || $prefer
	wait $first $second
	read -r a_start a_end </tmp/a
	read -r b_start b_end </tmp/b
}

prefer_second()
{
	nimble map set prio priority $second 10
}

lwk_up
pair
ok "without a policy, the second runs before the first has ended" \
	[ "$b_start" -lt "$a_end" ]
# Both end near each other: the later half of the time is shared.
apart=$((b_end - a_end))
all=$((b_end - a_start))
ok "and both end at about the same time" [ $((apart * 4)) -lt $all ]

ok "the policy is loaded" nimble load --attach $ext/prio.nx
prefer=prefer_second
pair
ok "with it, the preferred second ends long before the first" \
	[ $(((a_end - b_end) * 4)) -gt $((a_end - b_start)) ]
like "$(nimble show prio)" 'sched_enqueue' "the policy was asked"
ok "the policy is removed" nimble rm prio
prefer=
pair
ok "without it, they share again" [ "$b_start" -lt "$a_end" ]

ok "a policy that loops is loaded" nimble load --attach ./loop.nx
pair
ok "the programs end all the same" [ "$a_end" -gt 0 ]
like "$(nimble ls)" faulted "and the policy was stopped"
lwk_down
