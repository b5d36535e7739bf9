# SPDX-License-Identifier: MIT
# Guest tests that are made longer. Source it behind tests/tap.sh.

# in_both NAME SECONDS COMMAND: in the guest's folder of tests the command ends well, and
# none of its results has failed; where one CPU runs at a time, and where all do.
in_both()
{
	local how said

	for how in single multi; do
		if said=$(toolchain/guest --accel $how --cpus 4 --timeout "$2" \
			--add "${MARGAY_BUILD:-build}/tests/guest:/tests" -- \
			sh -c "cd /tests && $3" </dev/null 2>&1) &&
			! grep -q '^not ok' <<<"$said"; then
			pass "$1, $how"
		else
			fail "$1, $how"
		fi
		diag "$said"
	done
}
