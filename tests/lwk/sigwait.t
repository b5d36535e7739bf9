#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: sigtimedwait() gets a signal whose default is to be ignored, though
# it comes from outside while the program waits.
. ./lwk.sh

lwk_up
rm -f /tmp/sigwait.out
lwk run ./sigwait >/tmp/sigwait.out &
waiter=$!
wait_for 10 grep -q ready /tmp/sigwait.out
wait_for 10 lwk_asleep $waiter
kill -URG $waiter
wait $waiter
is "$(tail -n 1 /tmp/sigwait.out)" "got 23" "SIGURG reaches who waits for it"
lwk_down
