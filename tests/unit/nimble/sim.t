#!/bin/bash
# SPDX-License-Identifier: MIT
# nimble-run --sim: who had which CPU when, exactly, by each shipped policy and
# without one. The loads are small enough to be worked out by hand; where the
# reason is not plain it stands beside them.
set -u
cd "$(dirname "$0")/../../.."
build=${MARGAY_BUILD:-build}
run=$build/bin/nimble-run
app=$build/ext/app
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
		sed 's/^/# /' "${3:-/dev/null}"
	fi
}

# timeline NAME LOAD OPTION...: standard input is what it must be: one line for
# each time at which something changes, "MS CPU0 CPU1 ...". Afterwards $work/out
# has all that was printed.
timeline()
{
	local name=$1 load=$2 same

	shift 2
	timeout 60 "$run" --sim "$work/$load" "$@" >"$work/out" 2>&1
	status=$?
	sed -n '/ ms  CPU 0/,/^$/p' "$work/out" | sed '1d; $d' |
		awk '{ printf "%g", $1
		       for (i = 2; i <= NF; i++) printf " %s", $i
		       print "" }' >"$work/got"
	cat >"$work/want"
	same=false
	diff "$work/want" "$work/got" >"$work/diff" && same=true
	result $same "$name" "$work/diff"
}

# says NAME REGEX: the last run printed a line like that
says()
{
	local found=false

	grep -qE -- "$2" "$work/out" && found=true
	result $found "$1" "$work/out"
}

# ended NAME STATUS: the last run's exit status
ended()
{
	local same=false

	[ "$status" = "$2" ] && same=true
	result $same "$1: exit status $2, not $status"
}

# refused NAME REGEX LOAD-TEXT: it says that, and exits with 2
refused()
{
	local same=false

	printf '%s\n' "$3" >"$work/bad"
	timeout 60 "$run" --sim "$work/bad" >"$work/out" 2>&1
	[ $? = 2 ] && grep -qE -- "$2" "$work/out" && same=true
	result $same "$1" "$work/out"
}

cat >"$work/three" <<-END
	task A: run 25ms
	task B at 5ms: run 12ms
	task C at 5ms: run 3ms sleep 10ms run 3ms
END

# ---- Without a policy: slices of 10 ms from when somebody else waits.
timeline 'the LWK itself' three <<-END
	0 A
	15 B
	25 C
	28 A
	38 B
	40 C
	43 -
END
says 'what A waited and took' \
	'^A +0.000 +25.000 +13.000 +38.000 +0.000 +2$'
says 'what C waited and took' \
	'^C +5.000 +6.000 +22.000 +38.000 +20.000 +2$'
says 'the means' '^mean, or all +14.333 +19.333 +37.000 +10.000 +6$'
says 'all in all' '^3 of 3 tasks ended in 43.000 ms; CPUs were busy 100.0 %'
ended 'all ended' 0

cat >"$work/idle" <<-END
	cpus 2
	task A cpus 0: run 30ms
	task B cpus 0: run 10ms
	task C: run 4ms
END
# C would wait behind B, but CPU 1 idles.
timeline 'an idle CPU takes what may run there' idle <<-END
	0 A C
	4 A -
	10 B -
	20 A -
	40 - -
END

cat >"$work/wake" <<-END
	cpus 2
	task eats: repeat 3 ( block run 2ms )
	task cooks at 1ms: repeat 3 ( run 4ms wake eats )
END
timeline 'tasks wake one another' wake <<-END
	1 cooks -
	5 cooks eats
	7 cooks -
	9 cooks eats
	11 cooks -
	13 - eats
	15 - -
END
cat >"$work/early" <<-END
	task eats at 5ms: block run 1ms
	task cooks: wake eats run 1ms
END
timeline 'a wake-up that comes first is kept' early <<-END
	0 cooks
	1 -
	5 eats
	6 -
END
cat >"$work/stuck" <<-END
	task A: run 1ms block
	task B: repeat 2 ( run 1ms yield )
END
timeline 'who yields goes behind the others' stuck <<-END
	0 A
	1 B
	3 -
END
says 'one that is never woken does not end' '^1 of 2 tasks ended in 3.000 ms'
printf 'until 7ms\ntask A: run 1s\n' >"$work/until"
timeline 'until' until <<-END
	0 A
