#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: what the LWK says of the time is what Linux says, with Linux's clock
# source and, where that is not the TSC, by asking Linux.
. ./lwk.sh

source=/sys/devices/system/clocksource/clocksource0/current_clocksource
shared=/dev/shm/clocks

# both_agree WHEN
both_agree()
{
	dd if=/dev/zero of=$shared bs=4096 count=1 2>/dev/null
	lwk run ./clocks follow $shared &
	adopt "$1" ./clocks lead $shared
	wait $!
	is $? 0 "$1: the LWK's side ends"
}

lwk_up
mount -t tmpfs none /dev/shm 2>/dev/null || { mkdir -p /dev/shm; mount -t tmpfs none /dev/shm; }
is "$(cat $source)" tsc "Linux uses the TSC"
adopt Linux ./clocks self
adopt LWK lwk run ./clocks self
both_agree TSC
other=$(tr ' ' '\n' </sys/devices/system/clocksource/clocksource0/available_clocksource |
	grep -v tsc | head -n 1)
echo "$other" >$source
is "$(cat $source)" "$other" "Linux uses another clock source"
adopt "LWK without TSC" lwk run ./clocks self
both_agree "without TSC"
echo tsc >$source
lwk_down
