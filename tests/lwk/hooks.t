#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: every hook fires, and does what docs/hooks.md says.
. ./lwk.sh

lwk_up
# Another job, whose tasks begin, execute and end all the time.
touch /tmp/hooks.goes
lwk run busybox sh -c 'while [ -e /tmp/hooks.goes ]; do
	busybox true
	echo >>/tmp/hooks.others
done' &
others=$!
adopt hooks lwk run ./hooks . /tmp/hooks.others
rm /tmp/hooks.goes
wait $others
lwk_down
