#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: the programs of examples/, on Linux and on the LWK. What they print is in
# docs/library.md; here it is seen that they do what they say.
. ./lwk.sh
ext=/usr/lib/margay/ext

# value PATTERN TEXT: the number behind the pattern.
value()
{
	echo "$2" | sed -n "s/.*$1\([0-9]*\).*/\1/p"
}

lwk_up
said=$(lwk run ./example-deadlines $ext/edf.nx 1 2>&1)
diag "$said"
default=$(value 'by default: ' "$said")
edf=$(value 'earliest deadline first: ' "$said")
ok "deadlines are met that the default misses" [ "${edf:-0}" -gt "${default:-25}" ]
ok "most of them" [ "${edf:-0}" -ge 13 ]

said=$(lwk run ./example-meet $ext/barrier.nx 3 2>&1)
is $? 0 "threads meet"
like "$said" "the kernel's: [0-9]* ns" "by both barriers"
diag "$said"
said=$(lwk run ./example-meet $ext/barrier.nx 65 2>&1)
is "$? $said" "2 between 1 and 64 threads" "no more than there may be"

said=$(lwk run ./example-batch $ext/batch.nx 2>&1)
is $? 0 "calls are made one by one, and in a batch"
is "$(echo "$said" | grep -c ' ns one by one, [0-9]* in a batch$')" 2 "of two kinds"
diag "$said"

said=$(lwk run ./example-forkjoin $ext/longest.nx 2>&1)
is $? 0 "tasks are forked and joined"
like "$said" '^longest first: [0-9.]* ms' "under a policy of their own"
diag "$said"

like "$(./example-meet)" 'barrier: [0-9]* ns a meeting of 2$' "on Linux, the first half"
like "$(./example-meet none.nx 2>&1)" 'No such file' \
	"and one that is not there is refused"
lwk_down
