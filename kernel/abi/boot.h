/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The boot block: what the module tells an LWK before it starts.
 *
 * The module puts image and shared area at the start of region[0] of the
 * reserved memory:
 *
 *   region[0].base                 ELF segments, at p_vaddr - LWK_IMAGE_BASE
 *   + image_bytes rounded to 4 KiB the shared area: boot block, time page,
 *                                  rings, log, control window, bootstrap page
 *                                  tables; each page aligned
 *   + free_offset                  free memory, the LWK's to manage
 *
 * Entry. The module starts the CPUs one after the other, cpu[0] first, the
 * others once `state` is LWK_STATE_PRIMARY_READY. A CPU enters the image at
 * e_entry in 64-bit mode: interrupts off; CR3 = bootstrap tables that map the
 * image at LWK_IMAGE_BASE and all regions at LWK_PHYS_MAP, both writable and
 * executable, and the trampoline's page at its physical address; CR4 only PAE;
 * EFER.NXE set; GDT in the trampoline's page, which is taken away as soon as
 * cpu[i].state is no longer LWK_CPU_OFFLINE; RDI = address of the boot block
 * in LWK_PHYS_MAP; RSI = index i of the CPU; RSP undefined.
 *
 * The LWK does not trust the block: it checks magic, version, sizes and ranges.
 * If one is wrong, it sets state LWK_STATE_REFUSED with `error` and halts.
 */
#ifndef LWK_ABI_BOOT_H
#define LWK_ABI_BOOT_H

#include "kernel/abi/types.h"

#define LWK_BOOT_MAGIC 0x4d41524741593031ULL /* "MARGAY01" */
#define LWK_BOOT_VERSION 2

#define LWK_MAX_CPUS 64
#define LWK_MAX_REGIONS 128
#define LWK_MAX_DEVICES 8
#define LWK_DEVICE_BARS 6

/* boot.flags */
#define LWK_BOOT_NO_APP_EXT 0x1 /* applications may not insert extensions */
#define LWK_BOOT_NIMBLE_THREADED 0x2 /* no machine code is made of extensions */
#define LWK_BOOT_FLAGS (LWK_BOOT_NO_APP_EXT | LWK_BOOT_NIMBLE_THREADED)

/* boot.state; written by the LWK with release, read by the module with
 * acquire. Only rises, but for PANICKED, which may come from any state. */
enum lwk_state {
	LWK_STATE_STARTING = 0,
	LWK_STATE_PRIMARY_READY =
		1, /* memory and tables stand; start the rest */
	LWK_STATE_RUNNING = 2, /* all CPUs are online and look at their rings */
	LWK_STATE_STOPPED = 3, /* after LWK_MSG_SHUTDOWN: all CPUs halted */
	LWK_STATE_REFUSED = 4, /* the boot block or the machine; see error */
	LWK_STATE_PANICKED = 5, /* see the log */
};

/* cpu[i].state; as boot.state */
enum lwk_cpu_state {
	LWK_CPU_OFFLINE = 0,
	LWK_CPU_ALIVE = 1, /* runs the LWK's own GDT and code */
	LWK_CPU_ONLINE = 2, /* looks at its ring */
	LWK_CPU_HALTED = 3,
};

/* A piece of reserved memory; base and bytes are multiples of LWK_CHUNK_SIZE.
 * Regions are sorted, disjoint and never adjacent, but region[0], which holds
 * the image, stands first whatever its address. */
struct lwk_region {
	uint64_t base; /* module: physical address */
	uint64_t bytes; /* module */
	uint32_t node; /* module: NUMA node of Linux */
	uint32_t pad;
};
LWK_STATIC_ASSERT_SIZE(struct lwk_region, 24);

struct lwk_boot_cpu {
	uint32_t apic_id; /* module */
	uint32_t linux_cpu; /* module: for names and logs */
	uint32_t node; /* module */
	uint32_t state; /* LWK: enum lwk_cpu_state */
	uint64_t ring_to_lwk; /* module: physical address of struct lwk_ring */
	uint64_t ring_to_linux; /* module: the same */
	uint64_t running; /* LWK: handle of the process that runs, or
			   * LWK_RUNS_NOTHING; 0 = it is changing */
	uint64_t running_since; /* LWK: TSC, while `running` is not 0 */
	uint64_t idle_cycles; /* LWK: TSC cycles without a process, before that */
	uint64_t pad;
};
#define LWK_RUNS_NOTHING (~0ULL)
LWK_STATIC_ASSERT_SIZE(struct lwk_boot_cpu, 64);

