# SPDX-License-Identifier: MIT
# One run of a guest: QEMU and, beside it, what carries the command's streams,
# what watches for QEMU's events, and the clock. Whichever ends first decides.

# A folder for this run's files, gone with it.
make_run_folder()
{
	mkdir -p "$build/guest"
	run=$(mktemp -d "$build/guest/run.XXXXXX")
	trap clean_up EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}

jobs_started=()

# A QEMU that hangs hears no SIGTERM.
end_jobs()
{
	local job killer

	for job in "${jobs_started[@]}"; do
		kill "$job" 2>/dev/null || true
	done
	(sleep 10 && kill -KILL "${jobs_started[@]}") >/dev/null 2>&1 &
	killer=$!
	wait "${jobs_started[@]}" || true
	kill "$killer" 2>/dev/null || true
}

# A second signal, as where Ctrl-C reaches us and our caller ends us as well,
# does not break it off.
clean_up()
{
	trap '' INT TERM HUP
	[ ${#jobs_started[@]} = 0 ] || end_jobs
	rm -rf "$run"
}

# Sends QEMU a command of its machine protocol.
tell_qemu()
{
	echo "$1" >"$run/qmp.in"
}

# Ends when the guest has stopped. QEMU is told to pause then, not to end, so
# that the guest's memory can still be read.
watch_qemu()
{
	tell_qemu '{"execute":"qmp_capabilities"}'
	grep -qm1 '"event": "SHUTDOWN"' <"$run/qmp.out"
}

# With --lwk, this runs in the guest first; its output is shown only if it fails.
booted_with_lwk='
said=$(lwk reserve --cpus "1-$(($(nproc) - 1))" --memory "$1" 2>&1 &&
	lwk boot 2>&1) || {
	printf "guest: the lightweight kernel did not boot:\n%s\n" "$said" >&2
	lwk log >&2
	exit 125
}
shift
exec "$@"'

half_of_memory()
{
	case $memory in
	*G) echo "$((${memory%G} * 512))M" ;;
	*M) echo "$((${memory%M} / 2))M" ;;
	esac
}

boot_lwk_first()
{
	command=(sh -c "$booted_with_lwk" sh "$(half_of_memory)" "${command[@]}")
}

start_guest()
{
	local stdin

	if [ "$accel" = icount ]; then
		start_batch_guest
		return
	fi

	mkfifo "$run"/{agent,qmp}.{in,out}
	qemu+=(-no-reboot -no-shutdown -serial "file:$run/console"
		-device virtio-serial-pci
		-chardev "pipe,id=agent,path=$run/agent"
		-device virtserialport,chardev=agent
		-chardev "pipe,id=qmp,path=$run/qmp" -mon chardev=qmp,mode=control
		-append "${parameters[*]} ${appends[*]}" "${qemu_args[@]}")
	"${qemu[@]}" </dev/null >"$run/qemu.log" 2>&1 &
	qemu_job=$!
	exec {stdin}<&0
	"$build/toolchain/guest.d/stream" "$run/agent.out" "$run/agent.in" \
		"$run/status" "${command[@]}" <&"$stdin" &
	stream_job=$!
	watch_qemu &
	watch_job=$!
	sleep "${timeout:-120}" &
	clock_job=$!
	jobs_started=($clock_job $watch_job $stream_job $qemu_job)
}

# A guest that finds its command in its file system, and writes to serial ports
# what that leaves, once it has ended. When input reached it would depend on the
# host, and with it, in the end, what every instruction does.
start_batch_guest()
{
	mkfifo "$run"/qmp.{in,out}
	qemu+=(-no-reboot -no-shutdown -serial "file:$run/console"
		-serial "file:$run/output" -serial "file:$run/errors"
		-serial "file:$run/status"
		-chardev "pipe,id=qmp,path=$run/qmp" -mon chardev=qmp,mode=control
		-append "${parameters[*]} guest_mode=batch ${appends[*]}"
		"${qemu_args[@]}")
	"${qemu[@]}" </dev/null >"$run/qemu.log" 2>&1 &
	qemu_job=$!
	watch_qemu &
	watch_job=$!
	sleep "${timeout:-120}" &
	clock_job=$!
	stream_job=
	jobs_started=($clock_job $watch_job $qemu_job)
}

run_command()
{
	local ended status=0

	start_guest
	wait -n -p ended "${jobs_started[@]}" || status=$?
	case $ended in
	"$stream_job") streams_ended "$status" ;;
	"$watch_job") guest_stopped ;;
	"$clock_job") report 124 "no end after ${timeout:-120} s" ;;
	"$qemu_job") report 125 "QEMU ended: $(cat "$run/qemu.log")" ;;
	esac
}

streams_ended()
{
	[ ! -s "$run/status" ] || exit "$(cat "$run/status")"
	# Nobody reads our output any more, or the channel broke.
	[ "$1" -lt 128 ] || exit "$1"
	report 125 "the channel to the guest broke"
}

# The command's last words may still be on their way.
guest_stopped()
{
	if [ -n "$stream_job" ]; then
		kill -USR1 "$stream_job" 2>/dev/null || true
		wait "$stream_job" || true
	fi
	if [ "$accel" = icount ] && [ -s "$run/status" ]; then
		cat "$run/output"
		cat "$run/errors" >&2
	fi
	[ ! -s "$run/status" ] || streams_ended 0
	report 125 "the guest $(why_stopped) before the command had ended"
}

# Tells the guest the size of the terminal, and again whenever it changes.
tell_size()
{
	trap 'stty size </dev/tty' WINCH
	stty size </dev/tty
	while :; do
		sleep 1000000 &
		wait $! || true
	done
}

# A prompt on the console. The guest sees every key, Ctrl-C as well.
run_shell()
{
	local rows columns status=0

	read -r rows columns < <(stty size 2>/dev/null)
	# Some terminals do not know their size.
	[ "${rows:-0}" -gt 0 ] && [ "${columns:-0}" -gt 0 ] || rows=24 columns=80
	parameters+=(guest_mode=shell guest_term="${TERM:-linux}"
		guest_rows="$rows" guest_columns="$columns")
	[ -z "$lwk" ] || parameters+=(guest_lwk="$(half_of_memory)")
	qemu+=(-no-reboot -chardev stdio,id=tty,signal=off,mux=on
		-serial chardev:tty -mon chardev=tty
		-append "${parameters[*]} ${appends[*]}" "${qemu_args[@]}")
	mkfifo "$run"/size.{in,out}
	qemu+=(-device virtio-serial-pci
		-chardev "pipe,id=size,path=$run/size"
		-device virtserialport,chardev=size)
	tell_size >"$run/size.in" 2>/dev/null &
	jobs_started=($!)
	[ -z "$timeout" ] || qemu=(timeout --foreground "$timeout" "${qemu[@]}")
	"${qemu[@]}" || status=$?
	exit "$status"
}
