/* SPDX-License-Identifier: GPL-2.0 */
/* Starting, stopping and signalling CPUs that Linux does not run. */
#ifndef LWK_SMP_H
#define LWK_SMP_H

#include <linux/types.h>

/* Rings the bell of an LWK's CPU. Any context. */
void lwk_smp_doorbell(u32 apic_id);

/* Sends an NMI to an LWK's CPU. Any context. */
void lwk_smp_nmi(u32 apic_id);

/* Stops a CPU, whatever it does; it then waits for a start-up IPI. Sleeps. */
void lwk_smp_stop(u32 apic_id);

/* The same when Linux goes down: does not sleep. */
void lwk_smp_stop_now(u32 apic_id);

/* What a CPU finds as it enters the LWK; see kernel/abi/boot.h. */
struct lwk_entry {
	u64 tables; /* physical address of the bootstrap PML4 */
	u64 entry; /* virtual address */
	u64 boot_block; /* virtual address, in LWK_PHYS_MAP */
};

/* The page below 1 MiB through which CPUs start. */
struct lwk_trampoline {
	u64 phys;
	void *page; /* its memory */
	struct page *low_tables; /* a PML4 below 4 GiB, for the first moment */
};

/* Finds a page below 1 MiB that nobody uses. -ENOMEM: there is none, or no
 * memory below 4 GiB. Between this and lwk_trampoline_put() the caller holds
 * cpus_read_lock(), so that Linux starts no CPU itself. */
int lwk_trampoline_get(struct lwk_trampoline *t);
void lwk_trampoline_put(struct lwk_trampoline *t);

/* Writes the start-up code. tables: the PML4's memory. */
int lwk_trampoline_fill(struct lwk_trampoline *t, const struct lwk_entry *entry,
			const void *tables);

/* Starts one CPU as number `index`. The caller checks that it comes up;
 * `again` sends a second start-up IPI to one that did not. Sleeps. */
void lwk_smp_start(struct lwk_trampoline *t, u32 apic_id, u32 index);
void lwk_smp_start_again(struct lwk_trampoline *t, u32 apic_id);

#endif
