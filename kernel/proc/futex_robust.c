/* SPDX-License-Identifier: GPL-2.0 */
/* Robust futexes of a thread that ends: the kernel's part of glibc's list
 * (Documentation/locking/robust-futex-ABI.rst of Linux). */
#include <asm/errno.h>
#include <linux/futex.h>

#include "kernel/arch/entry.h"
#include "kernel/arch/uaccess.h"
#include "kernel/proc/futex.h"
#include "kernel/proc/process.h"

/* Entries that are looked at: the list may be a circle (ROBUST_LIST_LIMIT). */
#define ENTRIES_MAX 2048

/* An entry's address has bit 0 set where it is a lock with priority inheritance. */
#define ENTRY_PI 1UL

/* Mark in the word of a lock that this thread holds that its owner died. */
static int handle_death(vaddr_t at)
{
	uint32_t value, seen, dead;

	if (copy_from_user(&value, at, sizeof(value)))
		return -EFAULT;
	for (;;) {
		if ((value & FUTEX_TID_MASK) != current_thread()->id)
			return 0;
		dead = (value & FUTEX_WAITERS) | FUTEX_OWNER_DIED;
		if (user_cmpxchg32_nofault(at, value, dead, &seen)) {
			if (user_page_fault(at, FAULT_WRITE, 0))
				return -EFAULT;
			continue;
		}
		if (seen == value)
			break;
		value = seen;
	}
	if (value & FUTEX_WAITERS)
		futex_wake(at, true, 1, FUTEX_ALL_BITS);
	return 0;
}

void futex_exit_robust(vaddr_t head_at)
{
	struct robust_list_head head;
	vaddr_t entry, next, pending;
	unsigned int i;

	if (copy_from_user(&head, head_at, sizeof(head)))
		return;
	entry = (vaddr_t)head.list.next;
	pending = (vaddr_t)head.list_op_pending & ~ENTRY_PI;
	for (i = 0; i < ENTRIES_MAX && (entry & ~ENTRY_PI) != head_at; i++) {
		/* The link first: the entry is gone when it is woken. */
		if (copy_from_user(&next, entry & ~ENTRY_PI, sizeof(next)))
			break;
		if ((entry & ~ENTRY_PI) != pending &&
		    handle_death((entry & ~ENTRY_PI) +
				 (uint64_t)head.futex_offset))
			break;
		entry = next;
	}
	if (pending)
		handle_death(pending + (uint64_t)head.futex_offset);
}
