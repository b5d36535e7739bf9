#!/bin/bash
# SPDX-License-Identifier: MIT
# Instruction vectors on every engine: the project's own in tests/vectors/, and
# those of ../shared/vectors/ where they are present.
set -u
cd "$(dirname "$0")/../../.."
run=${MARGAY_BUILD:-build}/bin/nimble-run
n=0
files=(tests/vectors/*.jsonl)
engines=(checked unchecked threaded threaded-unchecked traced)
shared=(isa reject)

echo "1..$(((${#files[@]} + ${#shared[@]}) * ${#engines[@]}))"

try()
{
	local output

	n=$((n + 1))
	if output=$("$run" --vectors "$1" --engine "$2"); then
		echo "ok $n - $(basename "$1") $2: $(tail -n 1 <<<"$output")"
	else
		echo "not ok $n - $(basename "$1") $2"
		tail -n 6 <<<"$output" | sed 's/^/# /'
	fi
}

for engine in "${engines[@]}"; do
	for file in "${files[@]}"; do
		try "$file" "$engine"
	done
	for name in "${shared[@]}"; do
		file=../shared/vectors/$name.jsonl
		[ -f "$file" ] || file=../../shared/vectors/$name.jsonl
		if [ -f "$file" ]; then
			try "$file" "$engine"
		else
			n=$((n + 1))
			echo "ok $n - $name.jsonl $engine # SKIP not present"
		fi
	done
done