END
says 'it ends there' '^0 of 1 tasks ended in 7.000 ms'

# ---- Round robin
timeline 'round robin' three "$app/rr.nx" --map 'quantum[0]=4000000' <<-END
	0 A
	5 B
	9 C
	12 A
	16 B
	20 A
	24 B
	28 C
	31 A
	43 -
END
says 'the map is printed' '^quantum\[0\] = 4000000$'

# ---- Strict priority: by process. A keeps the CPU for what is left of its slice.
cat >"$work/levels" <<-END
	task A: run 30ms
	task low at 1ms: run 6ms
	task high at 2ms: repeat 2 ( run 4ms sleep 1ms )
END
timeline 'strict priority' levels "$app/prio.nx" --map 'priority[3]=7' \
	--map 'priority[2]=1' <<-END
	0 A
	20 high
	24 low
	29 high
	33 low
	34 A
	44 -
END

# ---- By virtual time, as Linux's scx_simple does: the heavy one gets twice what each
# of the others gets. Who leaves a CPU is put into the queue after the CPU has chosen.
cat >"$work/fair.bpf.c" <<-'END'
	#include <scx/common.bpf.h>
	char _license[] SEC("license") = "MIT";
	enum { SLICE = 6 * 1000 * 1000 };
	static u64 now;
	s32 BPF_STRUCT_OPS(fair_select_cpu, struct task_struct *p, s32 cpu,
			   u64 flags)
	{
		return cpu;
	}
	void BPF_STRUCT_OPS(fair_enqueue, struct task_struct *p, u64 flags)
	{
		scx_bpf_dsq_insert_vtime(p, 0, SLICE, p->scx.dsq_vtime, flags);
	}
	void BPF_STRUCT_OPS(fair_dispatch, s32 cpu, struct task_struct *prev)
	{
		scx_bpf_dsq_move_to_local(0);
	}
	void BPF_STRUCT_OPS(fair_running, struct task_struct *p)
	{
		if ((s64)(now - p->scx.dsq_vtime) < 0)
			now = p->scx.dsq_vtime;
	}
	void BPF_STRUCT_OPS(fair_stopping, struct task_struct *p, bool runnable)
	{
		p->scx.dsq_vtime += (SLICE - p->scx.slice) * 100 / p->scx.weight;
	}
	void BPF_STRUCT_OPS(fair_enable, struct task_struct *p)
	{
		p->scx.dsq_vtime = now;
	}
	s32 BPF_STRUCT_OPS_SLEEPABLE(fair_init)
	{
		return scx_bpf_create_dsq(0, -1);
	}
	SCX_OPS_DEFINE(fair_ops, .select_cpu = (void *)fair_select_cpu,
		       .enqueue = (void *)fair_enqueue,
		       .dispatch = (void *)fair_dispatch,
		       .running = (void *)fair_running,
		       .stopping = (void *)fair_stopping,
		       .enable = (void *)fair_enable,
		       .init = (void *)fair_init, .name = "fair");
END
"$build/bin/nimble-cc" --scx "$work/fair.bpf.c" -o "$work/fair.nx" ||
	echo 'Bail out! the fair policy does not compile'
cat >"$work/weights" <<-END
	until 60ms
	task heavy weight 200: run 1s
	task light: run 1s
	task other: run 1s
END
# Virtual times in ms, after each slice, of heavy, light, other: 3 0 0, 3 6 0, 3 6 6,
# 6 6 6, 6 12 6, 6 12 12, 9 12 12, 9 18 12, 12 18 12, ...
timeline 'by virtual time' weights "$work/fair.nx" <<-END
	0 heavy
	6 light
	12 other
	18 heavy
	24 light
	30 other
	36 heavy
	42 light
	48 heavy
	54 other
END
says 'the heavy one has had its part' '^heavy +0.000 +24.000 '
says 'and so have the others' '^other +0.000 +18.000 '

# ---- One CPU decides for all
cat >"$work/centre" <<-END
	cpus 2
	task A: run 25ms
	task B at 5ms: run 12ms
	task C at 5ms: run 33ms
	task D at 6ms: run 33ms
