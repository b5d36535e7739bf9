#!/bin/bash
# SPDX-License-Identifier: MIT
# The gate on instruction counts fails where it must: it is a test itself.
cd "$(dirname "$0")/../../.." || exit 1
. tests/tap.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# gate NAME STATUS COUNTS BASELINE: fails (1) or passes (0) for these contents
gate()
{
	local output status

	printf '%s\n' "$3" >"$work/counts"
	printf '%s\n' "$4" >"$work/baseline"
	output=$(tests/bench/nimble/gate "$work/counts" "$work/baseline" 2>&1)
	status=$?
	if [ $((status != 0)) = "$2" ]; then
		pass "$1"
	else
		fail "$1" "status $status
$output"
	fi
}

gate 'the same' 0 'sort checked 1000' 'sort checked 1000'
gate '3 % more' 0 'sort checked 1030' 'sort checked 1000'
gate 'over 3 % more' 1 'sort checked 1031' 'sort checked 1000'
gate 'less' 0 'sort checked 500' 'sort checked 1000'
gate 'one of two over' 1 $'sort checked 1031\nsort unchecked 9' \
	$'sort checked 1000\nsort unchecked 10'
gate 'a row that is gone' 1 'sort checked 1000' \
	$'sort checked 1000\nhash checked 1000'
gate 'a row of which nothing is known' 1 \
	$'sort checked 1000\nhash checked 1000' 'sort checked 1000'
gate 'peers do not count' 0 $'sort checked 1000\nsort linux 9000' \
	$'sort checked 1000\nsort linux 10'
gate 'an empty baseline' 1 '' ''
rm "$work/baseline"
if tests/bench/nimble/gate "$work/counts" "$work/none" >/dev/null 2>&1; then
	fail 'no baseline' 'status 0'
else
	pass 'no baseline'
fi
done_testing
