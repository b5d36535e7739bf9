#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: threads, fork, exec, shared memory, timers and scripts are on the
# LWK what they are on Linux, and nothing of them is left.
. ./lwk.sh

lwk_up
./processes >/tmp/linux.out 2>&1
is $? 5 "it ends well on Linux"
for run in 1 2 3; do
	lwk run ./processes >/tmp/lwk.out 2>&1
	is $? 5 "and on the LWK"
	as_on_linux /tmp/linux.out /tmp/lwk.out
done

printf '#!/bin/sh -f\necho "$0 $*" "*"; exit 9\n' >/tmp/processes.script
chmod +x /tmp/processes.script
is "$(lwk run /tmp/processes.script a b)" "/tmp/processes.script a b *" "a script"
printf '#!/no/such/interpreter\n' >/tmp/processes.script
lwk run /tmp/processes.script >/dev/null 2>&1
is $? 126 "a script whose interpreter is not there"

is "$(lwk run busybox sh -c 'echo a b | tr a-z A-Z; (exit 3); echo $?')" "$(printf 'A B\n3')" \
	"a shell has pipes and subshells"
is "$(lwk ps | grep -c processes)" 0 "no process is left"
lwk_down
