#!/bin/sh
# SPDX-License-Identifier: MIT
# Fifty cycles of reserve, boot, shut down and release, in one guest.
cd "$(dirname "$0")/../.." || exit 1
build=${MARGAY_BUILD:-build}
toolchain/guest --timeout 600 --add "$build/tests/host/stub.elf:/tests/stub.elf" \
	--add "$build/tests/host/module-cycles.t:/tests/cycles" -- \
	/tests/cycles 50 </dev/null
