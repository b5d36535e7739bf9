/* SPDX-License-Identifier: GPL-2.0 */
/* The application opens a file of /proc that speaks of itself. See kernel/abi/view.h. */
#include <asm/errno.h>

#include "kernel/abi/slot.h"
#include "kernel/abi/view.h"
#include "kernel/arch/uaccess.h"
#include "kernel/ikc/delegate.h"
#include "kernel/ikc/restart.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/proc/process.h"
#include "kernel/syscall/syscall.h"
#include "kernel/syscall/view.h"
#include "kernel/time/clock.h"
#include "kernel/time/timer.h"

/* ---- Memory ------------------------------------------------------------ */

static uint32_t flags_of(const struct area *a)
{
	return (a->prot & PAGE_READ ? LWK_VIEW_READ : 0) |
	       (a->prot & PAGE_WRITE ? LWK_VIEW_WRITE : 0) |
	       (a->prot & PAGE_EXEC ? LWK_VIEW_EXEC : 0) |
	       (a->flags & (AREA_SHARED | AREA_LINUX) ? LWK_VIEW_SHARED : 0) |
	       (a->flags & AREA_LINUX ? LWK_VIEW_LINUX : 0) |
	       (a->flags & AREA_GROWS_DOWN ? LWK_VIEW_STACK : 0) |
	       (a->flags & AREA_FIXED_RIGHTS ? LWK_VIEW_KERNEL : 0);
}

/* At most `most` areas; how many there are. */
static uint32_t fill_areas(struct lwk_view *v, struct lwk_view_area *out,
			   uint32_t most)
{
	struct aspace *as = current_process()->aspace;
	uint32_t count = 0;
	struct list *n;

	spin_lock(&as->lock);
	list_for_each(n, &as->areas) {
		const struct area *a = list_entry(n, struct area, node);

		if (count++ < most)
			*out++ = (struct lwk_view_area){
				.start = a->start,
				.end = a->end,
				.offset = a->file ? a->offset : 0,
				.file = a->file,
				.flags = flags_of(a),
			};
	}
	v->resident_bytes = as->resident_bytes;
	spin_unlock(&as->lock);
	v->brk_start = as->brk_start;
	v->brk = as->brk;
	v->stack_start = as->stack_start;
	v->arguments = as->arguments;
	v->arguments_end = as->arguments_end;
	v->environment_end = as->environment_end;
	v->auxv = as->auxv;
	v->auxv_bytes = as->auxv_bytes;
	v->areas = MIN(count, most);
	return count;
}

/* ---- Threads and signals ----------------------------------------------- */

static void fill_thread(const struct thread *t, struct lwk_view_thread *out)
{
	*out = (struct lwk_view_thread){
		.id = t->id,
		.cpu = t->cpu->index,
		.nice = t->nice,
		.sleeps = __atomic_load_n(&t->state, __ATOMIC_RELAXED) !=
			  THREAD_RUNNABLE,
		.pending = t->signals.pending.set,
		.blocked = t->signals.blocked,
		.affinity = t->affinity,
		.run_ns = cycles_to_ns(t->run_cycles),
	};
	memcpy(out->name, t->name, sizeof(out->name));
}

static void fill_actions(const struct signals *s, struct lwk_view *v)
{
	int signal;

	for (signal = 1; signal <= SIGNAL_COUNT; signal++) {
		uint64_t handler = s->action[signal - 1].handler;

		if (handler == (uint64_t)SIG_IGN)
			v->ignored |= SIGNAL_BIT(signal);
		else if (handler != (uint64_t)SIG_DFL)
			v->caught |= SIGNAL_BIT(signal);
	}
}

/* At most `most` threads; how many there are. */
static uint32_t fill_threads(struct lwk_view *v, struct lwk_view_thread *out,
			     uint32_t most)
{
	struct process *p = current_process();
	uint32_t count = 0;
	struct list *n;

	spin_lock(&p->lock);
	list_for_each(n, &p->threads)
		if (count++ < most)
			fill_thread(list_entry(n, struct thread, member),
				    out++);
	v->pending = p->signals.pending.set;
	v->queued = p->signals.queued;
	fill_actions(&p->signals, v);
	spin_unlock(&p->lock);
	v->thread = current_thread()->id;
	v->run_ns = process_run_ns();
	v->children_ns = usage_children().run_ns;
	v->peak_bytes = usage_self().peak_bytes;
	v->threads = MIN(count, most);
	return count;
}

/* ---- All of it --------------------------------------------------------- */

/* What there is now; more may come. */
static void count_all(uint32_t *areas, uint32_t *threads)
{
	*areas = current_process()->aspace->area_count + 8;
	*threads = __atomic_load_n(&current_process()->thread_count,
				   __ATOMIC_RELAXED) +
		   8;
}

/* A view, to be freed; or NULL: no memory. */
static struct lwk_view *make_view(void)
{
	for (;;) {
		uint32_t areas, threads;
		struct lwk_view_area *area;
		struct lwk_view *v;
		bool whole;

		count_all(&areas, &threads);
		v = kzalloc(sizeof(*v) + areas * sizeof(*area) +
			    threads * sizeof(struct lwk_view_thread));
		if (!v)
			return NULL;
		area = (struct lwk_view_area *)(v + 1);
		whole = fill_areas(v, area, areas) <= areas;
		whole &= fill_threads(
				 v, (struct lwk_view_thread *)(area + v->areas),
				 threads) <= threads;
		v->bytes =
			(uint32_t)(sizeof(*v) + v->areas * sizeof(*area) +
				   v->threads * sizeof(struct lwk_view_thread));
		if (whole)
			return v;
		kfree(v);
	}
}

/* Make the call with the view where the proxy can read it. */
static int64_t call_with(const struct lwk_view *v, const struct regs *regs)
{
	struct aspace *as = current_process()->aspace;
	struct map_request r = {.bytes = v->bytes,
				.prot = PAGE_READ | PAGE_WRITE};
	vaddr_t at;
	int64_t ret = aspace_map(as, &r, &at);

	if (ret)
		return ret;
	ret = copy_to_user(at, v, v->bytes);
	if (!ret)
		ret = delegate_call(LWK_PROXY_VIEW, at, regs_call(regs),
				    sys_arg(regs, 0), sys_arg(regs, 1),
				    sys_arg(regs, 2));
	aspace_unmap(as, at, r.bytes);
	return restart_if_interrupted(ret);
}

int64_t call_with_view(const struct regs *regs)
{
	struct lwk_view *v = make_view();
	int64_t ret = v ? call_with(v, regs) : -ENOMEM;

	kfree(v);
	return ret;
}
