#!/bin/bash
# SPDX-License-Identifier: MIT
# Ordinary programs of Debian's packages do on the LWK what they do on Linux in the same
# guest: status, standard output and standard error are the same, or it is known why not
# (reasons). Stress-ng's stressors, which check what they do, end as well.
# Writes docs/compatibility.md, where all have run. $PROGRAMS: only those. $SAID: a file with
# what the guest has said before, in place of running it.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh
here=tests/programs
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# lines FILE: without comments.
lines()
{
	grep -v '^#' "$here/$1"
}

# The list, and a line for each stressor.
lines list >"$work/list"
while read -r stressor; do
	printf 'stress-%s\t60\t$R stress-ng -q --verify --%s 1 -t 2; echo $?\n' \
		"$stressor" "$stressor"
done < <(lines stressors) >>"$work/list"

run_all()
{
	toolchain/guest --cpus 4 --memory 5G --timeout 7000 \
		--packages "$(lines packages | paste -sd,)" \
		--add "$work/list:/compare/list" \
		--add $here/compare-in-guest:/compare/compare-in-guest -- sh -c '
			lwk reserve --cpus 1-3 --memory 1G && lwk boot || exit 1
			/compare/compare-in-guest /compare/list "$@"
			lwk log | grep -i panic; lwk status' sh $PROGRAMS \
		</dev/null 2>"$work/errors"
}

if [ -n "$SAID" ]; then
	cp "$SAID" "$work/said"
else
	run_all >"$work/said"
	status=$?
	is "$status" 0 "the guest has run them all"
	[ "$status" = 0 ] || diag "$(tail -40 "$work/errors")"
fi

reason_of()
{
	awk -F'\t' -v name="$1" '$1 == name { print $2 }' $here/reasons
}

row()
{
	printf '| %s | %s |\n' "$1" "$2" >>"$work/rows"
}

names=$(awk -F'\t' 'NF >= 3' "$work/list" | wc -l)
while IFS= read -r line; do
	case $line in
	'same '*)
		name=${line#same }
		reason=$(reason_of "$name")
		is "$reason" "" "$name: the same"
		row "$name" "the same"
		;;
	'differs '*)
		name=${line#differs } && name=${name%%:*}
		reason=$(reason_of "$name")
		if [ -n "$reason" ]; then
			pass "$name: differs, as is known: $reason"
		else
			fail "$name: ${line##*: } not the same"
		fi
		row "$name" "${reason:-differs}"
		;;
	*) diag "$line" ;;
	esac
done < <(grep -v '^@' "$work/said")
if [ -z "$PROGRAMS" ]; then
	is "$(wc -l <"$work/rows")" "$names" "each has an answer"
	{
		echo '<!-- SPDX-License-Identifier: MIT -->'
		echo '<!-- Written by tests/programs/compare.t. -->'
		echo '# Programs on the LWK'
		echo
		echo "Debian 12's programs, unmodified, in one guest, on Linux and by \`lwk run\`: the same"
		echo 'exit status, standard output and standard error, or why not. The commands stand in'
		echo 'tests/programs/list.'
		grep -q '^| stress-' "$work/rows" &&
			echo 'Each stressor of stress-ng runs for two seconds and verifies what it does.'
		echo
		echo "$(grep -c '| the same |' "$work/rows") of $(wc -l <"$work/rows") are the same."
		echo
		echo '| program | on the LWK |'
		echo '|---|---|'
		cat "$work/rows"
	} >docs/compatibility.md
fi
done_testing
