#!/bin/bash
# SPDX-License-Identifier: MIT
# The Debian packages: built from their source package in a clean root that has what
# Build-Depends names and nothing else, installed into another, and used there in guests
# with both of Debian 12's kernels.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh
build=$(realpath "${MARGAY_BUILD:-build}")

[ "$(id -u)" = 0 ] || {
	echo "1..0 # SKIP mmdebstrap and chroot want root here"
	exit 0
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
log=$work/log
chmod 755 "$work"

# Runs a command; what it says is shown if it fails.
step()
{
	local name=$1

	shift
	if "$@" >"$log" 2>&1; then
		pass "$name"
	else
		fail "$name" "$(tail -n 40 "$log")"
		done_testing
		exit 1
	fi
}

make_it()
{
	env -u MAKELEVEL -u MAKEFLAGS make -s O="$build" "$@"
}

# root NAME HOOK...: a clean Debian 12 at $work/NAME, and commands in it; $1 in them is
# the folder.
root()
{
	local name=$1 hook hooks=()

	shift
	for hook; do
		hooks+=(--customize-hook="$hook")
	done
	mmdebstrap --quiet --mode=root --variant=minbase \
		--dpkgopt=force-unsafe-io "${hooks[@]}" bookworm \
		"$work/$name" "$build/packages/apt/base/sources.list" \
		"$build/packages/apt/backports/sources.list"
}

install='apt-get -qq -y -o Dpkg::Use-Pty=0 install --no-install-recommends'

step "the kernels' packages" make_it "$build/packages/6.1/release" \
	"$build/packages/6.12/release"
old=$(cat "$build/packages/6.1/release") new=$(cat "$build/packages/6.12/release")
step "a source package" make_it deb-source
step "which Debian's tool packs" sh -c 'cd "$1" && dpkg-source -b margay-*/' sh "$build/deb"
step "packages of it, built in a clean root" root builder \
	"copy-in $(echo "$build"/deb/margay_*.dsc "$build"/deb/margay_*.tar.*) /root" \
	"chroot \"\$1\" $install dpkg-dev fakeroot" \
	'chroot "$1" sh -c "cd /root && dpkg-source -x margay_*.dsc source"' \
	'chroot "$1" apt-get -qq -y build-dep /root/source' \
	'chroot "$1" sh -c "cd /root/source && dpkg-buildpackage --no-sign"' \
	"mkdir $work/debs && cp \"\$1\"/root/*.deb $work/debs"
rm -rf "$work/builder"
like "$(cd "$work/debs" && echo *.deb)" \
	'libnimble-dev_.*libnimble0_.*margay-dkms_.*_all.deb.*margay_.*_amd64.deb' "four packages"

# Debian's own hooks have DKMS build the module for each kernel's headers, whether those
# come before the packages or after.
rm -f "$work"/debs/*dbgsym*
# The headers bring the kernel itself, whose initial file system nothing needs here.
step "installed in another clean root" root installed \
	"copy-in $work/debs /root" \
	'chroot "$1" dpkg-divert --quiet --local --rename --add /usr/sbin/update-initramfs' \
	'ln -s /bin/true "$1"/usr/sbin/update-initramfs' \
	"chroot \"\$1\" $install linux-headers-$old gcc gcc-bpf libc6-dev pkg-config" \
	"chroot \"\$1\" sh -c '$install /root/debs/*.deb'" \
	"chroot \"\$1\" $install -t bookworm-backports linux-headers-$new"
at=$work/installed
for release in $old $new; do
	ok "DKMS has built the module for Linux $release" sh -c \
		'ls "$1/lib/modules/$2"/updates/dkms/lwk.ko*' sh "$at" "$release"
done
for page in lwk.1 nimble.1 nimble-cc.1 nimble-run.1 libnimble.3; do
	ok "manual page $page" [ -s "$at/usr/share/man/man${page#*.}/$page.gz" ]
done

# What the guest does in that root, whose module takes the place of the tree's.
cat >"$at/root/use" <<'END'
set -e
modprobe lwk
modinfo -F filename lwk
lwk reserve --cpus 1-3 --memory 512M
lwk boot
lwk run uname -sr
lwk run sh -c 'echo "a shell, process $$"; ls /usr/lib/margay'
cp -R /usr/share/doc/libnimble-dev/examples /root/examples
cd /root/examples
make
lwk run ./calls calls.nx
nimble load --attach /usr/lib/margay/ext/syscount.nx
nimble ls
lwk shutdown
lwk release
! dmesg | grep Oops
END

# With a cache, 9p reads each page of the root once.
nine_p=trans=virtio,version=9p2000.L,msize=262144,cache=loose
for kernel in 6.1 6.12; do
	rm -rf "$at/root/examples"
	said=$(timeout 900 toolchain/guest --kernel "$kernel" --memory 2G --timeout 800 \
		--share "$at:/debian" -- sh -c 'rmmod lwk
		umount /debian
		mount -t 9p -o "$1" share /debian
		for fs in proc sys dev tmp; do mount --bind /$fs /debian/$fs; done
		exec chroot /debian sh /root/use' sh "$nine_p" </dev/null 2>&1)
	is $? 0 "Linux $kernel: everything from module to application"
	like "$said" '/updates/dkms/lwk.ko' "Linux $kernel: the module is DKMS's"
	like "$said" '^Linux 6\.' "Linux $kernel: lwk run"
	like "$said" '^a shell, process ' "Linux $kernel: a shell on the LWK"
	like "$said" '^[0-9]+ calls counted' "Linux $kernel: an application with an extension of its own"
	diag "$said"
done
done_testing
