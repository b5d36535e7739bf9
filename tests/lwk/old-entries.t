#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: entries into the kernel that the LWK does not serve end the program
# that tries them, and nothing else.
. ./lwk.sh

lwk_up
for entry in $(./old-entries); do
	lwk run ./old-entries "$entry" 2>/dev/null
	status=$?
	ok "$entry: ended by a signal, status $status" test $status -gt 128
	is "$(lwk run busybox echo alive)" alive "$entry: the LWK goes on"
done
lwk_down
