/* SPDX-License-Identifier: GPL-2.0 */
/* Handling of the module's messages, which kernel/abi/ring.h describes. */
#include <asm/errno.h>

#include "kernel/arch/cpu.h"
#include "kernel/core/log.h"
#include "kernel/core/percpu.h"
#include "kernel/ikc/device.h"
#include "kernel/ikc/from_linux.h"
#include "kernel/ikc/ring.h"
#include "kernel/ikc/slots.h"
#include "kernel/ikc/upcalls.h"
#include "kernel/proc/process.h"
#include "kernel/time/clock.h"

static void on_proc_create(struct lwk_msg *m)
{
	struct process_args args = {
		.handle = m->proc,
		.pid = (uint32_t)m->arg[0],
		.uid = (uint32_t)(m->arg[1] >> 32),
		.gid = (uint32_t)m->arg[1],
		.stack_limit = m->arg[2],
		.job = m->arg[3],
		.euid = (uint32_t)(m->arg[4] >> 32),
		.egid = (uint32_t)m->arg[4],
		.affinity = m->arg[0] & LWK_CREATE_STAY ? cpu_bit(this_cpu())
							: cpu_all(),
	};
	struct process *p;
	int error = process_new(&args, program_start, &p);

	ikc_reply(m->cookie, error, error ? 0 : virt_to_phys(p->page), 0);
}

static void on_proc_start(struct process *p, const struct lwk_msg *m)
{
	(void)m;
	process_start(p);
}

static void on_proc_signal(struct process *p, const struct lwk_msg *m)
{
	struct signal_info info = {
		.signal = (int32_t)m->arg[0],
		.error = (int32_t)(m->arg[1] >> 32),
		.code = (int32_t)m->arg[1],
		.data = {m->arg[2], m->arg[3], m->arg[4]},
	};

	if (m->arg[0] >= 1 && m->arg[0] <= SIGNAL_COUNT)
		process_signal(p, &info);
}

static void on_proc_release(struct process *p, const struct lwk_msg *m)
{
	process_release(p, m->cookie);
}

static void on_populate(struct process *p, const struct lwk_msg *m)
{
	int error = -EFAULT;

	if (m->arg[0] < LWK_APP_END)
		error = aspace_fault_of_proxy(p->aspace, m->arg[0],
					      m->arg[1] ? PAGE_WRITE
							: PAGE_READ);
	ikc_reply(m->cookie, error == -EACCES ? -EFAULT : error, 0, 0);
}

static void on_proc_adopt(struct process *p, const struct lwk_msg *m)
{
	struct process *child = process_find(m->arg[0]);
	int error = -ESRCH;

	if (child)
		error = process_adopt(child, p->handle, (uint32_t)m->arg[1]);
	if (error)
		ikc_reply(m->cookie, error, 0, 0);
	else
		ikc_reply(m->cookie, 0, virt_to_phys(child->page),
			  child->cpu->index);
	if (child)
		process_put(child);
}

static void on_proc_space(struct process *p, const struct lwk_msg *m)
{
	struct aspace *as = process_space_for_proxy(p);

	ikc_reply(m->cookie, 0, as->handle, as->root);
}

static void on_proc_credentials(struct process *p, const struct lwk_msg *m)
{
	p->uid = (uint32_t)(m->arg[0] >> 32);
	p->gid = (uint32_t)m->arg[0];
	p->euid = (uint32_t)(m->arg[1] >> 32);
	p->egid = (uint32_t)m->arg[1];
	ikc_reply(m->cookie, 0, 0, 0);
}

static void on_lend(struct process *p, const struct lwk_msg *m)
{
	int i, error = 0;

	for (i = 0; i < LWK_LEND_FRAMES && !error; i++) {
		uint64_t frame = m->arg[1 + i];

		if (frame)
			error = aspace_lend(p->aspace,
					    m->arg[0] + (uint64_t)i * PAGE_SIZE,
					    frame & ~(PAGE_SIZE - 1UL),
					    frame & LWK_LEND_WRITE);
	}
	ikc_reply(m->cookie, error, 0, 0);
}

static void on_take_back(struct process *p, const struct lwk_msg *m)
{
	int error = -EINVAL;

	if (m->arg[0] < m->arg[1] && m->arg[1] <= LWK_APP_END)
		error = aspace_take_back(p->aspace, m->arg[0], m->arg[1],
					 false);
	ikc_reply(m->cookie, error, 0, 0);
}

static void on_slot_done(struct process *p, const struct lwk_msg *m)
{
	slot_done(p, m->arg[0]);
}

