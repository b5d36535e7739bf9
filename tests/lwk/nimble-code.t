#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: extensions as machine code, and as threaded code where there is no
# room for that or where it is not wanted.
. ./lwk.sh
ext=/usr/lib/margay/ext

lwk_up
like "$(lwk log)" 'extensions run as machine code' "the log says what they are"
ok "one is loaded" nimble load --attach --name one $ext/syscount.nx
like "$(nimble show one)" 'machine code' "it is machine code"
ok "one is loaded that shall not be" \
	nimble load --threaded --attach --name two $ext/syscount.nx
like "$(nimble show two)" 'threaded code' "it is threaded"
like "$(nimble show --json two | tr -d ' \n')" '"threaded":true' "also in JSON"
like "$(lwk log)" 'two: loaded, threaded' "and in the log"
is "$(lwk run busybox uname)" Linux "programs run with both"
getpid=39
before=$(nimble map get --json one counts $getpid | tr -dc 0-9)
is "$(nimble map get --json two counts $getpid | tr -dc 0-9)" "$before" \
	"and both have counted the same"
ok "one is removed" nimble rm one

# Memory for machine code is used again; several times all of it.
n=0
while [ $n -lt 30 ] && nimble load --attach ./big.nx >/dev/null; do
	case $(nimble show big) in
	*'machine code'*) ;;
	*) break ;;
	esac
	lwk run busybox true && nimble rm big || break
	n=$((n + 1))
done
is $n 30 "30 long extensions one after another are machine code"

# Until there is none: the rest is threaded.
n=0
while [ $n -lt 40 ] && nimble load --name big$n ./big.nx >/dev/null; do
	case $(nimble show big$n) in
	*'threaded code'*) break ;;
	esac
	n=$((n + 1))
done
ok "so many fit at once: $n" [ $n -gt 3 -a $n -lt 40 ]
like "$(lwk log)" 'big: no executable memory: its code is' "the log says so"
ok "the last one is attached" nimble attach big$n
is "$(lwk run busybox uname)" Linux "and programs run"
ok "one of them goes" nimble rm big0
ok "another comes" nimble load --name again ./big.nx
like "$(nimble show again)" 'machine code' "and has its place"
lwk_down

lwk_up --nimble.tier=threaded
like "$(lwk log)" 'extensions run as threaded code' "an LWK without any says so"
ok "one is loaded" nimble load --attach $ext/syscount.nx
like "$(nimble show syscount)" 'threaded code' "it is threaded"
is "$(lwk run busybox uname)" Linux "and programs run"
lwk_down
