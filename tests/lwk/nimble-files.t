#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: the instruction vectors and escapes of user space's tests, the same files,
# on the LWK and on both tiers.
. ./lwk.sh

lwk_up
adopt LWK lwk run ./nimble-files ./*.jsonl
[ -f isa.jsonl ] || pass "the shared vectors # SKIP not present"
lwk_down
