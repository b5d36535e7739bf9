# SPDX-License-Identifier: MIT
# What to boot: from the options to QEMU's arguments, in the array qemu.

# Decides the accelerator. Emulation's cmpxchg16b miscomputes flags in QEMU
# 7.2 (6.12 panics now and then), so the guest does not get to see it.
accelerator()
{
	case $accel in
	single)
		qemu+=(-accel tcg,thread=single -cpu max,cx16=off)
		;;
	multi)
		one_multi_at_a_time
		qemu+=(-accel tcg,thread=multi -cpu max,cx16=off)
		;;
	icount)
		# QEMU 7.2 hangs when Linux starts CPUs at boot in this mode;
		# the guest's init starts them later.
		qemu+=(-accel tcg,thread=single -cpu max,cx16=off
			-icount shift=0,sleep=off -seed "$seed"
			-rtc base=2024-01-01T00:00:00,clock=vm)
		batch_file
		parameters+=(maxcpus=1 guest_cpus="$cpus" lpj=4000000 nokaslr)
		;;
	kvm)
		kvm_works || {
			echo "guest: this host has no usable KVM; leave out --accel kvm" >&2
			exit 2
		}
		qemu+=(-accel kvm -cpu host)
		;;
	esac
}

# The command as a file of the guest's: it gets no other input.
batch_file()
{
	[ -n "$shell" ] || {
		printf '%q ' "${command[@]}" >"$run/batch"
		adds+=("$run/batch:/batch")
	}
}

# /dev/kvm alone says little: without the processor's help it may exist and be
# far slower than emulation.
kvm_works()
{
	[ -w /dev/kvm ] && grep -qwE 'vmx|svm' /proc/cpuinfo
}

# Two guests with a thread for each CPU starve each other on a small host.
one_multi_at_a_time()
{
	local lock

	exec {lock}>"${XDG_RUNTIME_DIR:-/tmp}/margay-multi-$(id -u).lock"
	flock "$lock"
}

# The root file system: the flavour's own, and behind it, as Linux allows, an
# archive with what --add named.
root_file_system()
{
	local base=$build/guest/$kernel/initrd.cpio pair to unpacked

	if [ ${#adds[@]} = 0 ] && [ -z "$packages" ]; then
		initrd=$base
		return
	fi
	initrd=$run/initrd.cpio
	unpacked=$(packages_archive)
	mkdir -p "$run/add"
	for pair in "${adds[@]}"; do
		to=$run/add${pair#*:}
		mkdir -p "$(dirname "$to")"
		cp -RLT --preserve=mode,timestamps "${pair%%:*}" "$to"
	done
	{
		cat "$base" $unpacked
		(cd "$run/add" && find . -mindepth 1 -exec touch -hd @0 {} + &&
			find . -mindepth 1 | LC_ALL=C sort |
			cpio --quiet -o -H newc -R 0:0 --reproducible)
	} >"$initrd"
	rm -rf "$run/add"
}

# The archive of what --packages names, made when it is first wanted.
packages_archive()
{
	local names

	[ -n "$packages" ] || return 0
	names=$(tr , '\n' <<<"$packages" | LC_ALL=C sort -u | paste -sd,)
	"$parts/fetch" set "$names" "$build/packages" || exit 125
}

# A folder of the host's, by 9p; init mounts it.
share_folder()
{
	qemu+=(-virtfs "local,path=${share%%:*},mount_tag=share,security_model=none,multidevs=remap")
	parameters+=(guest_share="${share#*:}")
}

machine()
{
	# no_timer_check: on a busy host ten ticks may not come in the time that Linux
	# gives them at boot, and it would not go on.
	parameters=(console=ttyS0 quiet loglevel=3 panic=-1 oops=panic
		tsc=reliable reboot=t no_timer_check)
	qemu=(qemu-system-x86_64 -nodefaults -no-user-config -display none
		-vga none -net none -smp "$cpus" -m "$memory"
		-kernel "$build/packages/$kernel/vmlinux")
	accelerator
	root_file_system
	qemu+=(-initrd "$initrd")
	[ -z "$share" ] || share_folder
}
