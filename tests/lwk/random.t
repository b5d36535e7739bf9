#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: random system calls from programs of many users that are killed at random,
# while the administrator's extension is attached and detached; then both kernels go on,
# and the LWK has the memory that it had. $CALLS of them, $HOOKED of them by way of the
# extension, $AT_ONCE programs at once; or for $SECONDS_AT_MOST.
. ./lwk.sh
calls=${CALLS:-1000000000}
seconds=${SECONDS_AT_MOST:-20}
seed=${SEED:-$(date +%s)}
at_once=${AT_ONCE:-3}

lwk_up
chmod 666 /dev/lwk0 /dev/lwk

memory()
{
	lwk status --json | sed -n "s/.*\"$1\": \([0-9]*\).*/\1/p"
}
none_left()
{
	[ "$(lwk ps --json | tr -d ' \n')" = '{"processes":[]}' ] &&
		[ "$(nimble ls --json | tr -d ' \n')" = '{"extensions":[]}' ]
}
# What the first programs leave in the kernel's caches.
./random-drive 6 1000000000 3 "$seed" syscount.nx policy.nx >/dev/null
wait_for 20 none_left
# What has ended is given back a little later.
settled()
{
	now=$(memory objects)
	sleep 0.3
	[ "$(memory objects)" = "$now" ]
}
wait_for 20 settled
before=$(memory free_bytes)
objects=$(memory objects)

attach_and_detach()
{
	while [ -e /tmp/random.goes ]; do
		nimble load --attach syscount.nx && nimble detach syscount &&
			nimble attach syscount && nimble show --json syscount |
			sed -n 's/.*"runs": \([0-9]*\).*/hooked \1/p' &&
			nimble rm syscount && echo round || break
	done >/tmp/random.rounds 2>/tmp/random.err
}
touch /tmp/random.goes
attach_and_detach &
loop=$!
./random-drive "$at_once" "$calls" "$seconds" "$seed" syscount.nx policy.nx \
	>/tmp/random.said
status=$?
rm /tmp/random.goes
wait $loop
diag "seed $seed: $(cat /tmp/random.said)"
hooked=$(awk '/hooked/ { n += $2 } END { print n + 0 }' /tmp/random.rounds)
diag "$hooked hooked calls, attached $(grep -c round /tmp/random.rounds) times"
[ -n "$CALLS" ] || ! grep -q 'has failed' /tmp/random.said && status=0
is $status 0 "random calls end nothing"
is "$(cat /tmp/random.err)" "" "an extension comes and goes meanwhile"
ok "through which calls go, $hooked" [ "$hooked" -ge "${HOOKED:-0}" ]
ok "their processes and extensions are gone" wait_for 20 none_left

# Images that load, and do anything on any hook.
RANDOM_PROGRAM=/tests/random-images ./random-drive 3 1000000000 \
	"${IMAGE_SECONDS:-15}" "$seed" >/tmp/random.said
diag "$(cat /tmp/random.said)"
ok "the LWK bears random images" [ -z "$(grep 'has failed' /tmp/random.said)" ]
ok "of which many were attached" \
	[ "$(sed 's/ .*//' /tmp/random.said)" -gt 20 ]
ok "they are gone" wait_for 20 none_left
is "$(lwk run busybox echo alive)" alive "the LWK runs programs"
wait_for 20 settled
after=$(memory free_bytes)
lost=$((before - after))
diag "free before $before, after $after"
ok "and has its memory: $lost bytes fewer" [ $lost -le 262144 ]
left=$(memory objects)
ok "of its own no object more: $left, $objects before" [ "$left" -le "$objects" ]
is "$(lwk log | grep -c PANIC)" 0 "no panic"
chmod 600 /dev/lwk
lwk_down
