#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: a PCI device (QEMU's edu) is handed to the LWK, used there by a driver and by
# what was granted, and taken back, at any time.
. ./lwk.sh

find_edu()
{
	for d in /sys/bus/pci/devices/*; do
		[ "$(cat "$d/vendor") $(cat "$d/device")" = "0x1234 0x11e8" ] &&
			basename "$d"
	done
}

edu=$(find_edu)
[ "$edu" ] || {
	fail "the guest has the device edu" \
		"toolchain/guest --qemu-arg -device --qemu-arg edu,dma_mask=0xffffffff"
	done_testing
	exit 1
}
sys=/sys/bus/pci/devices/$edu
ext=/usr/lib/margay/ext/edu.nx

# config OFFSET MASK: are bits of the device's configuration set?
config()
{
	[ $((0x$(od -An -tx1 -j "$1" -N 1 "$sys/config" | tr -d ' ') & $2)) != 0 ]
}

masters() { config 4 4; }
# Its capability of messages stands at 0x40.
sends_messages() { config 0x42 1; }
is_silent() { ! masters && ! sends_messages; }
is_bound() { [ "$(basename "$(readlink "$sys/driver")")" = lwk ]; }
is_free() { [ ! -e "$sys/driver" ]; }
state() { lwk device list | awk -v d="$edu" '$2 == d { print $4 }'; }
edu() { lwk run ./device edu "$@"; }
faulted() { nimble ls | grep -q "$1.*faulted"; }

# ---- Refusals ------------------------------------------------------------------

like "$(lwk device add "$edu" 2>&1)" "lwk0 is not reserved" \
	"it cannot be added to nothing"
ok "and Linux has it again" is_free
lwk reserve --cpus "1-$(($(nproc) - 1))" --memory 256M >/dev/null
like "$(lwk device add 0000:1f:1f.7 2>&1)" "there is no PCI device" \
	"a device that is not there is refused"
like "$(lwk device add nonsense 2>&1)" "no PCI device's name" "so is nonsense"
like "$(lwk device add --cpu 0 "$edu" 2>&1)" "CPU 0 is none of lwk0's" \
	"it interrupts no CPU of Linux"
like "$(lwk device remove "$edu" 2>&1)" "the driver lwk is not bound" \
	"what was not added is not removed"

# ---- The driver ------------------------------------------------------------------

ok "it is added to a reserved instance" lwk device add "$edu"
ok "the driver lwk has it" is_bound
is "$(state)" silent "it is silent before an LWK is there"
like "$(lwk device add "$edu" 2>&1)" "is lwk0's already" "it is added once"
ok "an LWK boots with its driver" lwk boot --ext "$ext"
is "$(state)" open "the LWK has it"
ok "it may not reach memory before the driver wants it" eval '! masters'
is "$(edu 0)" "0 0x10000ed" "a program is told what it is"
ok "now it may" masters
is "$(edu 1 0x12345678)" "0 0xedcba987" "a register is written and read"
is "$(edu 2 10)" "0 0x375f00" "it computes 10!"
is "$(edu 5)" "0 0x1" "whose end was an interrupt"
is "$(lwk run ./device copy 3)" same "it copies from the LWK's memory, and back"
is "$(edu 5)" "0 0x3" "two more interrupts"
is "$(lwk run ./device both)" ok "four threads share it"
is "$(edu 5)" "0 0x43" "each slept until its interrupt: 64 more"
is "$(edu 6)" "0 0" "it interrupts for nothing"
is "$(edu 5)" "0 0x44" "which is seen"
is "$(edu 77)" "-22 0" "another request is none"
like "$(lwk log)" "device 0: 1234:11e8" "the LWK's log names it"

nimble rm edu
ok "without the driver it reaches memory no more" eval '! masters'
nimble load --trusted --attach "$ext" >/dev/null
is "$(lwk run ./device copy 4)" same "a new driver uses it"

# ---- What is granted ----------------------------------------------------------------

base=$(lwk device list | sed -n 's/.* \(0x[0-9a-f]*\)+0x100000$/\1/p')
beside() { printf '0x%x' $((base + $1)); }
mkfifo /tmp/device.in /tmp/device.out

serve()
{
	lwk run ./device serve </tmp/device.in >/tmp/device.out &
	exec 3>/tmp/device.in 4</tmp/device.out
	read -r pid <&4
}

# tell LINE...: the program's answer.
tell()
{
	echo "$*" >&3
	read -r answer <&4
	echo "$answer"
}

end()
{
	exec 3>&- 4<&-
	wait
}

load_probe()
{
	id=$(tell load probe.nx)
	id=${id#0 }
}

serve
load_probe
like "$(tell attach)" "^-1 no device is granted" \
	"an application has no interrupts of devices"
ok "registers are granted" nimble grant "$id" "mmio:$base+0x8"
like "$(nimble grant "$id" "mmio:$base+0x8" 2>&1)" "granted already" "once"
like "$(tell attach)" "^-1" "with them come no interrupts"
nimble attach "$id" call
like "$(nimble show "$id")" "granted: mmio:$base\+0x8" "nimble show has them"
is "$(tell call 0 0 "$base" 4)" "0 0x10000ed $base" "it reads in the window"
is "$(tell call 1 0xffff0000 "$(beside 4)" 4 | cut -d' ' -f1)" 0 "it writes there"
is "$(tell call 0 0 "$(beside 4)" 4 | cut -d' ' -f2)" 0xffff "to the device"
is "$(tell call 2 0x123411e8 | cut -d' ' -f2)" 0xffffffffffffffed \
	"the device as a whole is not its"
is "$(tell call 3 0 64 | cut -d' ' -f2)" 0xffffffffffffffed "nor to reach memory by"
is "$(tell call 0 0 "$(beside 8)" 4 | cut -d' ' -f1)" -14 \
	"the register beside the window ends it"
like "$(nimble show "$id")" "FAULT: read outside its memory.*probe.c" \
	"the record says why"
like "$(nimble show "$id")" "address $(beside 8)" "and where"

load_probe
nimble attach "$id" call
nimble grant "$id" "mmio:$base+0x8"
is "$(tell call 1 0 "$(beside 4)" 8 | cut -d' ' -f1)" -14 \
	"a write over the window's end ends it"
load_probe
nimble attach "$id" call
is "$(tell call 0 0 0x100000 4 | cut -d' ' -f1)" -14 "so does Linux's memory"
load_probe
nimble attach "$id" call
nimble grant "$id" "mmio:$base+0x8"
is "$(tell call 0 0 "$(beside 1)" 4 | cut -d' ' -f1)" -14 "and a crooked address"
load_probe
nimble attach "$id" call
nimble grant "$id" "mmio:$base+0x8"
ok "a grant is revoked" nimble revoke "$id" "mmio:$base+0x8"
is "$(tell call 0 0 "$base" 4 | cut -d' ' -f1)" -14 "and counts no more"

like "$(nimble grant "$id" mmio:0x100000+0x1000 2>&1)" "no device of this LWK" \
	"memory that is no device's is not granted"
like "$(nimble grant "$id" "mmio:$base+0x100001" 2>&1)" "no device of this LWK" \
	"nor what goes beyond it"
like "$(nimble grant "$id" device:0000:1f:1f.7 2>&1)" "no such device" \
	"nor a device that the LWK has not"
like "$(nimble grant "$id" helper:phys_read 2>&1)" "granted to a job" \
	"nor a helper to what is loaded"
like "$(nimble grant job:1 "mmio:$base+0x8" 2>&1)" "no such process" \
	"nor anything to nobody"
like "$(nimble revoke "$id" "device:$edu" 2>&1)" "not granted" \
	"what was not granted is not revoked"
is "$(tell grant "$base" 8)" -1 "an application grants nothing to itself"

load_probe
ok "a device is granted to a job" nimble grant "job:$pid" "device:$edu"
like "$(nimble show "$id")" "granted to its job: device:$edu" "nimble show says so"
is "$(tell attach)" "0" "its extension has interrupts"
is "$(tell call 2 0x123411e8 | cut -d' ' -f2)" 0 "finds the device"
is "$(tell call 3 0 64 | cut -d' ' -f2)" 0xfffffffffffffff0 \
	"may not have it reach memory while the driver does"
edu 2 5 >/dev/null
is "$(tell call 4 | cut -d' ' -f2)" 0x1 "sees an interrupt of it, and no other"
nimble rm edu
is "$(tell call 3 0 0x10000000000 | cut -d' ' -f2)" 0xfffffffffffffff2 \
	"memory that is not its own has no address for it"
like "$(tell call 3 0 64 | cut -d' ' -f2)" '^0x[1-9a-f][0-9a-f]*$' "its own has"
ok "and the device reaches it" masters
nimble revoke "job:$pid" "device:$edu"
ok "until that is revoked" eval '! masters'
is "$(tell call 2 0x123411e8 | cut -d' ' -f2)" 0xffffffffffffffed \
	"the device is not found any more"

like "$(tell load peek.nx)" "^-1 .*phys_read is for trusted" \
	"a helper for trusted extensions is refused"
ok "it is granted to a job" nimble grant "job:$pid" helper:phys_read
id=$(tell load peek.nx)
id=${id#0 }
nimble attach "$id" call
is "$(tell call 0 | cut -d' ' -f3)" 0xfffffffffffffff2 "whose extension has it"
nimble revoke "job:$pid" helper:phys_read
ok "and is stopped when it is revoked" wait_for 5 faulted peek
load_probe
nimble grant "job:$pid" "device:$edu"
end
serve
load_probe
like "$(tell attach)" "^-1" "a grant ends with its job"
end

# A program that waits for the device all the time.
begin_loop()
{
	lwk run ./device loop >/tmp/device.loop 2>/dev/null &
	wait_for 10 grep -q begun /tmp/device.loop
}

id=$(nimble load --attach ./probe.nx)
lwk run busybox true
like "$(nimble show "$id")" "on irq.* results meant nothing" \
	"interrupts of the kernel's own cannot be claimed"
nimble rm "$id"

# ---- Ends ----------------------------------------------------------------------------

nimble load --trusted --attach "$ext" >/dev/null
lwk run ./device copy 5 >/dev/null
ok "it reaches memory before the LWK is shut down" masters
begin_loop
ok "an LWK that uses it is shut down" lwk shutdown --force
wait
ok "nothing comes from it afterwards" is_silent
is "$(state)" silent "it stays the instance's"
ok "the next LWK has it" lwk boot --ext "$ext"
is "$(lwk run ./device copy 6)" same "and uses it"

begin_loop
ok "it is unbound while it is used" sh -c "echo $edu >$sys/driver/unbind"
ok "nothing comes from it afterwards" is_silent
wait
like "$(tail -n 1 /tmp/device.loop)" "^-110$" "who waits for it is told"
is "$(edu 0)" "-14 0" "its driver's next access fails"
ok "and stops it" faulted edu
is "$(lwk device list | wc -l)" 1 "the LWK has no device"
ok "and goes on" lwk run busybox true
nimble rm edu

ok "it is added to a running LWK" lwk device add --cpu 2 "$edu"
like "$(lwk device list)" "^lwk0 *$edu .* 2 *0x" "for a CPU that was named"
nimble load --trusted --attach "$ext" >/dev/null
is "$(lwk run ./device copy 7)" same "a new driver uses it"
ok "it is removed" lwk device remove "$edu"
ok "silent" is_silent
ok "and Linux's again" is_free
nimble rm edu

lwk device add "$edu"
nimble load --trusted --attach "$ext" >/dev/null
is "$(lwk run ./device copy 8)" same "it is used once more"
lwk trace --panic >/dev/null
ok "it is silent when the LWK has panicked" wait_for 5 is_silent
ok "which is shut down" lwk shutdown --force

# A CPU that hangs, so that nobody answers.
lwk boot --ext "$ext" >/dev/null
is "$(lwk run ./device copy 9)" same "it is used by another"
echo 2000 >/sys/module/lwk/parameters/timeout_ms
lwk run --cpu 1 busybox yes >/dev/null 2>&1 &
pid=$!
wait_for 5 sh -c "lwk ps | grep -q '$pid .*busybox'"
nimble attach "$(nimble load --trusted ./loop.nx)" syscall_entry
wait_for 20 sh -c "lwk status | grep -q stalled"
ok "an LWK that hangs cannot keep it" timeout 30 sh -c "echo $edu >$sys/driver/unbind"
ok "it is silent" is_silent
like "$(lwk status)" "^lwk0: failed" "and the LWK has failed"
ok "it is stopped by force" lwk shutdown --force
wait
echo 20000 >/sys/module/lwk/parameters/timeout_ms
ok "the device is added again" lwk device add "$edu"
ok "a release gives it back" lwk release
is "$(lwk device list | wc -l)" 1 "nobody has it"
ok "it goes to another instance" lwk reserve --cpus 1 --memory 64M
ok "which adds it" lwk device add "$edu"
ok "and is released" lwk release
echo "$edu" >"$sys/driver/unbind"
done_testing
