/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The module's ioctl interface.
 *
 *   /dev/lwk    0600, control: reserve, boot, shutdown, release, status, trace, devices
 *   /dev/lwkN   0660 group lwk, instance N: processes, log, extensions
 *
 * Every structure begins with `version` (LWK_IOC_ABI; else -EPROTO) and `instance`. On
 * /dev/lwkN, instance must be N (else -EINVAL). Unknown flags and non-zero padding are
 * refused with -EINVAL. If the structure has a `why`, a failing call writes one sentence
 * there, zero-terminated, that names the resource that refused and what to do.
 *
 * Errors shared by all: -EPROTO wrong version; -ENOTTY unknown command; -EFAULT
 * bad pointer; -EINVAL bad field; -ENODEV no such instance reserved; -ENXIO the
 * instance is not booted (or has been shut down); -EIO the LWK refused to boot,
 * panicked or broke the protocol; -EPERM capability missing.
 * A call that fails changes nothing.
 */
#ifndef LWK_ABI_IOCTL_H
#define LWK_ABI_IOCTL_H

#include <linux/ioctl.h>
#include "kernel/abi/types.h"
#include "kernel/abi/boot.h"
#include "kernel/abi/nimble_ctl.h"
#include "kernel/abi/procpage.h"

#define LWK_IOC_ABI 3
#define LWK_IOC_MAGIC 0xB7
#define LWK_WHY_BYTES 192
#define LWK_MAX_INSTANCES 8
#define LWK_INSTANCE_ANY 0xffffffffU
#define LWK_CPUMASK_WORDS 16 /* 1,024 CPUs of Linux */

/* ---- /dev/lwk; CAP_SYS_ADMIN for all but VERSION and STATUS ------------ */

struct lwk_version {
	uint32_t version; /* user; module: LWK_IOC_ABI on return */
	uint32_t instance; /* user: 0 */
	uint32_t max_instances; /* module */
	uint32_t reserved_mask; /* module: bit N = instance N is reserved */
};

/* Take CPUs and memory from Linux. -EBUSY: the instance is reserved already, or
 * a CPU belongs to another; -ENOSPC: no free instance; -ENOMEM: memory;
 * errors of CPU hot-unplug as Linux gives them. */
struct lwk_reserve {
	uint32_t version; /* user */
	uint32_t instance; /* user: N or LWK_INSTANCE_ANY; module: N */
	uint64_t cpus[LWK_CPUMASK_WORDS]; /* user: bit = CPU of Linux */
	uint64_t bytes; /* user: multiple of LWK_CHUNK_SIZE */
	int32_t node; /* user: NUMA node for the memory, -1 = any */
	uint32_t region_count; /* module: pieces that the memory came in */
	uint64_t largest_region; /* module: bytes */
	char why[LWK_WHY_BYTES]; /* module */
};

/* Give everything back. -EBUSY while the LWK is booted or its device is
 * open. */
struct lwk_release {
	uint32_t version; /* user */
	uint32_t instance; /* user */
	char why[LWK_WHY_BYTES]; /* module */
};

struct lwk_blob {
	uint64_t ptr; /* user */
	uint64_t bytes; /* user */
};

#define LWK_BOOT_MAX_EXT 32

/* Load the image, start the CPUs, load and attach the trusted extensions; only
 * then may /dev/lwkN create processes. -EALREADY: booted; -ENOEXEC: image;
 * -ETIMEDOUT: a CPU did not come up; errors of an extension as nimble_ctl gives
 * them. On failure the instance is reserved and not booted, as before. */
struct lwk_boot_args {
	uint32_t version; /* user */
	uint32_t instance; /* user */
	uint32_t flags; /* user: LWK_BOOT_* */
	uint32_t ext_count; /* user */
	struct lwk_blob image; /* user: ELF64 */
	uint64_t exts; /* user: address of struct lwk_blob[ext_count]: .nx */
	uint32_t failed_ext; /* module: index of the one that was refused */
	uint32_t pad;
	char why[LWK_WHY_BYTES]; /* module */
};

#define LWK_SHUTDOWN_FORCE 0x1 /* end its processes; INIT a CPU that hangs */

/* Stop the LWK; its CPUs and memory stay reserved. -EBUSY: processes exist and
 * FORCE is not given. */
struct lwk_shutdown {
	uint32_t version; /* user */
	uint32_t instance; /* user */
	uint32_t flags; /* user */
	uint32_t pad;
	char why[LWK_WHY_BYTES]; /* module */
};

#define LWK_TRACE_PANIC 0x1 /* end the LWK by a panic, as if it had failed */

