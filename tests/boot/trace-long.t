#!/bin/bash
# SPDX-License-Identifier: MIT
# 1,500 times it is asked where the three CPUs of an LWK are while they work
# (tests/lwk/trace.t), where one CPU runs at a time and where all do. $TRACES: others.
cd "$(dirname "$0")/../.." || exit 1
build=${MARGAY_BUILD:-build}
n=0
said=$(mktemp)
trap 'rm -f "$said"' EXIT

for how in single multi; do
	n=$((n + 1))
	if toolchain/guest --accel $how --cpus 4 --timeout 3600 \
		--add "$build/tests/guest:/tests" -- \
		sh -c "cd /tests && TRACES=${TRACES:-1500} ./trace.t" \
		</dev/null >"$said" 2>&1 && ! grep -q '^not ok' "$said"; then
		echo "ok $n - traces under load, $how"
	else
		echo "not ok $n - traces under load, $how"
	fi
	sed 's/^/# /' "$said"
done
echo "1..$n"
