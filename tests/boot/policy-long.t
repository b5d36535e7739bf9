#!/bin/bash
# SPDX-License-Identifier: MIT
# A policy replaced ten thousand times under eight threads, and ten minutes of policies that
# do anything, on three CPUs; where one runs at a time, and where all do. $REPLACE and
# $RANDOM_SECONDS: others.
cd "$(dirname "$0")/../.." || exit 1
build=${MARGAY_BUILD:-build}
n=0
said=$(mktemp)
trap 'rm -f "$said"' EXIT

for how in single multi; do
	n=$((n + 1))
	if toolchain/guest --accel $how --cpus 4 --timeout 3600 \
		--add "$build/tests/guest:/tests" -- \
		sh -c "cd /tests && REPLACE=${REPLACE:-10000} \
			RANDOM_SECONDS=${RANDOM_SECONDS:-600} ./policy-long.sh" \
		</dev/null >"$said" 2>&1 && ! grep -q '^not ok' "$said"; then
		echo "ok $n - policies for long, $how"
	else
		echo "not ok $n - policies for long, $how"
	fi
	sed 's/^/# /' "$said"
done
echo "1..$n"