/* All CPUs halt; the module sees their states. */
static void on_shutdown(struct lwk_msg *m)
{
	uint32_t i;

	if (process_count()) {
		ikc_reply(m->cookie, -EBUSY, 0, 0);
		return;
	}
	log_line("shutting down");
	ikc_reply(m->cookie, 0, 0, 0);
	for (i = 0; i < cpu_count(); i++)
		cpu_notify(&cpus[i], CPU_WORK_HALT);
}

/* Extensions are loaded here, deep in the engine. */
static void nimble_control_work(void *message)
{
	const struct lwk_msg *m = message;

	extension_control(m->cookie, m->arg[0], m->arg[1], (uint32_t)m->arg[2],
			  m->arg[3]);
}

static void on_nimble_ctl(struct lwk_msg *m)
{
	arch_call_on_work_stack(nimble_control_work, m);
}

static void on_clock_set(struct lwk_msg *m)
{
	(void)m;
	clock_was_set();
}

static void on_device_add(struct lwk_msg *m)
{
	ikc_reply(m->cookie, device_add(m->arg[0]), 0, 0);
}

static void on_device_gone(struct lwk_msg *m)
{
	ikc_reply(m->cookie, device_gone(m->arg[0]), 0, 0);
}

static void on_ping(struct lwk_msg *m)
{
	(void)m;
}

/* The handler of a message: `kernel` for one to this CPU, `process` for one about a
 * process. wants_reply: if there is no such process, the answer is -ESRCH. */
static const struct handler {
	void (*kernel)(struct lwk_msg *m);
	void (*process)(struct process *p, const struct lwk_msg *m);
	bool wants_reply;
} handlers[] = {
	[LWK_MSG_PROC_CREATE] = {.kernel = on_proc_create},
	[LWK_MSG_PROC_START] = {.process = on_proc_start},
	[LWK_MSG_PROC_SIGNAL] = {.process = on_proc_signal},
	[LWK_MSG_PROC_RELEASE] = {.process = on_proc_release,
				  .wants_reply = true},
	[LWK_MSG_POPULATE] = {.process = on_populate, .wants_reply = true},
	[LWK_MSG_SLOT_DONE] = {.process = on_slot_done},
	[LWK_MSG_NIMBLE_CTL] = {.kernel = on_nimble_ctl},
	[LWK_MSG_SHUTDOWN] = {.kernel = on_shutdown},
	[LWK_MSG_PROC_ADOPT] = {.process = on_proc_adopt, .wants_reply = true},
	[LWK_MSG_PROC_SPACE] = {.process = on_proc_space, .wants_reply = true},
	[LWK_MSG_PROC_CREDENTIALS] = {.process = on_proc_credentials,
				      .wants_reply = true},
	[LWK_MSG_LEND] = {.process = on_lend, .wants_reply = true},
	[LWK_MSG_TAKE_BACK] = {.process = on_take_back, .wants_reply = true},
	[LWK_MSG_PING] = {.kernel = on_ping},
	[LWK_MSG_CLOCK_SET] = {.kernel = on_clock_set},
	[LWK_MSG_DEVICE_ADD] = {.kernel = on_device_add},
	[LWK_MSG_DEVICE_GONE] = {.kernel = on_device_gone},
};

static void handle_for_process(const struct handler *h, const struct lwk_msg *m)
{
	struct process *p = process_find(m->proc);

	if (p) {
		this_cpu()->asker = p->euid ? CPU_ASKER_USER : CPU_ASKER_ADMIN;
		h->process(p, m);
		process_put(p);
	} else if (h->wants_reply) {
		ikc_reply(m->cookie, -ESRCH, 0, 0);
	}
}

/* For whom a message to this CPU was sent. */
static enum cpu_asker asker_of(const struct lwk_msg *m)
{
	if (m->type == LWK_MSG_PROC_CREATE)
		return m->arg[4] >> 32 ? CPU_ASKER_USER : CPU_ASKER_ADMIN;
	if (m->type == LWK_MSG_NIMBLE_CTL)
		return m->arg[3] ? CPU_ASKER_ADMIN : CPU_ASKER_USER;
	return CPU_ASKER_ADMIN;
}

void message_handle(struct lwk_msg *m)
{
	const struct handler *h =
		m->type < ARRAY_SIZE(handlers) ? &handlers[m->type] : NULL;

	if (h && h->kernel) {
		this_cpu()->asker = asker_of(m);
		h->kernel(m);
	} else if (h && h->process) {
		handle_for_process(h, m);
	} else {
		log_line("message %u from Linux is unknown", m->type);
	}
	this_cpu()->asker = CPU_ASKER_THREAD;
}
