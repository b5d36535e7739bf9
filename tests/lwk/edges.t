#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: local calls at the edges of what they take give on the LWK what
# they give on Linux; names reach the log without control characters.
. ./lwk.sh

lwk_up
./edges >/tmp/linux.out 2>&1
is $? 0 "it ends well on Linux"
lwk run ./edges >/tmp/lwk.out 2>&1
is $? 0 "and on the LWK"
as_on_linux /tmp/linux.out /tmp/lwk.out

# A name with a newline and an escape sequence.
lwk run ./edges name
lwk log >/tmp/log.out
is "$(grep -c '^\[0\.0\]' /tmp/log.out)" 0 "its name makes no line of the log"
is "$(grep -c "$(printf '\033')" /tmp/log.out)" 0 "and controls no terminal"
ok "the log has it" grep -q 'x?\[0.0\]?\[2J.*swapoff' /tmp/log.out
lwk_down