/* Make each CPU of a booted LWK log where it is, by an NMI, whatever it does. -ENXIO:
 * not booted; -ETIMEDOUT: a CPU has not answered. */
struct lwk_trace {
	uint32_t version; /* user */
	uint32_t instance; /* user */
	uint32_t flags; /* user */
	uint32_t pad;
	char why[LWK_WHY_BYTES]; /* module */
};

enum lwk_instance_state {
	LWK_INSTANCE_ABSENT = 0,
	LWK_INSTANCE_RESERVED = 1,
	LWK_INSTANCE_BOOTING = 2,
	LWK_INSTANCE_RUNNING = 3,
	LWK_INSTANCE_STOPPING = 4,
	LWK_INSTANCE_FAILED =
		5, /* panicked or broke the protocol: shut it down */
};

struct lwk_status {
	uint32_t version; /* user */
	uint32_t instance; /* user */
	uint32_t state; /* module: enum lwk_instance_state */
	uint32_t lwk_state; /* module: enum lwk_state, as the LWK says */
	uint64_t cpus[LWK_CPUMASK_WORDS]; /* module: CPUs of Linux */
	uint64_t bytes; /* module: reserved */
	uint64_t free_bytes; /* module: bytes of them that were free when LWK_IOC_CPUS last asked */
	uint64_t objects; /* module: bytes that the LWK itself used then */
	uint32_t cpu_count; /* module */
	uint32_t region_count; /* module */
	uint32_t generation; /* module: boots so far */
	uint32_t processes; /* module: now */
	uint64_t boot_ns; /* module: from LWK_IOC_BOOT to running */
	uint64_t uptime_ns; /* module: since then */
	uint64_t doorbells; /* module: interrupts from the LWK */
	uint64_t zaps; /* module: page removals acknowledged */
	uint64_t populates; /* module: pages asked of the LWK */
	uint64_t proxy_faults; /* module: pages inserted into proxies */
	uint64_t log_phys; /* module: physical address of struct lwk_log */
	uint64_t log_bytes; /* module */
};

/* Give a PCI device to an instance, which must be reserved. A running LWK has it at
 * once, another one when it is booted. The module's driver, lwk, must be bound to it.
 * -ENODEV: no such device; -EPERM: another driver has it; -EBUSY: another instance has
 * it; -ENOSPC; -EOPNOTSUPP: an IOMMU stands between. REMOVE takes it back: -ENOENT: it
 * is not the instance's. */
struct lwk_device_args {
	uint32_t version; /* user */
	uint32_t instance; /* user */
	uint32_t address; /* user: LWK_DEVICE_ADDRESS() */
	int32_t cpu; /* user: CPU of Linux to interrupt, -1 = any; 0 in REMOVE */
	char why[LWK_WHY_BYTES]; /* module */
};

#define LWK_DEVICE_OPEN 0x1 /* a running LWK has it */
#define LWK_DEVICE_MASTER 0x2 /* it may reach memory by itself */

/* The device at place `index` of an instance. -ENOENT: there is none. */
struct lwk_device_info {
	uint32_t version; /* user */
	uint32_t instance; /* user */
	uint32_t index; /* user: below LWK_MAX_DEVICES */
	uint32_t flags; /* module: LWK_DEVICE_* */
	struct lwk_device device; /* module; cpu is Linux's number */
};

#define LWK_IOC_VERSION _IOWR(LWK_IOC_MAGIC, 0, struct lwk_version)
#define LWK_IOC_RESERVE _IOWR(LWK_IOC_MAGIC, 1, struct lwk_reserve)
#define LWK_IOC_RELEASE _IOWR(LWK_IOC_MAGIC, 2, struct lwk_release)
#define LWK_IOC_BOOT _IOWR(LWK_IOC_MAGIC, 3, struct lwk_boot_args)
#define LWK_IOC_SHUTDOWN _IOWR(LWK_IOC_MAGIC, 4, struct lwk_shutdown)
#define LWK_IOC_STATUS _IOWR(LWK_IOC_MAGIC, 5, struct lwk_status)
#define LWK_IOC_TRACE _IOWR(LWK_IOC_MAGIC, 6, struct lwk_trace)
#define LWK_IOC_DEVICE_ADD _IOWR(LWK_IOC_MAGIC, 7, struct lwk_device_args)
#define LWK_IOC_DEVICE_REMOVE _IOWR(LWK_IOC_MAGIC, 8, struct lwk_device_args)
#define LWK_IOC_DEVICE_INFO _IOWR(LWK_IOC_MAGIC, 9, struct lwk_device_info)

