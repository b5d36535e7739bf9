#!/bin/bash
# SPDX-License-Identifier: MIT
# nimble-cc --scx: schedulers in the style of Linux's sched_ext, by both compilers, in
# the simulated machine; and Linux's own, unchanged, where their source is installed.
set -u
cd "$(dirname "$0")/../../.."
build=${MARGAY_BUILD:-build}
bin=$build/bin
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0

# result TRUE|FALSE NAME [FILE]: a line of TAP; what a failure printed
result()
{
	n=$((n + 1))
	if "$1"; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		head -n 40 "${3:-/dev/null}" | sed 's/^/# /'
	fi
}

# says NAME REGEX: what ran last printed a line like that
says()
{
	local found=false

	grep -qE -- "$2" "$work/out" && found=true
	result $found "$1" "$work/out"
}

simulate()
{
	timeout 60 "$bin/nimble-run" --sim "$@" >"$work/out" 2>&1
}

# refused NAME REGEX FILE OPTION...: nimble-cc says that and writes nothing
refused()
{
	local name=$1 want=$2 source=$3 same=false

	shift 3
	rm -f "$work/refused.nx"
	"$bin/nimble-cc" "$@" "$source" -o "$work/refused.nx" >"$work/out" 2>&1
	[ $? = 1 ] && [ ! -e "$work/refused.nx" ] &&
		grep -qE -- "$want" "$work/out" && same=true
	result $same "$name" "$work/out"
}

compilers=bpf-gcc
command -v clang >/dev/null && compilers='bpf-gcc clang'

# ---- A scheduler of the project's own
levels=tests/ext/scx_levels.bpf.c
cat >"$work/levels.load" <<-END
	cpus 2
	task long: run 40ms
	task other: run 30ms
	task third cpus 1: run 20ms
	task short at 9ms weight 200: repeat 3 ( run 2ms sleep 6ms )
END
cat >"$work/one.load" <<-END
	task a: run 30ms
	task b: run 30ms
	task c: run 30ms
	task d: run 30ms
END
cat >"$work/want" <<-END
	0 long other
	4 long third
	8 long other
	9 short other
	11 long other
	16 long third
	19 short third
	21 other third
	24 other long
	29 short long
	31 other long
	32 other third
	40 other long
	41 - long
	55 - -
END
for cc in $compilers; do
	"$bin/nimble-cc" --scx --cc=$cc -g "$levels" -o "$work/levels.nx" \
		>"$work/out" 2>&1
	clean=true
	[ -s "$work/out" ] && clean=false
	result $clean "$cc: compiles without a word" "$work/out"
	simulate "$work/levels.load" "$work/levels.nx"
	sed -n '/ ms  CPU 0/,/^$/p' "$work/out" | sed '1d; $d' |
		awk '{ printf "%g %s %s\n", $1, $2, $3 }' >"$work/got"
	same=false
	diff "$work/want" "$work/got" >"$work/diff" && same=true
	result $same "$cc: schedules" "$work/diff"
	says "$cc: text" '^ +0.000  log: levels: 2 CPUs, beef c    42%\|7   \|-05$'
	says "$cc: a per-CPU array" '^runs\[0\] of CPU 1 = 7$'
	says "$cc: a hash, by task, and the time" '^ends\[3\] = 40000000$'
	says "$cc: a queue, found by an array of maps" '^low_seen\[0\] = 9$'
	says "$cc: a timer calls a function" '^fired\[0\] = 5$'
	says "$cc: flags" '^woken\[0\] = 3$'
	says "$cc: a result of a helper, negative" '^first_error\[0\] = 4294967279$'
	# The record of the end: kind 64, a code of 0, "it was taken off".
	says "$cc: the exit record" \
		'^uei\[0\] = 40000000000000000000000000000000697420776173207461'
	simulate "$work/one.load" "$work/levels.nx"
	says "$cc: a timer moves tasks between queues" '^promoted\[0\] = [1-9]'
	says "$cc: another CPU's values" '^fired\[0\] = 1[0-9]$'

	"$bin/nimble-cc" --scx --cc=$cc --set fail_after=3 "$levels" \
		-o "$work/fails.nx" >"$work/out" 2>&1
	simulate "$work/levels.load" "$work/fails.nx"
	says "$cc: an error with a text, after a --set" \
		'reported an error: (long|other|third|short), task [1-4] of [1-4]: 3 slices$'
	says "$cc: a dump" '^high [0-9]+, low [0-9]+$'
	says "$cc: and all goes on" '^4 of 4 tasks ended'

	# What sched_ext gives by address, and the kernel as a number.
	"$bin/nimble-run" --hook sched_set_cpumask --set mask=7 \
		"$work/levels.nx" >"$work/out" 2>&1
	says "$cc: a mask as an argument" '^mask_seen\[0\] = 301$'
	"$bin/nimble-run" --hook sched_init_task --set fork=1 \
		"$work/levels.nx" >"$work/out" 2>&1
	says "$cc: a structure as an argument" '^forked\[0\] = 1$'
	says "$cc: of which the rest is 0" '^result 0x0 '
	"$bin/nimble-dis" --no-cells --source tests/ext "$work/levels.nx" >"$work/out" 2>&1
	gone=true
	grep -q cpu_release "$work/out" && gone=false
	result $gone "$cc: an operation that is never called is left out"
	says "$cc: its licence" 'licence MIT$'
	says "$cc: source lines" 'scx_levels.bpf.c:[0-9]+'
