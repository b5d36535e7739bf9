#!/bin/bash
# SPDX-License-Identifier: MIT
# A policy replaced ten thousand times under eight threads, and ten minutes of policies that
# do anything, on three CPUs; where one runs at a time, and where all do. $REPLACE and
# $RANDOM_SECONDS: others.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh
. tests/boot/long.sh

in_both "policies for long" 3600 "REPLACE=${REPLACE:-10000} \
	RANDOM_SECONDS=${RANDOM_SECONDS:-600} ./policy-long.sh"
done_testing
