#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: a static C program checks the calls that the LWK serves, first on
# Linux, which is the reference, then on the LWK.
. ./lwk.sh
export MARGAY_TEST=a=b

# The program's own TAP becomes ours.
adopt()
{
	adopted_on=$1
	shift
	"$@" >/tmp/tap.out 2>&1
	adopted_status=$?
	while read -r word rest; do
		case $word in
		ok) pass "$adopted_on: ${rest#*- }" ;;
		not) fail "$adopted_on: ${rest#*- }" ;;
		1..*) ;;
		*) diag "$word $rest" ;;
		esac
	done </tmp/tap.out
	is $adopted_status 0 "$adopted_on: the program ends well"
}

lwk_up
adopt Linux ./local-calls one "t w o"
adopt LWK lwk run ./local-calls one "t w o"
lwk_down
