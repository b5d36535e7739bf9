#!/bin/bash
# SPDX-License-Identifier: MIT
# 1,500 times it is asked where the three CPUs of an LWK are while they work
# (tests/lwk/trace.t), where one CPU runs at a time and where all do. $TRACES: others.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh
. tests/boot/long.sh

in_both "traces under load" 3600 "TRACES=${TRACES:-1500} ./trace.t"
done_testing
