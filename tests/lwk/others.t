#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: processes reach one another, and know themselves, as on Linux.
. ./lwk.sh

lwk_up
./others >/tmp/linux.out 2>&1
is $? 0 "it ends well on Linux"
lwk run ./others >/tmp/lwk.out 2>&1
is $? 0 "and on the LWK"
as_on_linux /tmp/linux.out /tmp/lwk.out
lwk_down
