#!/bin/bash
# SPDX-License-Identifier: MIT
# Fifty cycles of reserve, boot, run, shutdown and release in one guest; the test
# is tests/lwk/cycles.t, and Linux must have nothing to complain of.
cd "$(dirname "$0")/../.." || exit 1
files=${MARGAY_BUILD:-build}/tests/guest

toolchain/guest --cpus 4 --timeout 900 --add "$files:/tests" -- sh -c '
	cd /tests && CYCLES=50 ./cycles.t || exit 1
	! dmesg | grep -E "WARNING:|BUG:|INFO:|Oops|Call Trace"' </dev/null
