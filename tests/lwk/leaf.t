#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: leaf calls are on the LWK what they are on Linux.
. ./lwk.sh

lwk_up
cp leaf /tmp/leaf && chmod 755 /tmp/leaf
/tmp/leaf >/tmp/linux.out 2>&1
is $? 0 "it ends well on Linux"
lwk run /tmp/leaf >/tmp/lwk.out 2>&1
is $? 0 "and on the LWK"
as_on_linux /tmp/linux.out /tmp/lwk.out
lwk_down
