#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: lwk top, nimble top and nimble trace, which go on until interrupted.
. ./lwk.sh
ext=/usr/lib/margay/ext

# between LOW HIGH NUMBER: a number with a fraction.
between()
{
	echo "$3" | awk -v low="$1" -v high="$2" \
		'{ exit !($1 != "" && $1 >= low && $1 <= high) }'
}

# idle N FILE: the idle share of CPU N.
idle()
{
	sed -n "s/.*idle:.* CPU $1 \\([0-9.]*\\) %.*/\\1/p" "$2"
}

# column NAME WHICH FILE: in the line of that NAME, by the number of the column.
column()
{
	awk -v name="$1" -v which="$2" '$NF == name || $2 == name { print $which }' "$3"
}

lwk_up
lwk run --cpu 1 ./spin 600000 >/dev/null &
spin=$!
lwk run --cpu 2 busybox yes >/dev/null &
yes=$!
ok "two programs run" wait_for 10 sh -c 'lwk ps | grep -q spin && lwk ps | grep -q busybox'

ok "lwk top --once" sh -c 'lwk top --once --seconds 2 >/tmp/top'
diag "$(cat /tmp/top)"
like "$(head -n 1 /tmp/top)" '^lwk0: 2 processes; idle: CPU 1' "says what there is"
ok "one has all of its CPU" between 90 110 "$(column spin 4 /tmp/top)"
ok "which does not idle" between 0 10 "$(idle 1 /tmp/top)"
ok "another CPU does" between 90 100 "$(idle 3 /tmp/top)"
is "$(column spin 5 /tmp/top)$(column spin 6 /tmp/top)" 00 "it makes no system calls"
ok "the other has Linux serve some" between 1 9999999 "$(column busybox 6 /tmp/top)"
lwk top --seconds 0.2 --count 3 >/tmp/top
is "$(grep -c '^lwk0:' /tmp/top)" 3 "three drawings, one below the other"
is "$(grep -c "$(printf '\033')" /tmp/top)" 0 "with nothing for a terminal"
lwk top -b --seconds 0.1 >/tmp/top &
top=$!
ok "it goes on" wait_for 5 grep -q '^lwk0:' /tmp/top
kill -INT $top
wait $top
is $? 0 "until it is interrupted"
like "$(lwk top --seconds 0 2>&1)" 'seconds up to an hour' "a nonsense time"
like "$(lwk top --count x 2>&1)" 'number from 1 on' "a nonsense number"

# From here on it would only keep Linux waiting, where one CPU is emulated at a time.
kill -KILL $spin
wait $spin 2>/dev/null

ok "an extension counts calls" nimble load --attach $ext/syscount.nx
ok "nimble top --once" sh -c 'nimble top --once --seconds 2 >/tmp/top'
diag "$(cat /tmp/top)"
like "$(head -n 1 /tmp/top)" '^1 extension, [0-9.]+ % of a CPU' "says what there is"
ok "it runs" between 1 9999999 "$(column syscount 4 /tmp/top)"
ok "it takes time, and not much" between 0.001 50 "$(column syscount 5 /tmp/top)"
ok "its budget is charged" sh -c "[ '$(column syscount 6 /tmp/top)' != 0 ]"
is "$(column syscount 7 /tmp/top)" 0 "it has no faults"
ok "it is removed" nimble rm syscount
like "$(nimble top --once --seconds 0.1)" '^0 extensions' "none is left"

ok "one has events" nimble load --attach ./greet.nx
nimble trace --count 4 greet words >/tmp/trace
is "$(sort -u /tmp/trace)$(wc -l </tmp/trace)" "words: somebody calls4" \
	"which are traced, as text"
nimble trace --count 3 --values hex greet words >/tmp/trace
is "$(sort -u /tmp/trace)" "words: 736f6d65626f6479 2063616c6c730a00" "as bytes"
ok "for so long" sh -c 'nimble trace --seconds 0.2 greet >/tmp/trace'
is "$(sed 's/:.*//' /tmp/trace | sort -u | tr '\n' ' ')" "numbers words " "of all its rings"
like "$(grep -m 1 numbers: /tmp/trace)" '^numbers: [0-9a-f]{16}$' "numbers as bytes"
nimble trace greet >/tmp/trace &
trace=$!
ok "it goes on" wait_for 5 grep -q words: /tmp/trace
kill -INT $trace
wait $trace
is $? 0 "until it is interrupted"
nimble trace greet >/tmp/events 2>/tmp/trace &
trace=$!
ok "it is traced once more" wait_for 5 grep -q words: /tmp/events
ok "the extension is removed" nimble rm greet
wait $trace
is "$?$(cat /tmp/trace)" "1nimble: greet has gone" "and tracing it ends"
nimble load $ext/syscount.nx >/dev/null
like "$(nimble trace syscount 2>&1)" 'no ring buffer' "another has no events"
nimble load ./greet.nx >/dev/null
like "$(nimble trace greet moon 2>&1)" 'no ring buffer moon' "nor that ring"

kill -KILL $yes
wait $yes 2>/dev/null
lwk_down