/* What an NMI from the module asks for: boot.nmi_request. */
enum lwk_nmi {
	LWK_NMI_TRACE = 0, /* log where the CPU is, and answer */
	LWK_NMI_PANIC = 1, /* end the LWK by a panic */
	LWK_NMI_WHERE = 2, /* answer */
};

/* A CPU's answer to an NMI: where it found the CPU. */
struct lwk_where {
	uint64_t rip; /* LWK */
	uint32_t serial; /* LWK: boot.nmi_serial; release, after all others */
	uint32_t in_user; /* LWK: 1 = the program's own code runs */
	uint32_t pid; /* LWK: of the process that runs, 0 = none */
	uint32_t last_syscall; /* LWK: of that process */
	char name[16]; /* LWK: its name */
	uint64_t pad[3];
};
LWK_STATIC_ASSERT_SIZE(struct lwk_where, 64);

/* Where the LWK's doorbell to Linux goes: one word, so that it is read whole
 * while Linux moves the interrupt to another CPU. */
#define LWK_DOORBELL_TARGET(apic_id, vector) \
	((uint64_t)(apic_id) << 32 | (uint32_t)(vector))
#define LWK_DOORBELL_APIC_ID(target) ((uint32_t)((target) >> 32))
#define LWK_DOORBELL_VECTOR(target) ((uint32_t)(target)&0xff)

/* A PCI device that Linux has handed over: written before LWK_MSG_DEVICE_ADD names it,
 * and constant until the LWK has answered LWK_MSG_DEVICE_GONE. */
struct lwk_device {
	uint32_t address; /* module: LWK_DEVICE_ADDRESS() */
	uint16_t vendor, device; /* module: its PCI ids */
	uint32_t vector; /* module: vector of its interrupt; 0 = it cannot interrupt */
	uint32_t cpu; /* module: index of the CPU that it interrupts */
	struct {
		uint64_t base; /* module: physical address */
		uint64_t bytes; /* module; 0 = no memory there */
	} bar[LWK_DEVICE_BARS];
};
LWK_STATIC_ASSERT_SIZE(struct lwk_device, 112);

/* Domain, bus, and devfn as PCI numbers them: 0000:00:04.0 is 0x20. */
#define LWK_DEVICE_ADDRESS(domain, bus, devfn) \
	((uint32_t)(domain) << 16 | (uint32_t)(bus) << 8 | (uint32_t)(devfn))

struct lwk_boot {
	uint64_t magic; /* module */
	uint32_t version; /* module */
	uint32_t bytes; /* module: sizeof(struct lwk_boot) */
	uint32_t instance; /* module: N of /dev/lwkN */
	uint32_t generation; /* module: counts the boots of this instance */
	uint32_t flags; /* module: LWK_BOOT_* */
	uint32_t cpu_count; /* module */
	uint32_t region_count; /* module */
	uint32_t tsc_khz; /* module */
	uint32_t lapic_mode; /* module: 0 = xAPIC at lapic_base, 1 = x2APIC */
	uint32_t pad0;
	uint64_t lapic_base; /* module: physical address of the xAPIC page */
	uint64_t image_bytes; /* module: size of the loaded image, .bss incl. */
	uint64_t free_offset; /* module: from region[0].base; page aligned */
	uint64_t time_page; /* module: physical address of struct lwk_time */
	uint64_t log; /* module: physical address of struct lwk_log */
	uint64_t log_bytes; /* module: size with header, power of two pages */
	uint64_t window; /* module: physical address of the control window */
	uint64_t window_bytes; /* module */
	uint8_t seed[32]; /* module: from Linux's random number generator */

	/* Shared words. */
	uint64_t doorbell_target; /* module: LWK_DOORBELL_TARGET(), relaxed */
	uint32_t linux_waiting; /* module: 1 = its thread sleeps, ring the bell;
				 * see ring.h for the order */
	uint32_t log_waiting; /* module: 1 = a reader waits for the log */
	uint32_t state; /* LWK: enum lwk_state */
	int32_t error; /* LWK: -errno, before state REFUSED */
	uint32_t nmi_request; /* module: enum lwk_nmi; before the NMI */
	uint32_t nmi_serial; /* module: rises with each; before the NMI */
	uint64_t free_bytes; /* LWK: at the last LWK_MSG_PING that it handled */
	uint64_t objects; /* LWK: pages of its own memory that it uses then */
	uint64_t pad2[2];
	struct lwk_where where[LWK_MAX_CPUS];

	struct lwk_boot_cpu cpu[LWK_MAX_CPUS];
	struct lwk_region region[LWK_MAX_REGIONS];
	struct lwk_device device[LWK_MAX_DEVICES];
};

#endif
