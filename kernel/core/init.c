/* SPDX-License-Identifier: GPL-2.0 */
/* Bringing up the layers, in their order. */
#include "kernel/core/hook.h"
#include "kernel/core/init.h"
#include "kernel/core/log.h"
#include "kernel/exec/vdso.h"
#include "kernel/ikc/ring.h"
#include "kernel/mm/page_alloc.h"
#include "kernel/proc/futex.h"
#include "kernel/proc/sched.h"

void init_once(void)
{
	log_line("memory: %lu MiB, %lu KiB free", page_total_bytes() >> 20,
		 page_free_bytes() >> 10);
	futex_init();
	hook_init();
	vdso_init();
}

void init_cpu_services(void)
{
	sched_init_cpu();
	ikc_init_cpu();
}

void init_idle(void)
{
	sched_idle_loop();
}
