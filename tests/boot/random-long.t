#!/bin/bash
# SPDX-License-Identifier: MIT
# Three million random system calls on three CPUs (tests/lwk/random.t), half of them where
# one CPU runs at a time, half where all do; 100,000 of them at least go through an
# extension that is attached, detached and removed meanwhile. $CALLS, $HOOKED: others;
# $SEED: begin with it.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh
. tests/boot/long.sh
calls=${CALLS:-3000000}
hooked=${HOOKED:-100000}
seconds=7200

in_both "random calls" $((seconds + 300)) "CALLS=$((calls / 2)) HOOKED=$((hooked / 2)) \
	SECONDS_AT_MOST=$seconds SEED=$SEED ./random.t"
done_testing
