#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: who waits for a time of CLOCK_REALTIME follows that clock when it is
# set, forward and back.
. ./lwk.sh

# set_clock SECONDS: by so many.
set_clock()
{
	date -s "@$(($(date +%s) + $1))" >/dev/null
}

lwk_up
for how in sleep semaphore timer; do
	lwk run ./until $how 1000 >/tmp/$how 2>&1 &
	eval "pid_$how=\$!"
done
all_sleep()
{
	lwk_asleep $pid_sleep && lwk_asleep $pid_semaphore &&
		lwk_asleep $pid_timer
}
ok "three programs wait" wait_for 10 all_sleep
set_clock -500
set_clock 1400
ok "and still do before the time has come" all_sleep
set_clock 200
for how in sleep semaphore timer; do
	is_in_time()
	{
		grep -q "in time" /tmp/$how
	}
	ok "$how: woken when the clock is set to it" wait_for 10 is_in_time
done
set_clock -1100
kill -KILL $pid_sleep $pid_semaphore $pid_timer 2>/dev/null
wait 2>/dev/null
lwk run ./until sleep 2 >/tmp/sleep
is "$(cat /tmp/sleep)" "sleep: in time" "a wait that nobody disturbs"
lwk_down