done

# ---- What is not there
# one NAME TEXT: a scheduler with that in it
one()
{
	cat >"$work/$1.bpf.c" <<-END
		#include <scx/common.bpf.h>
		char _license[] SEC("license") = "MIT";
		$2
		void BPF_STRUCT_OPS(one_enqueue, struct task_struct *p, u64 flags)
		{
			scx_bpf_dsq_insert(p, SCX_DSQ_GLOBAL, SCX_SLICE_DFL, flags);
			${3-}
		}
		SCX_OPS_DEFINE(one_ops, .enqueue = (void *)one_enqueue, ${4-}
			       .name = "a name that is too long");
	END
}

one plain ''
"$bin/nimble-cc" --scx "$work/plain.bpf.c" -o "$work/plain.nx" >"$work/out" 2>&1
simulate "$work/one.load" "$work/plain.nx"
says 'the smallest scheduler' '^4 of 4 tasks ended in 120.000 ms'
refused 'without --scx' 'scx/common.bpf.h: No such file' "$work/plain.bpf.c"
"$bin/nimble-cc" --scx -c "$work/plain.bpf.c" -o "$work/plain.o"
refused 'an object of one, without --scx' 'operations of Linux.s sched_ext: try --scx' \
	"$work/plain.o"
refused '--set of nothing' '--set nothing=1: there is no such number; there are' \
	"$work/plain.bpf.c" --scx --set nothing=1
refused '--set of no number' '--set wants NAME=NUMBER, not x=y' \
	"$work/plain.bpf.c" --scx --set x=y

one cgroup 's32 BPF_STRUCT_OPS(one_init, struct cgroup *c,
		struct scx_cgroup_init_args *a) { return 0; }' '' \
	'.cgroup_init = (void *)one_init,'
refused 'cgroups' 'operation cgroup_init: there are no cgroups in the LWK' \
	"$work/cgroup.bpf.c" --scx
one storage 'struct { __uint(type, BPF_MAP_TYPE_CGRP_STORAGE);
		__type(key, int); __type(value, u64); } s SEC(".maps");'
refused 'storage of cgroups' 'map s: there are no cgroups' \
	"$work/storage.bpf.c" --scx
one lru 'struct { __uint(type, BPF_MAP_TYPE_LRU_HASH); __uint(max_entries, 4);
		__type(key, int); __type(value, u64); } lru SEC(".maps");'
