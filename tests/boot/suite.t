#!/bin/bash
# SPDX-License-Identifier: MIT
# The guest suite: many tests in one boot. Runs, in a guest with an emulated
# CPU at a time, every *.t of build/tests/guest, where make links GUEST_TESTS,
# and in a second one, with all CPUs at once, every *.multi.t. $KERNELS: the
# flavours of Linux to do so on.
cd "$(dirname "$0")/../.." || exit 1
build=${MARGAY_BUILD:-build}
files=$build/tests/guest
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Boots a guest as the options $2... say and runs the tests that match $1.
run_in_guest()
{
	local which=$1 status

	shift
	toolchain/guest "$@" --timeout 900 --add "$files:/tests" -- \
		/tests/suite-in-guest "$which" \
		</dev/null >"$work/tap" 2>"$work/err"
	status=$?
	awk -v n="$next" -v count="$work/count" -f tests/boot/renumber.awk \
		"$work/tap"
	next=$(($(cat "$work/count") + 1))
	if [ $status = 0 ]; then
		echo "ok $next - $which: the guest ended well"
	else
		echo "not ok $next - $which: the guest ended with status $status"
	fi
	sed 's/^/# /' "$work/err"
}

next=0
for kernel in ${KERNELS:-6.1-cloud}; do
	# With a device that lwk/device.t hands over.
	run_in_guest single --kernel "$kernel" --accel single --cpus 4 \
		--qemu-arg -device --qemu-arg edu,dma_mask=0xffffffff
	if compgen -G "$files/*.multi.t" >/dev/null; then
		run_in_guest multi --kernel "$kernel" --accel multi --cpus 3 \
			--qemu-arg -device --qemu-arg edu,dma_mask=0xffffffff
	fi
done
echo "1..$next"
