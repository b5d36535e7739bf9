# SPDX-License-Identifier: MIT
# TAP for shell scripts, on the host and in the guest (busybox sh). Source it,
# call these, end with done_testing.

tap_count=0
tap_failed=0

# pass NAME, fail NAME [TEXT]: one result; TEXT says what was wrong.
pass()
{
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1"
}

fail()
{
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $1"
	[ -z "${2-}" ] || diag "$2"
}

# skip NAME REASON
skip()
{
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

diag()
{
	printf '%s\n' "$1" | sed 's/^/# /'
}

# ok NAME COMMAND [ARG...]: the command succeeds. Its output is shown if not.
ok()
{
	tap_name=$1
	shift
	if tap_said=$("$@" 2>&1); then
		pass "$tap_name"
	else
		fail "$tap_name" "exit status $? of: $*
$tap_said"
	fi
}

# is GOT EXPECTED NAME: two strings are equal.
is()
{
	if [ "$1" = "$2" ]; then
		pass "$3"
	else
		fail "$3" "     got: $1
expected: $2"
	fi
}

# like TEXT PATTERN NAME: some line of the text matches the grep -E pattern.
like()
{
	if printf '%s\n' "$1" | grep -qE -e "$2"; then
		pass "$3"
	else
		fail "$3" "no match for $2 in:
$1"
	fi
}

done_testing()
{
	echo "1..$tap_count"
}
