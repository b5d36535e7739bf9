#!/bin/bash
# SPDX-License-Identifier: MIT
# Three million random system calls on three CPUs (tests/lwk/random.t), half of them where
# one CPU runs at a time, half where all do; 100,000 of them at least go through an
# extension that is attached, detached and removed meanwhile. $CALLS, $HOOKED: others;
# $SEED: begin with it.
cd "$(dirname "$0")/../.." || exit 1
build=${MARGAY_BUILD:-build}
calls=${CALLS:-3000000}
hooked=${HOOKED:-100000}
seconds=7200
n=0
said=$(mktemp)
trap 'rm -f "$said"' EXIT

for how in single multi; do
	n=$((n + 1))
	if toolchain/guest --accel $how --cpus 4 --timeout $((seconds + 300)) \
		--add "$build/tests/guest:/tests" -- \
		sh -c "cd /tests && CALLS=$((calls / 2)) HOOKED=$((hooked / 2)) \
			SECONDS_AT_MOST=$seconds SEED=${SEED:-$RANDOM} ./random.t" \
		</dev/null >"$said" 2>&1 && ! grep -q '^not ok' "$said"; then
		echo "ok $n - random calls, $how"
	else
		echo "not ok $n - random calls, $how"
	fi
	sed 's/^/# /' "$said"
done
echo "1..$n"
