#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: a CPU that hangs in the kernel is named, with what it runs; who waits
# for it is told so in time; the others go on; and it is stopped by force.
. ./lwk.sh

parameters=/sys/module/lwk/parameters
lwk_up
echo 1000 >$parameters/answer_ms
echo 2000 >$parameters/timeout_ms
is "$(lwk status | grep -c -e stalled -e silent)" 0 "CPUs that work are not named"

# A trusted extension has no budget: this one never ends.
lwk run --cpu 2 busybox yes >/dev/null 2>&1 &
pid=$!
is_running()
{
	lwk ps | grep -q "$pid .*busybox"
}
wait_for 5 is_running
id=$(nimble load --trusted ./loop.nx)
nimble attach "$id" syscall_entry
hangs()
{
	lwk status | grep -q 'stalled'
}
ok "lwk status names a CPU that hangs" wait_for 20 hangs
said=$(lwk status)
like "$said" '^lwk0: running; CPUs hang' "and what to do"
like "$said" "CPU 2 .*stalled.* in the kernel, .* runs (busybox|yes) .pid $pid" \
	"where it is, and what it runs"
like "$(lwk status --json | tr -d ' \n')" '"stalled":\[\{"cpu":2,"silent":false' \
	"in JSON, too"
ok "lwk trace reaches it" lwk trace

# SIGKILL ends the run as well, and nothing else.
kill -KILL $pid
wait $pid
is $? 137 "a program that hangs in an extension is killed"
hangs_no_more()
{
	! hangs
}
ok "and nothing hangs" wait_for 20 hangs_no_more
is "$(lwk ps --json | tr -d ' \n')" '{"processes":[]}' "no process is left"
like "$(nimble ls)" " loop +attached " "its extension has not failed"
nimble detach "$id"
lwk run --cpu 2 busybox yes >/dev/null 2>&1 &
pid=$!
wait_for 5 is_running
nimble attach "$id" syscall_entry
wait_for 20 hangs

said=$(timeout 60 nimble rm "$id" 2>&1)
is $? 1 "what waits for it fails"
like "$said" 'has not answered in 2000 ms; .lwk status. shows' "and says why"
said=$(timeout 60 lwk run --cpu 2 busybox true 2>&1)
is $? 69 "a program is not started there"
like "$said" 'CPU 2 of lwk0 has not answered' "which is said, too"

# Whoever removes it waits for its readers, but no other does.
lwk run --cpu 3 ./starve flood . 0 >/tmp/flooding 2>/dev/null &
other=$!
ok "another program attaches an extension meanwhile" \
	wait_for 20 grep -q flooding /tmp/flooding
kill -KILL $other
wait $other
is $? 137 "and ends"

ok "it is stopped by force" lwk shutdown --force
wait $pid
is $? 70 "its program ends so"
ok "and boots again" lwk boot
is "$(lwk run busybox echo alive)" alive "and runs programs"
echo 2000 >$parameters/answer_ms
echo 20000 >$parameters/timeout_ms
lwk_down