refused 'a type of map' "map lru is of Linux's type 9, which is not there" \
	"$work/lru.bpf.c" --scx
one large 'struct { __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
		__type(key, int); __type(value, u64[17]); } s SEC(".maps");'
refused 'too much of a task'"'"'s storage' \
	'a task has 128 bytes of storage, and this would be 136' \
	"$work/large.bpf.c" --scx
one object '' 'bpf_obj_drop(bpf_obj_new(struct cpumask));'
refused 'objects' 'object.bpf.c:[0-9]+: bpf_obj_new_: a policy.s memory is' \
	"$work/object.bpf.c" --scx
one flags '' '' '.flags = 1ull << 40,'
refused 'flags' 'flags 10000000000 of its operations are not there' \
	"$work/flags.bpf.c" --scx
one twice '' '' '.runnable = (void *)one_enqueue,'
refused 'a function that is two operations' \
	'one_enqueue is two operations: enqueue and runnable' \
	"$work/twice.bpf.c" --scx
one tables 'SCX_OPS_DEFINE(other_ops, .name = "other");'
refused 'two tables' 'is a second table of operations' "$work/tables.bpf.c" --scx
one member '' '(void)p->mm;'
refused 'a member of a task' 'mm' "$work/member.bpf.c" --scx

# ---- Linux's own
tarball=/usr/src/linux-source-6.12.tar.xz
schedulers='simple central qmap'
linux=$build/linux-sched-ext
if [ ! -e "$tarball" ]; then
	for cc in $compilers; do
		for name in $schedulers; do
			n=$((n + 1))
			echo "ok $n - $cc: scx_$name # SKIP no linux-source-6.12" \
				"package: toolchain/setup scx"
		done
	done
	echo "1..$n"
	exit 0
fi
if [ ! -e "$linux/done" ] || [ "$tarball" -nt "$linux/done" ]; then
	rm -rf "$linux"
	mkdir -p "$linux"
	tar -xf "$tarball" -C "$linux" --strip-components=3 \
		--wildcards '*/tools/sched_ext/*' && touch "$linux/done"
fi
{
	echo 'cpus 3'
	for i in 1 2 3 4 5 6 7 8; do
		echo "task t$i at ${i}ms weight $((i * 60)):" \
			"repeat 5 ( run ${i}ms sleep 3ms run 9ms yield )"
	done
	for i in $(seq 60); do
		echo "task child$i at $((i / 2))ms: run 500us"
	done
} >"$work/eight.load"
for cc in $compilers; do
	for name in $schedulers; do
		"$bin/nimble-cc" --scx --cc=$cc -g --set central_cpu=0 \
			--set nr_cpu_ids=3 "$linux/scx_$name.bpf.c" \
			-o "$work/$name.nx" >"$work/out" 2>&1 ||
			"$bin/nimble-cc" --scx --cc=$cc -g \
				"$linux/scx_$name.bpf.c" -o "$work/$name.nx" \
				>"$work/out" 2>&1
		clean=true
		[ -s "$work/out" ] && clean=false
		result $clean "$cc: scx_$name compiles without a word" \
			"$work/out"
		simulate "$work/eight.load" "$work/$name.nx"
		says "$cc: scx_$name: all tasks end" '^68 of 68 tasks ended'
		case $name in
		simple) says "$cc: scx_$name counts" '^stats\[1\] = [1-9]' ;;
		central) says "$cc: scx_$name counts" '^nr_total\[0\] = [1-9]' ;;
		qmap) says "$cc: scx_$name counts" '^nr_dispatched\[0\] = [1-9]' ;;
		esac
		failed=true
		grep -q 'the policy ended' "$work/out" && failed=false
		result $failed "$cc: scx_$name schedules to the end" "$work/out"
	done
	refused "$cc: scx_flatcg" 'operation cgroup_init: there are no cgroups' \
		"$linux/scx_flatcg.bpf.c" --scx --cc=$cc
done
echo "1..$n"
