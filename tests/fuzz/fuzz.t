#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs each fuzzer in build/tests/fuzz for FUZZ_SECONDS (default 15; for nimble-gcc, the
# engine as it is compiled for use against its oracle, 60), FUZZ_JOBS at a time (default
# 1), with libFuzzer's options of tests/fuzz/NAME.options. Inputs
# that were found stay in build/tests/fuzz/NAME.corpus; one that breaks something
# is left as build/tests/fuzz/NAME.crash-*.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

fuzzers=${MARGAY_BUILD:-build}/tests/fuzz
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

seconds_of()
{
	case $1 in
	nimble-gcc) echo "${FUZZ_SECONDS:-60}" ;;
	*) echo "${FUZZ_SECONDS:-15}" ;;
	esac
}

# Fuzzes one; leaves its output as $work/NAME.log, its status as $work/NAME.
fuzz()
{
	local name=$1 corpus=$fuzzers/$1.corpus more=() seconds

	seconds=$(seconds_of "$name")
	mkdir -p "$corpus"
	[ ! -f "tests/fuzz/$name.options" ] ||
		mapfile -t more < <(grep -v '^#' "tests/fuzz/$name.options")
	more+=("$corpus")
	[ ! -d "tests/fuzz/$name.seeds" ] || more+=("tests/fuzz/$name.seeds")
	timeout $((seconds + 120)) "$fuzzers/$name.fuzz" \
		-max_total_time="$seconds" -timeout=5 -rss_limit_mb=1024 \
		-print_final_stats=1 -artifact_prefix="$fuzzers/$name." \
		"${more[@]}" >"$work/$name.log" 2>&1
	echo $? >"$work/$name"
}

running=0
for fuzzer in "$fuzzers"/*.fuzz; do
	fuzz "$(basename "$fuzzer" .fuzz)" &
	running=$((running + 1))
	if [ $running -ge "${FUZZ_JOBS:-1}" ]; then
		wait -n
		running=$((running - 1))
	fi
done
wait

for fuzzer in "$fuzzers"/*.fuzz; do
	name=$(basename "$fuzzer" .fuzz)
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$name.log")
	agreed=$(sed -n 's/^agreed: /, /p' "$work/$name.log")
	if [ "$(cat "$work/$name")" = 0 ]; then
		pass "$name: $(seconds_of "$name") s, $runs inputs$agreed"
	else
		fail "$name" "exit status $(cat "$work/$name")
$(tail -n 60 "$work/$name.log")"
	fi
done
done_testing
