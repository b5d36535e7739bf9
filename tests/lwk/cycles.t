#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: reserve, boot, run, shut down, release, again and again ($CYCLES
# times, 5 by default); then Linux has its CPUs and its memory back.
. ./tap.sh

# Pages that Linux has free, those on per-CPU lists included.
free_pages()
{
	awk '/pages free/ { n += $3 } / count:/ { n += $2 } END { print n }' \
		/proc/zoneinfo
}

settle()
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
}

cycle()
{
	lwk reserve --cpus "1-$(($(nproc) - 1))" --memory 256M &&
		lwk boot &&
		[ "$(lwk run busybox echo hello)" = hello ] &&
		lwk shutdown &&
		lwk release
}

cpus=$(cat /sys/devices/system/cpu/online)
ok "a first cycle" cycle
settle
before=$(free_pages)
n=1
while [ $n -le "${CYCLES:-5}" ]; do
	ok "cycle $n" cycle
	n=$((n + 1))
done
settle
lost=$((before - $(free_pages)))
diag "$lost pages fewer are free"
# Linux's own use varies; one instance alone is 65,536 pages.
ok "the memory is Linux's again" [ $lost -lt 1024 ]
is "$(cat /sys/devices/system/cpu/online)" "$cpus" "and so are the CPUs"
done_testing
