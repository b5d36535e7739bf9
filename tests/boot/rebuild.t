#!/bin/sh
# SPDX-License-Identifier: MIT
# On the host: whatever name the build's folder is given by, as toolchain/guest
# does, a changed header makes the same files anew.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh
build=$(readlink -f "${MARGAY_BUILD:-build}")
here=$(readlink -f .)

compiled()
{
	env -u MAKEFLAGS -u MAKELEVEL make -n -W "$1" O="$2" guest </dev/null \
		2>/dev/null | grep -c ' -c '
}

for header in kernel/abi/slot.h nimble/engine/ops.def; do
	by_path=$(compiled $header "$build")
	by_name=$(compiled $header "${build#"$here"/}")
	ok "$header: files depend on it" [ "$by_path" -gt 0 ]
	is "$by_path" "$by_name" "$header: as many as by the other name"
done
done_testing