END
# At 37 the quanta of C and D are over; each waits behind A and takes the CPU that
# the other one left.
timeline 'central' centre "$app/central.nx" <<-END
	0 A -
	5 A B
	17 D C
	37 C D
	50 A -
	58 - -
END

# ---- Gangs: the threads of a process run together, or none does
cat >"$work/gangs" <<-END
	cpus 2
	task a1 process 100: run 15ms
	task b1 process 200: run 25ms
	task a2 process 100: run 15ms
	task b2 process 200: run 12ms
	task c1 process 300 at 3ms: repeat 3 ( run 2ms sleep 3ms )
END
# Slots end at each 10 ms, and when all of the process sleep or have ended: at 22, 27,
# 32, 42. At 35 c1 wakes in the slot of b, and waits for its end.
timeline 'gangs' gangs "$app/gang.nx" <<-END
	0 a1 a2
	10 b1 b2
	20 c1 -
	22 a1 a2
	27 b2 b1
	29 - b1
	30 c1 -
	32 b1 -
	40 c1 -
	42 b1 -
	46 - -
END

# ---- Cooperative: nobody is interrupted
timeline 'cooperative' three "$app/coop.nx" <<-END
	0 A
	25 B
	37 C
	40 -
	50 C
	53 -
END

# ---- Longest first: what is known to be long begins before what is short
cat >"$work/lengths" <<-END
	cpus 2
	task x: run 5ms
	task y: run 5ms
	task a at 1ms: run 10ms
	task b at 1ms: run 10ms
	task c at 1ms: run 10ms
	task d at 1ms: run 10ms
	task e at 1ms: run 40ms
END
timeline 'longest first' lengths "$app/longest.nx" --map 'work[7]=40' \
	--map 'work[6]=10' <<-END
	0 x y
	5 e d
	15 e a
	25 e b
	35 e c
	45 - -
END

# ---- Earliest deadline first; ids are places in the file
cat >"$work/dues" <<-END
	task slow: repeat 2 ( run 10ms sleep 12ms )
	task quick at 2ms: repeat 4 ( run 2ms sleep 4ms )
	task never: run 5ms
END
timeline 'earliest deadline first' dues "$app/edf.nx" \
	--map 'deadline[1]=20000000' --map 'deadline[2]=5000000' <<-END
	0 slow
	2 quick
	4 slow
	8 quick
	10 slow
	14 quick
	16 never
	20 quick
	22 never
	23 -
	26 slow
	36 -
END
# Each burst, and the end of each task after its last sleep.
says 'all deadlines are met' '^count\[0\] = 8$'
sed 's/run 10ms/run 25ms/' "$work/dues" >"$work/late"
timeline 'earliest deadline first, too much to do' late "$app/edf.nx" \
	--map 'deadline[1]=20000000' --map 'deadline[2]=5000000' <<-END
	0 slow
	2 quick
	4 slow
	8 quick
	10 slow
	14 quick
	16 slow
	31 quick
	33 never
	38 -
	43 slow
	68 -
END
# What is late already is the most urgent: at 20 quick does not come before slow.
says 'three are missed' '^count\[1\] = 3$'

# ---- Policies that fail: the LWK's own scheduling goes on, and no task is lost
compile()
{
	{
		printf '#include "ext/lib/nimble_ext.h"\nLICENCE("MIT");\n'
		cat
	} >"$work/$1.c"
	"$build/bin/nimble-cc" -g "$work/$1.c" -o "$work/$1.nx" ||
		echo "Bail out! $1 does not compile"
}
printf 'task A: run 5ms\ntask B at 1ms: run 5ms\n' >"$work/two"

compile forgets <<-'END'
	POLICY(.timeout_ms = 20);
	HOOK(sched_enqueue) u64 enqueue(struct nimble_ctx_sched_enqueue *ctx)
	{
		return TASK(ctx->task)->id == 2
			       ? 0
			       : sched_dsq_insert(TASK(ctx->task),
						  NIMBLE_DSQ_LOCAL, 1000000, 0);
	}
END
timeline 'a policy that forgets a task' two "$work/forgets.nx" <<-END
	0 A
	5 -
	21 B
	26 -
END
says 'is ended by the watchdog' 'ended at 21.000 ms: a thread was left waiting: thread 2 was runnable and did not run for 20 ms'
ended 'and that is an error' 1

