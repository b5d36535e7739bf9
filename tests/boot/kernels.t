#!/bin/bash
# SPDX-License-Identifier: MIT
# The other kernels that Margay supports: the module is built for each and
# loads.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

for kernel in 6.1 6.12; do
	said=$(toolchain/guest --kernel $kernel \
		-- sh -c 'uname -r; grep ^lwk /proc/modules' </dev/null 2>&1)
	is "$?" 0 "Linux $kernel boots and has the module"
	like "$said" "^${kernel/./\\.}\." "it is Linux $kernel"
done
done_testing