/* ---- /dev/lwkN --------------------------------------------------------- */

/* mmap offsets. SLOTS, on a file that has done PROC_CREATE: up to LWK_SLOT_PAGES
 * pages, shared, read and write; those that the first one counts can be used. SPACE +
 * address, on the file of LWK_IOC_SPACE: the application's range at that same
 * address, shared, read and write; only pieces of [LWK_APP_MIN, LWK_APP_END). */
#define LWK_MMAP_SLOTS 0
#define LWK_MMAP_SPACE (1ULL << 47)

/* Make this open file the proxy of a new process of the LWK. Once for each
 * open file (-EBUSY). The process has the caller's PID in its namespace.
 * Closing the file's last reference ends it. -ERANGE: the LWK has no such
 * CPU. */
struct lwk_proc_create {
	uint32_t version; /* user */
	uint32_t instance; /* user */
	int32_t cpu; /* user: CPU, by Linux's number, or -1; module: chosen */
	uint32_t pad;
	uint64_t stack_bytes; /* user: soft RLIMIT_STACK for the process */
	uint64_t handle; /* module */
	char why[LWK_WHY_BYTES]; /* module */
};

/* Events for the proxy's manager thread. */
enum lwk_event_type {
	LWK_EVENT_NONE = 0,
	LWK_EVENT_EXIT = 1, /* value = wait status: end likewise */
	LWK_EVENT_INTERRUPT = 2, /* value = slot: interrupt that call */
	LWK_EVENT_FAILED = 3, /* value = enum lwk_end_cause: exit with 70 */
};

enum lwk_end_cause {
	LWK_END_FAILED = 0, /* the LWK died */
	LWK_END_FORCED = 1, /* it was shut down with LWK_SHUTDOWN_FORCE */
};

/* Wait for the next event; -EINTR on a signal. */
struct lwk_event {
	uint32_t version; /* user */
	uint32_t instance; /* user */
	uint32_t type; /* module */
	uint32_t value; /* module */
	/* module: of LWK_EVENT_EXIT, as struct lwk_proc_page says */
	uint64_t absent[LWK_ABSENT_WORDS];
};

/* SLOT_DONE: value = slot. */
struct lwk_value {
	uint32_t version; /* user */
	uint32_t instance; /* user */
	uint32_t value; /* user */
	uint32_t pad; /* user */
};

/* A signal for the process, with the fields of Linux's siginfo_t: `data` is what
 * follows its first 16 bytes (si_pid, si_uid, si_value, ...). */
struct lwk_signal {
	uint32_t version; /* user */
	uint32_t instance; /* user */
	int32_t signal; /* user */
	int32_t error; /* user: si_errno */
	int32_t code; /* user: si_code */
	uint32_t pad; /* user */
	uint64_t data[3]; /* user */
};

/* Make the caller, a process of Linux that has inherited the file, the proxy of a
 * child that the file's process has forked. Returns a new file for it, close-on-exec.
 * -ESRCH: no such child waits. */
struct lwk_proc_adopt {
	uint32_t version; /* user */
	uint32_t instance; /* user */
	uint64_t child; /* user: its handle */
};

#define LWK_LOG_WAIT 0x1 /* sleep until there is something; -EINTR */

/* Read the log from byte `position` on. Where that has been overwritten, `lost`
 * says how many bytes are missing. Valid until release, after a panic too. */
struct lwk_log_read {
	uint32_t version; /* user */
	uint32_t instance; /* user */
	uint64_t position; /* user; module: next position */
	uint64_t buffer; /* user: address */
	uint32_t bytes; /* user: size of buffer; module: bytes put there */
	uint32_t flags; /* user: LWK_LOG_WAIT */
	uint64_t lost; /* module */
};

struct lwk_ps_entry {
	uint64_t handle; /* module */
	uint32_t pid; /* module: in the caller's PID namespace, 0 = not visible */
	uint32_t uid; /* module: in the caller's user namespace */
	uint32_t cpu; /* module: index of the LWK's CPU */
	uint32_t linux_cpu; /* module */
	uint32_t state; /* module: enum lwk_proc_state */
	uint32_t last_syscall; /* module, from the LWK, as all below */
	uint32_t running; /* CPUs that run it now */
	uint32_t pad;
	char name[16];
	uint64_t run_ns; /* until now */
	uint64_t syscalls_local;
	uint64_t syscalls_delegated;
	uint64_t resident_bytes;
	uint64_t switches;
};

struct lwk_ps_cpu {
	uint32_t linux_cpu; /* module */
	uint32_t pad;
	uint64_t idle_ns; /* from the LWK: without a process, until now */
};

