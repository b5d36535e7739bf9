/* SPDX-License-Identifier: MIT */
/* The host in user space: memory, windows, log, and tasks from a table. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include <x86intrin.h>

#include "nimble/user/user.h"

#define ERROR(number) ((uint64_t)(int64_t) - (number))
#define ESRCH_ 3

static _Thread_local unsigned int this_cpu;
static unsigned int cpus = NIMBLE_USER_CPUS;
static const uint8_t *window;
static size_t window_bytes;
static void (*log_line)(const char *text);
static const struct nimble_helper *more_helpers;
static uint64_t (*user_clock)(void);
static bool shared; /* set before anything is allocated */

void nimble_user_share_memory(void)
{
	shared = true;
}

static void *alloc_shared(size_t bytes)
{
	void *memory = mmap(NULL, bytes ? bytes : 1, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

void *nimble_port_alloc(size_t bytes)
{
	void *memory;

	if (shared)
		return alloc_shared(bytes);
	if (posix_memalign(&memory, NIMBLE_PAGE, bytes ? bytes : 1))
		return NULL;
	memset(memory, 0, bytes);
	return memory;
}

void nimble_port_free(void *memory, size_t bytes)
{
	if (!shared)
		free(memory);
	else if (memory)
		munmap(memory, bytes ? bytes : 1);
}

unsigned int nimble_port_cpu(void)
{
	return this_cpu;
}

unsigned int nimble_port_cpus(void)
{
	return cpus;
}

void nimble_user_set_cpus(unsigned int count)
{
	cpus = count;
}

void nimble_user_set_cpu(unsigned int cpu)
{
	this_cpu = cpu % cpus;
}

uint64_t nimble_port_clock(void)
{
	return __rdtsc();
}

uint64_t nimble_port_time_ns(void)
{
	struct timespec now;

	if (user_clock)
		return user_clock();
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void nimble_user_clock(uint64_t (*clock_ns)(void))
{
	user_clock = clock_ns;
}

void nimble_user_window(const void *start, size_t bytes)
{
	window = start;
	window_bytes = bytes;
}

static bool in_window(uint64_t address, size_t bytes)
{
	uint64_t offset = address - (uintptr_t)window;

	return bytes <= window_bytes && offset <= window_bytes - bytes;
}

/* Through the kernel, so that a page that is not there is an error. */
int nimble_port_user_read(void *to, uint64_t from, size_t bytes)
{
	struct iovec local = {to, bytes};
	struct iovec remote = {(void *)(uintptr_t)from, bytes};

	if (!in_window(from, bytes))
		return -EFAULT;
	return process_vm_readv(getpid(), &local, 1, &remote, 1, 0) ==
			       (ssize_t)bytes
		       ? 0
		       : -EFAULT;
}

int nimble_port_user_write(uint64_t to, const void *from, size_t bytes)
{
	struct iovec local = {(void *)(uintptr_t)from, bytes};
	struct iovec remote = {(void *)(uintptr_t)to, bytes};

	if (!in_window(to, bytes))
		return -EFAULT;
	return process_vm_writev(getpid(), &local, 1, &remote, 1, 0) ==
			       (ssize_t)bytes
		       ? 0
		       : -EFAULT;
}

void nimble_user_log(void (*line)(const char *text))
{
	log_line = line;
}

void nimble_port_log(const char *line)
{
	if (log_line)
		log_line(line);
	else
		fprintf(stderr, "%s\n", line);
}

uint64_t nimble_port_irq_save(void)
{
	return 0;
}

void nimble_port_irq_restore(uint64_t state)
{
	(void)state;
}

void nimble_port_relax(void)
{
	sched_yield();
}

void nimble_user_helpers(const struct nimble_helper *helpers)
{
	more_helpers = helpers;
}

const struct nimble_helper *nimble_port_helper(const char *name)
{
	const struct nimble_helper *helper;

	for (helper = more_helpers; helper && helper->name; helper++)
		if (!strcmp(helper->name, name))
			return helper;
	return NULL;
}

/* Order of struct nimble_trap_regs. */
static const int trap_order[17] = {
	REG_RAX, REG_RBX, REG_RCX, REG_RDX, REG_RSI, REG_RDI,
	REG_RBP, REG_RSP, REG_R8,  REG_R9,  REG_R10, REG_R11,
	REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP,
};

/* What came where a run is unwound: the registers go back changed. */
static bool unwound(ucontext_t *uc,
		    bool (*unwind)(struct nimble_trap_regs *regs, uint64_t at),
		    uint64_t at)
{
	struct nimble_trap_regs regs;
	uint64_t *reg = &regs.rax;
	unsigned int i;

	for (i = 0; i < 17; i++)
		reg[i] = (uint64_t)uc->uc_mcontext.gregs[trap_order[i]];
	if (!unwind(&regs, at))
		return false;
	uc->uc_mcontext.gregs[REG_RIP] = (greg_t)regs.rip;
	uc->uc_mcontext.gregs[REG_RSP] = (greg_t)regs.rsp;
	return true;
}

static void on_signal(int number, siginfo_t *info, void *context)
{
	if (!unwound(context, nimble_trap, (uintptr_t)info->si_addr))
		signal(number, SIG_DFL);
}

void nimble_user_catch_traps(void)
{
	struct sigaction action = {.sa_sigaction = on_signal,
				   .sa_flags = SA_SIGINFO};

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
}

static bool end_run(struct nimble_trap_regs *regs, uint64_t at)
{
	(void)at;
	return nimble_end_run(regs, true);
}

static void on_end(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)info;
	unwound(context, end_run, 0);
}

void nimble_user_end_runs(int number)
{
	struct sigaction action = {.sa_sigaction = on_end,
				   .sa_flags = SA_SIGINFO};

	sigaction(number, &action, NULL);
}

/* Helpers that describe the host: from the table in nimble_call.host. */
#define HOST_HELPER(name) uint64_t nimble_host_##name(NIMBLE_HELPER_ARGS)

HOST_HELPER(time_ns)
{
	nimble_charge(run, 1);
	return nimble_port_time_ns();
}

HOST_HELPER(task_current)
{
	const struct nimble_user_host *host = nimble_run_host(run);

	return host ? host->current : 0;
}

HOST_HELPER(task_pid)
{
	const struct nimble_user_host *host = nimble_run_host(run);

	return host && a1 == host->current ? host->pid : ERROR(ESRCH_);
}

/* There is no hardware to reach from user space. */
#define ABSENT(name)                  \
	HOST_HELPER(name)             \
	{                             \
		return ERROR(ENOSYS); \
	}
ABSENT(phys_read)
ABSENT(phys_write)
ABSENT(msr_read)
ABSENT(msr_write)
ABSENT(port_in)
ABSENT(port_out)
ABSENT(device_find)
ABSENT(device_info)
ABSENT(mmio_read)
ABSENT(mmio_write)
ABSENT(dma_address)

/* To where the text of log_text goes. */
HOST_HELPER(log_format)
{
	char line[160];

	nimble_say(run, line, sizeof(line), a1, a2, a3, a4);
	nimble_port_log(line);
	return 0;
}

HOST_HELPER(task_wake)
{
	const struct nimble_user_host *host = nimble_run_host(run);

	return host && host->wake ? host->wake(a1) : 0;
}
