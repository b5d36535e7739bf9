#!/bin/bash
# SPDX-License-Identifier: MIT
# CSMITH programs of csmith (default 5), each through both compilers, against the
# same program compiled natively.
set -u
cd "$(dirname "$0")/../../.." || exit 1
if ! command -v csmith >/dev/null; then
	echo "1..0 # SKIP csmith is not installed"
	exit 0
fi
echo 1..1
if output=$(tests/fuzz/nimble/csmith "${CSMITH:-5}" 2>&1); then
	echo "ok 1 - $(tail -n 1 <<<"$output")"
else
	echo "not ok 1 - engine and native code agree"
	sed 's/^/# /' <<<"$output"
fi