struct lwk_ps {
	uint32_t version; /* user */
	uint32_t instance; /* user */
	uint64_t entries; /* user: address of struct lwk_ps_entry[capacity] */
	uint32_t capacity; /* user */
	uint32_t count; /* module: the number that exist, even beyond capacity */
	uint64_t cpus; /* user: address of struct lwk_ps_cpu[cpu_capacity] */
	uint32_t cpu_capacity; /* user */
	uint32_t cpu_count; /* module: the number that exist, even beyond cpu_capacity */
};

enum lwk_cpu_health {
	LWK_HEALTH_WORKS = 0,
	LWK_HEALTH_STALLED = 1, /* handles no messages; an NMI found it */
	LWK_HEALTH_SILENT = 2, /* answers to nothing; what follows is unknown */
};

struct lwk_cpu_entry {
	uint32_t linux_cpu; /* module */
	uint32_t health; /* module: enum lwk_cpu_health */
	uint64_t rip; /* module, from the LWK, as all below; see boot.h */
	uint32_t in_user;
	uint32_t pid;
	uint32_t last_syscall;
	uint32_t pad;
	char name[16];
};

/* Ask each CPU of the LWK whether it works. It has `answer_ms`, a parameter of the
 * module, to answer; an NMI asks one that does not where it is. -EINTR. */
struct lwk_cpus {
	uint32_t version; /* user */
	uint32_t instance; /* user */
	uint64_t entries; /* user: address of struct lwk_cpu_entry[capacity] */
	uint32_t capacity; /* user */
	uint32_t count; /* module: the number that exist, even beyond capacity */
};

#define LWK_IOC_PROC_CREATE _IOWR(LWK_IOC_MAGIC, 16, struct lwk_proc_create)
#define LWK_IOC_PROC_START _IOW(LWK_IOC_MAGIC, 17, struct lwk_value)
#define LWK_IOC_WAIT _IOW(LWK_IOC_MAGIC, 18, struct lwk_value)
#define LWK_IOC_SLOT_DONE _IOW(LWK_IOC_MAGIC, 19, struct lwk_value)
#define LWK_IOC_SIGNAL _IOW(LWK_IOC_MAGIC, 20, struct lwk_signal)
#define LWK_IOC_EVENT _IOWR(LWK_IOC_MAGIC, 21, struct lwk_event)
#define LWK_IOC_LOG _IOWR(LWK_IOC_MAGIC, 22, struct lwk_log_read)
#define LWK_IOC_PS _IOWR(LWK_IOC_MAGIC, 23, struct lwk_ps)
#define LWK_IOC_PROC_ADOPT _IOW(LWK_IOC_MAGIC, 25, struct lwk_proc_adopt)
/* Returns a file, close-on-exec, to map the process's memory with, at LWK_MMAP_SPACE +
 * address. -EBUSY: there is one already, or something is mapped by it. */
#define LWK_IOC_SPACE _IOW(LWK_IOC_MAGIC, 26, struct lwk_value)
/* Close the caller's descriptors that are close-on-exec. */
#define LWK_IOC_CLOSE_ON_EXEC _IOW(LWK_IOC_MAGIC, 27, struct lwk_value)
/* Tell the LWK the caller's credentials, after setuid() and similar calls. */
#define LWK_IOC_CREDENTIALS _IOW(LWK_IOC_MAGIC, 28, struct lwk_value)
/* Lend pages of the caller's own mappings to the LWK (LWK_PROXY_LEND); take back those
 * of a range; before msync(), mark those as changed that were lent to be written. */
struct lwk_lend {
	uint32_t version; /* user */
	uint32_t instance; /* user */
	uint64_t address; /* user: of a page */
	uint64_t bytes; /* user: whole pages */
	uint32_t write; /* user; LEND only */
	uint32_t pad; /* user */
};
#define LWK_IOC_LEND _IOW(LWK_IOC_MAGIC, 29, struct lwk_lend)
#define LWK_IOC_TAKE_BACK _IOW(LWK_IOC_MAGIC, 30, struct lwk_lend)
#define LWK_IOC_CHANGED _IOW(LWK_IOC_MAGIC, 31, struct lwk_lend)
#define LWK_IOC_CPUS _IOWR(LWK_IOC_MAGIC, 32, struct lwk_cpus)
/* Let the LWK know the caller's parent as long as the parent lives. */
#define LWK_IOC_PARENT _IOW(LWK_IOC_MAGIC, 33, struct lwk_value)
#define LWK_IOC_NIMBLE _IOWR(LWK_IOC_MAGIC, 24, struct nimble_ctl)

#endif
