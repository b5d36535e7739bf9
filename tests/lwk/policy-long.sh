#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest, for tests/boot/policy-long.t: policies, for long.
. ./lwk.sh

lwk_up
adopt replace lwk run ./policy . replace "${REPLACE:-10000}"
adopt random lwk run ./policy . random "${RANDOM_SECONDS:-600}"
lwk_down
