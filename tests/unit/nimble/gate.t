#!/bin/bash
# SPDX-License-Identifier: MIT
# The benchmark's counts by callgrind against the committed baseline.
cd "$(dirname "$0")/../../.." || exit 1
exec tests/bench/nimble/gate "${MARGAY_BUILD:-build}/bench/nimble/counts"
