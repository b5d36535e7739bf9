#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: a program that looks itself up in /proc finds itself, not its proxy.
. ./lwk.sh

lwk_up
./proc-self >/tmp/linux.out 2>&1
is $? 0 "it ends well on Linux"
lwk run ./proc-self >/tmp/lwk.out 2>&1
is $? 0 "and on the LWK"
as_on_linux /tmp/linux.out /tmp/lwk.out

# On Linux, others see what the program began with.
A=1 lwk run env -i B=2 sleep 100 &
pid=$!
has_begun()
{
	[ "$(tr '\0' ' ' <"/proc/$pid/cmdline")" = "sleep 100 " ]
}
ok "a program is seen by its arguments" wait_for 5 has_begun
is "$(tr '\0' ' ' <"/proc/$pid/environ")" "B=2 " "and its environment"
kill -KILL $pid
wait $pid 2>/dev/null

# And by the name that it gives itself.
lwk run ./proc-self named &
pid=$!
has_name()
{
	[ "$(cat "/proc/$pid/comm")" = renamed ]
}
ok "a program is seen by the name that it takes" wait_for 5 has_name
kill -KILL $pid
wait $pid 2>/dev/null

# One that a shell has started has its own, and not the shell's.
lwk run sh -c './spin 60000 & echo $! >/tmp/started; wait' &
pid=$!
has_started()
{
	[ "$(cat "/proc/$(cat /tmp/started)/comm")" = spin ]
} 2>/dev/null
ok "so is one that another has started" wait_for 10 has_started
kill -KILL "$(cat /tmp/started)"
wait $pid 2>/dev/null
lwk_down
