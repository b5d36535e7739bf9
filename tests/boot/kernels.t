#!/bin/bash
# SPDX-License-Identifier: MIT
# The other kernels that Margay supports: on each, an LWK is booted, runs a
# program, and gives everything back.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh
build=${MARGAY_BUILD:-build}

once='n=$(nproc) && lwk reserve --cpus 1-3 --memory 256M && lwk boot &&
	lwk run busybox uname -r && lwk shutdown && lwk release &&
	[ $(nproc) = $n ] && ! dmesg | grep -E "WARNING:|BUG:|Call Trace"'
for kernel in 6.1 6.12; do
	said=$(toolchain/guest --kernel $kernel --cpus 4 -- sh -c "$once" \
		</dev/null 2>&1)
	is "$?" 0 "Linux $kernel: boot, run, release"
	like "$said" "^${kernel/./\\.}\." "a program on the LWK sees Linux $kernel"
	[ "$tap_failed" = 0 ] || diag "$said"
done

# A folder of the host's, which Debian's cloud kernel cannot share.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "from the host" >"$work/file"
said=$(toolchain/guest --kernel 6.1 --share "$work:/work/here" -- sh -c '
	cat /work/here/file; echo "from the guest" >/work/here/answer' \
	</dev/null 2>&1)
is "$said/$(cat "$work/answer")" "from the host/from the guest" "--share, both ways"

# 9p without a cache pins the memory that it reads into, which Linux cannot do with an
# LWK's: the proxy reads and writes by way of its own.
cp "$build"/packages/busybox-static/root/bin/busybox "$work/"
said=$(toolchain/guest --kernel 6.1 --lwk --share "$work:/work/here" -- sh -c '
	cd /work/here
	lwk run ./busybox sh -c "cat file; ./busybox dd if=busybox of=copy bs=300k 2>&1 |
		tail -n 1"' </dev/null 2>&1)
like "$said" "^from the host" "a program on a shared folder runs on the LWK"
ok "what it reads and writes there is right" cmp "$work/busybox" "$work/copy"
[ "$tap_failed" = 0 ] || diag "$said"
done_testing
