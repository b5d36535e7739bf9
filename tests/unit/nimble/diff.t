#!/bin/bash
# SPDX-License-Identifier: MIT
# Random programs on every engine against the oracle, for a few seconds.
set -u
cd "$(dirname "$0")/../../.."
build=${MARGAY_BUILD:-build}
echo 1..1
if output=$("$build/fuzz/nimble/nimble-random" 5 "${NIMBLE_SEED:-1}" 2>&1); then
	echo "ok 1 - $output"
else
	echo "not ok 1 - engines and oracle agree"
	tail -n 60 <<<"$output" | sed 's/^/# /'
fi
