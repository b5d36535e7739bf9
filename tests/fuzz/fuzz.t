#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs each fuzzer in build/tests/fuzz for FUZZ_SECONDS (default 15). Inputs that
# were found stay in build/tests/fuzz/NAME.corpus; one that breaks something is
# left as build/tests/fuzz/NAME.crash-*.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

fuzzers=${MARGAY_BUILD:-build}/tests/fuzz

for fuzzer in "$fuzzers"/*.fuzz; do
	name=$(basename "$fuzzer" .fuzz)
	corpus=$fuzzers/$name.corpus
	mkdir -p "$corpus"
	seeds=()
	[ ! -d "tests/fuzz/$name.seeds" ] || seeds=("tests/fuzz/$name.seeds")
	ok "$name" timeout 120 "$fuzzer" -max_total_time="${FUZZ_SECONDS:-15}" \
		-timeout=5 -rss_limit_mb=1024 -print_final_stats=1 \
		-artifact_prefix="$fuzzers/$name." "$corpus" "${seeds[@]}"
done
done_testing
