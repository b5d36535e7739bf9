#!/bin/bash
# SPDX-License-Identifier: MIT
# A machine check in an LWK ends it, and Linux goes on; a Linux that panics stops the
# LWK's CPUs first; one that is to sleep says why it does not.
cd "$(dirname "$0")/../.." || exit 1
. tests/tap.sh

guest=toolchain/guest
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# QEMU's monitor: bank 1, an uncorrected error with a good return address, on QEMU's
# CPU 2 alone. (Without CR4.MCE QEMU would reset the machine.)
mkfifo "$work/monitor.in" "$work/monitor.out"
{
	until grep -qs ready "$work/out"; do sleep 0.1; done
	echo 'mce 2 1 0xbe00000000000136 0x5 0x12345678 0x8c'
	exec sleep 1000 # and "kill" reaches it
} >"$work/monitor.in" &
monitor=$!
cat "$work/monitor.out" >"$work/monitor.log" &
reader=$!
timeout 300 $guest --timeout 60 --lwk \
	--qemu-arg -chardev --qemu-arg "pipe,id=monitor,path=$work/monitor" \
	--qemu-arg -mon --qemu-arg chardev=monitor -- sh -c '
		lwk run --cpu 2 spin 2>/tmp/err &
		pid=$!
		until lwk ps | grep -q "spin"; do sleep 0.1; done
		echo ready
		wait $pid
		echo "spin: $? $(cat /tmp/err)"
		lwk status
		lwk log
		dmesg | grep lwk0
		lwk shutdown --force && lwk boot && lwk run busybox echo alive
		lwk shutdown && lwk release && nproc' \
	</dev/null >"$work/out" 2>"$work/err"
is $? 0 "Linux survives a machine check of the LWK"
kill $monitor $reader 2>/dev/null
out=$(cat "$work/out")
like "$out" '^spin: 70 lwk: lwk0 has failed' "its program is told"
like "$out" '^lwk0: failed' "lwk status says so"
like "$out" 'CPU 2: machine check, status 5' "the log has the machine check"
like "$out" 'CPU 2: bank 1: status be00000000000136, address 12345678' "and its bank"
like "$out" 'a machine check has ended it' "and the reason"
like "$out" 'lwk0: failed: the LWK panicked' "Linux's log has it, too"
like "$out" '^alive$' "the LWK boots again"
is "$(tail -n 1 "$work/out")" 4 "and gives all CPUs back"
[ "$tap_failed" = 0 ] || diag "$(cat "$work/out" "$work/err" "$work/monitor.log")"

# A stack pointer as of a thread that has used up its stack: the next interrupt finds no
# room, and nothing below is overwritten.
tops=0x$(nm "${MARGAY_BUILD:-build}/kernel/lwk.elf" | sed -n 's/ . boot_stack_top$//p')
: >"$work/out"
{
	until grep -qs ready "$work/out"; do sleep 0.1; done
	tests/boot/set-rsp "$work/gdb" 1 $tops $((4096 + 32 - 16384))
	echo go
} >"$work/monitor.in" &
timeout 300 $guest --timeout 60 --lwk \
	--qemu-arg -chardev \
	--qemu-arg "socket,id=gdb,path=$work/gdb,server=on,wait=off" \
	--qemu-arg -gdb --qemu-arg chardev:gdb -- sh -c '
		echo ready
		read word
		echo 100 >/sys/module/lwk/parameters/answer_ms
		lwk status >/dev/null
		for i in $(seq 50); do
			lwk status | grep -q "^lwk0: failed" && break
			sleep 0.1
		done
		lwk status
		lwk log' <"$work/monitor.in" >"$work/out" 2>"$work/err"
like "$(cat "$work/out")" '^lwk0: failed' "a kernel stack that overflows ends the LWK"
like "$(cat "$work/out")" 'CPU 1: a kernel stack has overflowed at' "which its log says"
[ "$tap_failed" = 0 ] || diag "$(cat "$work/out" "$work/err")"

timeout 300 $guest --timeout 60 --lwk -- sh -c '
	echo freeze >/sys/power/state
	echo "status $?"
	dmesg | tail -n 5' </dev/null >"$work/out" 2>"$work/err"
like "$(cat "$work/out")" '^status 1$' "a Linux that lent CPUs does not sleep"
like "$(cat "$work/out")" 'Linux cannot sleep while .*lwk release' "and says why"

timeout 300 $guest --timeout 60 --lwk -- sh -c '
	lwk run spin & sleep 1; echo c >/proc/sysrq-trigger; sleep 100' \
	</dev/null >"$work/out" 2>"$work/err"
is $? 125 "a Linux that panics"
like "$(cat "$work/err")" 'lwk0: its CPUs are stopped' "stops the CPUs of its LWK"
done_testing
