/* SPDX-License-Identifier: GPL-2.0 */
/* Messages of processes and address spaces to the module. */
#include "kernel/abi/ring.h"
#include "kernel/ikc/ring.h"
#include "kernel/proc/process.h"

void aspace_zap(struct aspace *as, vaddr_t start, vaddr_t end)
{
	struct lwk_msg msg = {
		.type = LWK_MSG_ZAP,
		.proc = as->handle,
		.arg = {start, end},
	};

	ikc_send_and_wait(&msg);
}

void process_exited(struct process *p, int wait_status)
{
	struct lwk_msg msg = {
		.type = LWK_MSG_PROC_EXIT,
		.proc = p->handle,
		.arg = {(uint64_t)wait_status},
	};

	ikc_send(&msg);
}

void process_released(uint64_t cookie)
{
	ikc_reply(cookie, 0, 0, 0);
}
