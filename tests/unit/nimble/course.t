#!/bin/bash
# SPDX-License-Identifier: MIT
# The course: every command of docs/tutorial.md, typed as it is written in a copy of the
# tree, prints what stands there; and each lab's skeleton is graded as not done, its
# solution as done. With COURSE_FRESH=1 the copy is a clone in which nothing is built, and
# the labs are graded there by make. (What it says of a guest is for tests/boot/course.t.)
set -u
# Commands are typed by hand: not as part of a make that runs this.
unset MAKEFLAGS MFLAGS MAKELEVEL
cd "$(dirname "$0")/../../.."
top=$PWD
build=$(readlink -f "${MARGAY_BUILD:-build}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0

# result TRUE|FALSE NAME [FILE]: a line of TAP; what a failure printed
result()
{
	n=$((n + 1))
	if "$1"; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		head -n 40 "${3:-/dev/null}" | sed 's/^/# /'
	fi
}

# ---- Labs
for lab in 1 2 3 4 5; do
	fails=false
	MARGAY_BUILD=$build labs/grade $lab >"$work/out" 2>&1
	[ $? = 1 ] && grep -q '  wrong: ' "$work/out" && fails=true
	result $fails "lab $lab: there is something to do" "$work/out"
	passes=false
	MARGAY_BUILD=$build labs/grade $lab tests/labs/$lab.c \
		>"$work/out" 2>&1 && passes=true
	result $passes "lab $lab: it can be done" "$work/out"
done
short=false
[ "$(wc -l <tests/labs/1.c)" -le 40 ] && short=true
result $short 'lab 1 takes at most 40 lines'

# A barrier that opens when all but one have come: who comes last goes on too early, or is
# left behind.
sed 's/+ 1 == all/+ 2 == all/' tests/labs/5.c >"$work/early.c"
fails=false
"$build/bin/nimble-cc" "$work/early.c" -o "$work/early.nx"
timeout 100 "$build/labs/meet" "$work/early.nx" >"$work/out" 2>&1
[ $? = 1 ] && grep -qE 'went on before all had come|does not end' \
	"$work/out" && fails=true
result $fails 'lab 5: a barrier that opens too early is found' "$work/out"
echo 'no C' >"$work/bad.c"
fails=false
MARGAY_BUILD=$build labs/grade 1 "$work/bad.c" >"$work/out" 2>&1
[ $? = 1 ] && grep -q 'It does not compile' "$work/out" && fails=true
result $fails 'what does not compile has no points' "$work/out"
fails=false
MARGAY_BUILD=$build labs/grade 9 >"$work/out" 2>&1
[ $? = 2 ] && fails=true
result $fails 'there is no lab 9' "$work/out"

# ---- The tutorial
fresh_clone()
{
	git clone -q . "$work/tree"
}

copy_of_this_tree()
{
	mkdir "$work/tree"
	git ls-files -z 2>/dev/null | while IFS= read -r -d '' file; do
		[ -e "$file" ] && printf '%s\0' "$file"
	done | tar -c --null -T - -f - | tar -x -C "$work/tree" -f -
	ln -s "$build" "$work/tree/build"
}

if [ -n "${COURSE_FRESH:-}" ]; then
	fresh_clone
else
	copy_of_this_tree
fi
if [ ! -e "$work/tree/Makefile" ]; then
	n=$((n + 1))
	echo "ok $n - the tutorial # SKIP this is no git repository"
	echo "1..$n"
	exit 0
fi
cd "$work/tree" || exit 1

# Its blocks, in order: "F NAME" and lines of a file, "C COMMAND" and lines of output.
awk '
	/^`[a-z.]+`:$/ { name = substr($0, 2, length($0) - 3); next }
	/^    / {
		line = substr($0, 5)
		if (name != "") { print "F " name; name = ""; kind = "f" }
		if (sub(/^\$ /, "", line)) { print "C " line; kind = "c"; next }
		if (kind != "") { print "= " line; blank = 0 }
		next
	}
	/^$/ { if (kind != "") print "="; next }
	{ if (name == "") kind = "" }
' docs/tutorial.md >"$work/steps"

finish()
{
	local same=false

	[ -n "$what" ] || return
	# Blank lines at the end belong to the page.
	sed -i -e :a -e '/^\n*$/{$d;N;ba' -e '}' "$work/text"
	if [ "$kind" = F ]; then
		cp "$work/text" "$what"
		return
	fi
	timeout 1800 bash -c "$what" >"$work/printed" 2>&1
	sed -i -e :a -e '/^\n*$/{$d;N;ba' -e '}' "$work/printed"
	diff "$work/text" "$work/printed" >"$work/diff" && same=true
	result $same "tutorial: $what" "$work/diff"
}

what=
while IFS= read -r step; do
	case $step in
	'F '* | 'C '*)
		finish
		kind=${step%% *}
		what=${step#* }
		: >"$work/text"
		;;
	=) echo >>"$work/text" ;;
	*) printf '%s\n' "${step#= }" >>"$work/text" ;;
	esac
done <"$work/steps"
finish
if [ -n "${COURSE_FRESH:-}" ]; then
	for lab in 1 2 3 4 5; do
		cp "$top/tests/labs/$lab.c" mine.c
		passes=false
		make lab N=$lab LAB=mine.c >"$work/out" 2>&1 && passes=true
		result $passes "make lab N=$lab LAB=mine.c" "$work/out"
	done
fi
cd "$top" || exit 1
echo "1..$n"
