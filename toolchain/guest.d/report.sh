# SPDX-License-Identifier: MIT
# What to say when a guest failed: why, its console, the lightweight kernels'
# logs; and the exit status of the whole.

# Prints why the guest stopped, as far as its console tells.
why_stopped()
{
	if grep -q 'Kernel panic' "$run/console"; then
		echo panicked
	else
		echo "switched itself off"
	fi
}

report()
{
	local status=$1

	shift
	{
		echo "guest: $*"
		echo "guest: ---- console ----"
		[ ! -e "$run/console" ] || printable <"$run/console"
		lwk_logs
		echo "guest: ---- end ----"
	} >&2
	exit "$status"
}

# Drops what a terminal would take as a command; ends the last line.
printable()
{
	tr -cd '\n\t -~' | sed -e '$a\'
}

megabytes()
{
	case $memory in
	*G) echo $((${memory%G} * 1024)) ;;
	*M) echo "${memory%M}" ;;
	esac
}

# Saves guest memory [$1, $1 + $2) MiB to the pipe that the search reads from.
save_memory()
{
	tell_qemu "{\"execute\":\"pmemsave\",\"arguments\":{\"val\":$(($1 << 20)),\"size\":$(($2 << 20)),\"filename\":\"$run/memory\"}}"
	# Opened within the limit: it waits for QEMU to open the other end.
	timeout 30 sh -c 'exec "$1" <"$2"' sh \
		"$build/toolchain/guest.d/find-logs" "$run/memory" |
		"$parts/symbols" "$build/kernel/lwk.elf" || true
}

# The guest cannot be asked any more, so its memory is searched. From 3.5 GiB
# on, what lies above 3 GiB begins at 4 GiB (QEMU's pc machine).
lwk_logs()
{
	local size

	kill -0 "$qemu_job" 2>/dev/null || return 0
	size=$(megabytes)
	mkfifo "$run/memory"
	tell_qemu '{"execute":"stop"}'
	if [ "$size" -lt 3584 ]; then
		save_memory 0 "$size"
	else
		save_memory 0 3072
		save_memory 4096 $((size - 3072))
	fi
}
