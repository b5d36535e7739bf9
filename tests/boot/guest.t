#!/bin/bash
# SPDX-License-Identifier: MIT
# Tests toolchain/guest itself: streams, exit statuses, failures, options.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

guest=toolchain/guest
build=${MARGAY_BUILD:-build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Runs the guest; leaves $out, $err and $status.
run()
{
	"$guest" "$@" >"$work/out" 2>"$work/err"
	status=$?
	out=$(cat "$work/out") err=$(cat "$work/err")
}

# Wrong use needs no guest.
for wrong in "" "--cpus" "--cpus 0 -- true" "--memory lots -- true" \
	"--kernel 5.10 -- true" "--accel fast -- true" "--nonsense -- true" \
	"--add-program no-such-program -- true" "--packages UPPER -- true" \
	"--share $work:/x -- true" "--kernel 6.1 --share /nowhere:/x -- true" \
	"--add $work -- true" "--add /nowhere:/x -- true" "--timeout x -- true" \
	"uname" "--shell -- true" "--shell" "--"; do
	run $wrong </dev/null
	is "$status/$out" 2/ "refused: guest $wrong"
	like "$err" '^guest: ' "with a reason: guest $wrong"
done
run --help
is "$status" 0 "--help"
like "$out" "^usage: " "--help prints the usage"

# Streams and exit status.
run -- sh -c 'echo to stdout; echo to stderr >&2; exit 7'
is "$status" 7 "exit status"
is "$out" "to stdout" "standard output and nothing else"
is "$err" "to stderr" "standard error and nothing else"

head -c 3000000 /dev/urandom >"$work/random"
"$guest" -- cat <"$work/random" >"$work/copy"
ok "three million bytes there and back" cmp "$work/random" "$work/copy"

run -- sh -c 'kill -SEGV $$'
is "$status" 139 "ended by a signal"
run -- no-such-command
is "$status" 127 "command not found"
run -- printf '<%s>' 'two words' '' "it's" '$HOME' '\' </dev/null
is "$out" "<two words><><it's><\$HOME><\\>" "arguments as they were given"
"$guest" -- sh -c 'yes | head -c 9999999' | head -n 1 >"$work/out"
is "$(cat "$work/out") ${PIPESTATUS[0]}" "y 141" "output that nobody reads"

# What is in the guest.
mkdir -p "$work/folder/deep"
echo content >"$work/folder/deep/file"
chmod 750 "$work/folder/deep/file"
run --add "$work/folder:/opt/folder" --add "$work/random:/etc/random" -- \
	sh -c 'cat /opt/folder/deep/file; stat -c "%a %U" /opt/folder/deep/file;
		md5sum </etc/random'
is "$out" "content
750 root
$(md5sum <"$work/random")" "--add of a folder and a file"
# A program with its libraries, and Debian's packages with theirs.
run --add-program bash --packages gawk --lwk -- \
	sh -c 'bash -c "echo from bash $((6 * 7))"; lwk run gawk "BEGIN { print 6 * 7 }"'
is "$out" "from bash 42
42" "--add-program and --packages"
run --packages no-such-package -- true
is "$status" 125 "a package that there is not"
like "$err" "no package 'no-such-package'" "is named"
run --cpus 3 --memory 512M --append margay_test=1 \
	--qemu-arg -smbios --qemu-arg type=1,serial=margay -- \
	sh -c 'nproc; cat /proc/cmdline /sys/class/dmi/id/product_serial
		grep MemTotal /proc/meminfo; grep ^lwk /proc/modules; id -u'
like "$out" '^3$' "--cpus"
like "$out" 'MemTotal: *4[0-9]{5} kB' "--memory"
like "$out" 'margay_test=1' "--append"
like "$out" '^margay$' "--qemu-arg"
like "$out" '^lwk ' "the module is loaded"
like "$out" '^0$' "root runs the command"

# Guests that fail.
# It panics at the word of who has seen its output, so that this has left it; what
# comes after that may be lost with the guest, but not on its way from there.
mkfifo "$work/word"
{
	until grep -qs before "$work/out"; do sleep 0.05; done
	echo now
} >"$work/word" &
run -- sh -c 'echo before; read word; echo c >/proc/sysrq-trigger; sleep 100' \
	<"$work/word"
wait $!
is "$status" 125 "a panic"
is "$out" before "a panic loses no output that came before"
like "$err" 'Kernel panic' "a panic shows the console"
like "$err" '^guest: the guest panicked' "a panic is named"
run -- poweroff -f
is "$status" 125 "a guest that switches itself off"
run --timeout 15 -- sh -c 'echo before; sleep 100'
is "$status/$out" 124/before "a time-out"
like "$err" 'no end after 15 s' "a time-out is named"

# A QEMU that hangs, here because it is stopped.
"$guest" --no-build -- true >"$work/out" 2>"$work/err" </dev/null &
hung=$!
until qemu=$(ps -o pid= -o comm= --ppid $hung | awk '/qemu/ { print $1 }') &&
	[ "$qemu" ]; do
	kill -0 $hung || break
	sleep 0.05
done
kill -STOP "$qemu"
kill -TERM $hung
wait $hung
is $? 143 "a QEMU that hangs can be ended"
ok "and is" test ! -e "/proc/$qemu"

run --append rdinit=/nowhere -- true
is "$status" 125 "a guest that cannot boot"
run --qemu-arg -nonsense -- true
is "$status" 125 "a QEMU that cannot start"
like "$err" 'invalid option' "it says why"

# The log of a lightweight kernel in a guest that cannot answer.
run --add "$build/tests/boot/leave-log:/leave-log" -- /leave-log panic
like "$err" '^\[0.000001\] cpu1: left behind for the test$' \
	"the log after a panic"
run --add "$build/tests/boot/leave-log:/leave-log" --timeout 15 -- /leave-log
is "$status" 124 "a time-out with a log"
like "$err" '^\[0.000001\] cpu1: left behind for the test$' \
	"the log after a time-out"

run --accel multi --cpus 2 -- nproc
is "$status/$out" 0/2 "--accel multi"
run --accel icount --cpus 2 -- sh -c 'nproc; cut -d. -f1 /proc/uptime'
is "$status" 0 "--accel icount"
like "$out" '^2$' "--accel icount has all CPUs"

is "$(ls -d "$build"/guest/run.* 2>/dev/null)" "" "nothing is left behind"
# An edit is tried at once. On an idle machine of two cores a trivial command takes less
# than five seconds, also after a file of the guest's has changed. A machine may be busy
# or half as fast, so the best of three has twice as long.
quickest()
{
	local best=99999 start took

	for _ in 1 2 3; do
		"$@"
		start=$(date +%s%3N)
		toolchain/guest -- true </dev/null || return
		took=$(($(date +%s%3N) - start))
		[ "$took" -ge "$best" ] || best=$took
	done
	echo "$best"
}
age_image()
{
	touch -d '1 day ago' "$build/guest/6.1-cloud/initrd.cpio"
}
for how in true age_image; do
	took=$(quickest "$how")
	diag "a trivial command, after $how: $took ms"
	ok "a trivial command is quick, after $how" [ "${took:-99999}" -lt 10000 ]
done
done_testing
