#!/bin/bash
# SPDX-License-Identifier: MIT
# Random programs on every engine against the oracle, as gcc builds them for the
# kernel, for FUZZ_SECONDS (default 5).
set -u
cd "$(dirname "$0")/../../.." || exit 1
build=${MARGAY_BUILD:-build}
echo 1..1
if output=$("$build/fuzz/nimble/nimble-random" "${FUZZ_SECONDS:-5}" \
	"${NIMBLE_SEED:-$(date +%s)}" 2>&1); then
	echo "ok 1 - $output"
else
	echo "not ok 1 - engines and oracle agree"
	tail -n 60 <<<"$output" | sed 's/^/# /'
fi
