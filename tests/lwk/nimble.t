#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: the administrator's extensions, by the nimble command.
. ./lwk.sh
ext=/usr/lib/margay/ext
is "$(ls $ext | tr '\n' ' ')" "active.nx allow.nx barrier.nx batch.nx central.nx \
coop.nx edf.nx edu.nx gang.nx longest.nx noise.nx pages.nx prio.nx record.nx rr.nx syscount.nx sysdeny.nx " "what is shipped, and no more"

lwk_up --ext $ext/sysdeny.nx
like "$(nimble ls)" 'sysdeny' "the extension of lwk boot --ext is there"
like "$(nimble show --json sysdeny | tr -d ' \n')" '"trusted":true' \
	"and trusted"
like "$(nimble show --json sysdeny | tr -d ' \n')" '"attached":true' \
	"and attached"
uname=63
ok "it is told to deny uname" nimble map set sysdeny denied $uname 1
is "$(lwk run busybox uname 2>/dev/null)" "" "uname is denied"
ok "it is told to allow it again" nimble map set sysdeny denied $uname 0
is "$(lwk run busybox uname)" Linux "uname works"
like "$(nimble map get sysdeny refused 0)" '[1-9]' "it has counted refusals"

ok "a counter is loaded and attached" nimble load --attach $ext/syscount.nx
lwk run busybox echo hello >/dev/null
like "$(nimble show --keys syscall syscount)" 'write' "it has seen write"
getpid=39
before=$(nimble map get --json syscount counts $getpid | tr -dc 0-9)
lwk run busybox sh -c 'echo $$' >/dev/null
after=$(nimble map get --json syscount counts $getpid | tr -dc 0-9)
ok "getpid was counted ($before, $after)" [ "${after:-0}" -gt "${before:-0}" ]
ok "it is detached" nimble detach syscount
before=$(nimble map dump --json syscount counts)
lwk run busybox true
is "$(nimble map dump --json syscount counts)" "$before" "and counts no more"
ok "it is attached again" nimble attach syscount
ok "it is removed" nimble rm syscount
like "$(nimble show syscount 2>&1)" 'syscount' "and gone"

for bad in loop oob; do
	ok "$bad is loaded and attached" nimble load --attach ./$bad.nx
	is "$(lwk run busybox echo alive)" alive "$bad: the program goes on"
	like "$(nimble show $bad)" 'budget|outside' "$bad: the record can be read"
	like "$(nimble show $bad)" "$bad\.c:[0-9]+" "$bad: with its source line"
	like "$(nimble ls)" "faulted.*" "$bad: listed as faulted"
	ok "$bad is removed" nimble rm $bad
done

# Unchecked code: the processor's exceptions are unwound.
for call in 110 111; do
	ok "trap is loaded, trusted" nimble load --trusted --attach ./trap.nx
	is "$(lwk run ./raw-call $call)" alive "call $call: the program goes on"
	like "$(nimble show trap)" 'processor exception' \
		"call $call: an exception"
	ok "trap is removed" nimble rm trap
done
ok "trap is loaded once more" nimble load --trusted --attach ./trap.nx
is "$(lwk run ./raw-call 108)" alive "#GP: the program goes on"
like "$(nimble show trap)" 'no address: the processor names none' "#GP: no address"
like "$(lwk log)" 'trap: stopped: processor exception at instruction [0-9]+$' \
	"nor in the log"
ok "trap is removed" nimble rm trap

for n in 0 1 100 200; do
	head -c $n $ext/syscount.nx >/tmp/bad.nx
	nimble load /tmp/bad.nx >/tmp/said 2>&1
	is $? 1 "an image of $n bytes is refused"
done
nimble load /nonexistent.nx >/dev/null 2>&1
is $? 1 "a file that is not there"
ok "shutdown" lwk shutdown
lwk boot --ext /tmp/bad.nx >/tmp/said 2>&1
is $? 1 "lwk boot with a bad extension fails"
like "$(lwk status)" 'reserved' "and leaves it reserved"
ok "it boots without" lwk boot
lwk_down
