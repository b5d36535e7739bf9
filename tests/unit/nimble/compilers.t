#!/bin/bash
# SPDX-License-Identifier: MIT
# The programs of tests/unit/nimble/programs/ through every compiler that is
# installed, on every engine of the kernel: all results must agree.
set -u
cd "$(dirname "$0")/../../.." || exit 1
build=${MARGAY_BUILD:-build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0

# The compilers, with the newest instruction set that each has.
compilers=("bpf-gcc v3" "clang v3" "clang-19 v4")

# results IMAGE COUNT ENGINE: one line for each program.
results()
{
	local i

	for ((i = 0; i < $2; i++)); do
		"$build/bin/nimble-run" --no-maps --engine "$3" \
			--set "args[0]=$i" "$1" 2>&1 | sed -n '1s/,.*//p'
	done
}

for file in tests/unit/nimble/programs/*.c; do
	name=$(basename "$file" .c)
	count=$(tr -d '[:space:]' <"$file" | grep -o 'RUN([0-9]*,' | wc -l)
	for choice in "${compilers[@]}"; do
		read -r cc cpu <<<"$choice"
		n=$((n + 1))
		if ! command -v "$cc" >/dev/null; then
			echo "ok $n - $name, $cc # SKIP not installed"
			continue
		fi
		if ! "$build/bin/nimble-cc" --cc="$cc" --cpu="$cpu" -I . \
			"$file" -o "$work/x.nx" >"$work/said" 2>&1; then
			echo "not ok $n - $name by $cc -mcpu=$cpu is compiled"
			sed 's/^/# /' "$work/said"
			continue
		fi
		for engine in checked unchecked threaded threaded-unchecked; do
			results "$work/x.nx" "$count" $engine \
				>>"$work/$name.$cc"
		done
		[ -f "$work/$name" ] || cp "$work/$name.$cc" "$work/$name"
		if diff "$work/$name" "$work/$name.$cc" >"$work/said" &&
			[ "$(grep -c '^result' "$work/$name")" = \
				$((4 * count)) ]; then
			echo "ok $n - $name by $cc -mcpu=$cpu: $count programs"
		else
			echo "not ok $n - $name by $cc -mcpu=$cpu"
			sed 's/^/# /' "$work/said"
		fi
	done
done
echo "1..$n"
