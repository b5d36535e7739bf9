/* SPDX-License-Identifier: MIT */
/* A scheduler in the style of Linux's sched_ext that hands every task on before its
 * enqueue has returned: its pid goes through a queue map, another CPU is woken to take
 * it, and enqueue goes on for a while. No task may be lost by that. */
#include <scx/common.bpf.h>

char _license[] SEC("license") = "MIT";

enum { SHARED_DSQ = 1, SLICE = 5 * 1000 * 1000, WHILE = 3500 };

u64 handed, taken, gone, full;

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 1024);
	__type(value, s32);
} pids SEC(".maps");

void BPF_STRUCT_OPS(handed_enqueue, struct task_struct *p, u64 enq_flags)
{
	s32 pid = p->pid, cpu;

	if (bpf_map_push_elem(&pids, &pid, 0)) {
		__sync_fetch_and_add(&full, 1);
		scx_bpf_dispatch(p, SCX_DSQ_GLOBAL, SLICE, enq_flags);
		return;
	}
	__sync_fetch_and_add(&handed, 1);
	bpf_for(cpu, 0,
		scx_bpf_nr_cpu_ids()) if (cpu != bpf_get_smp_processor_id())
		scx_bpf_kick_cpu(cpu, SCX_KICK_PREEMPT);
	bpf_repeat(WHILE) barrier();
}

/* All that were pushed, the youngest too, into a queue that CPUs share. */
void BPF_STRUCT_OPS(handed_dispatch, s32 cpu, struct task_struct *prev)
{
	struct task_struct *p;
	s32 pid;

	bpf_repeat(BPF_MAX_LOOPS)
	{
		if (!scx_bpf_dispatch_nr_slots() ||
		    bpf_map_pop_elem(&pids, &pid))
			break;
		p = bpf_task_from_pid(pid);
		if (p) {
			__sync_fetch_and_add(&taken, 1);
			scx_bpf_dispatch(p, SHARED_DSQ, SLICE, 0);
		} else {
			__sync_fetch_and_add(&gone, 1);
		}
	}
	scx_bpf_consume(SHARED_DSQ);
}

s32 BPF_STRUCT_OPS_SLEEPABLE(handed_init)
{
	return scx_bpf_create_dsq(SHARED_DSQ, -1);
}

SCX_OPS_DEFINE(handed_ops, .enqueue = (void *)handed_enqueue,
	       .dispatch = (void *)handed_dispatch, .init = (void *)handed_init,
	       .timeout_ms = 3000, .name = "handed");