compile faults <<-'END'
	HOOK(sched_stopping) u64 stopping(struct nimble_ctx_sched_stopping *ctx)
	{
		return *(volatile u64 *)8 + ctx->runnable;
	}
END
timeline 'a policy that faults' two "$work/faults.nx" <<-END
	0 A
	5 B
	10 -
END
says 'is named with its line' 'ended at 5.000 ms: runtime error: sched_stopping: read outside its memory, address 8, faults.c:5$'

compile wrong <<-'END'
	HOOK(sched_enqueue) u64 enqueue(struct nimble_ctx_sched_enqueue *ctx)
	{
		return sched_dsq_insert(TASK(ctx->task),
					NIMBLE_DSQ_LOCAL_ON | 9, 0, 0);
	}
END
timeline 'a policy that puts a task where there is no CPU' two "$work/wrong.nx" <<-END
	0 A
	5 B
	10 -
END
says 'is refused that' 'ended at 1.000 ms: runtime error: thread 2 was put on CPU 9'

compile ends <<-'END'
	HOOK(sched_init) u64 init(struct nimble_ctx_sched_init *ctx)
	{
		return (u64)timer_arm(7, 2500000, 0);
	}
	HOOK(timer) u64 timer(struct nimble_ctx_timer *ctx)
	{
		u64 values[] = {ctx->timer, ctx->now_ns / 1000, (u64)"words"};

		log_format("%d%%, %llu us", 14, values, 16);
		return sched_end(77, "%3d %lu %s", 11, values, sizeof(values));
	}
END
timeline 'a policy that ends itself' two "$work/ends.nx" <<-END
	0 A
	5 B
	10 -
END
says 'says why' 'ended at 2.500 ms: it has ended itself:   7 2500 words \(code 77\)'
says 'and logs' '^ +2.500  log: 7%, 2500 us$'
ended 'which is no error' 0

compile refuses <<-'END'
	HOOK(sched_init) u64 init(struct nimble_ctx_sched_init *ctx)
	{
		return ctx->cpus == 1 ? (u64)-ENOMEM : 0;
	}
END
timeline 'a policy that refuses' two "$work/refuses.nx" </dev/null
says 'is not attached' 'its operation init refused'
ended 'and that is an error' 1

# ---- The picture, and loads that are none
timeout 60 "$run" --sim "$work/centre" --svg "$work/out.svg" >"$work/out" 2>&1
same=false
[ "$(grep -c '<rect x=' "$work/out.svg")" = 8 ] &&
	grep -q '<title>B, 5.000 to 16.000 ms</title>' "$work/out.svg" &&
	[ "$(tail -n 1 "$work/out.svg")" = '</svg>' ] && same=true
result $same 'the picture has each burst' "$work/out.svg"

refused 'no unit' 'bad:1: 5 is no time' 'task A: run 5'
refused 'an unknown step' 'bad:2: walk: here may stand' $'task A: run 5ms\nwalk 3ms'
refused 'no such task' 'task A wakes B, and there is no such task' 'task A: wake B'
refused 'no tasks' 'there are no tasks' 'cpus 4'
refused 'a name twice' 'a name of its own' 'task A: run 1ms task A: run 1ms'
refused 'a CPU that is not there' 'task A may run on no CPU' 'task A cpus 3: run 1ms'
refused 'a list of CPUs that is none' '3-1 is no list' 'task A cpus 3-1: run 1ms'
refused 'a ) that is missing' 'a \) is missing' 'task A: repeat 3 ( run 1ms'
refused 'too many steps' 'has over 1000000 steps' \
	'task A: repeat 1000000 ( run 1ms yield )'
refused 'an attribute that is none' 'nice: a task has' 'task A nice 3: run 1ms'

printf 'task A: repeat 1000 ( repeat 1000 ( yield ) )\n' >"$work/busy"
timeline 'a load that lets no time pass' busy "$app/rr.nx" <<-END
	0 A
END
says 'is stopped' '^stopped: a million things were done and no time passed'
timeout 20 "$run" --sim "$work/two" "$app/syscount.nx" >"$work/out" 2>&1
status=$?
says 'an extension that is no policy' 'the extension is no policy'
ended 'an extension that is no policy' 2

echo "1..$n"
