/* SPDX-License-Identifier: GPL-2.0 */
/* The parts of the machine that the kernel's policy code needs on the host. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "kernel/arch/mmu.h"
#include "kernel/core/panic.h"
#include "kernel/core/percpu.h"
#include "kernel/mm/page_alloc.h"
#include "tests/unit/kernel/host.h"

char *host_memory;
_Thread_local struct cpu *host_cpu;
static struct cpu cpu;
jmp_buf host_panic_jump;
bool host_panic_expected;

bool host_for_admin = true;

bool page_for_admin(void)
{
	return host_for_admin;
}

void host_memory_init(uint64_t bytes)
{
	host_memory_init_reserve(bytes, 0);
}

void host_memory_init_reserve(uint64_t bytes, uint64_t reserve)
{
	host_cpu = &cpu;
	host_memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (host_memory == MAP_FAILED ||
	    page_alloc_add(HOST_MEMORY_BASE, bytes, 0, reserve, phys_to_virt))
		abort();
}

static void (*parallel_fn)(unsigned int index);

static void *parallel(void *arg)
{
	parallel_fn((unsigned int)(uintptr_t)arg);
	return NULL;
}

void host_parallel(unsigned int count, void (*fn)(unsigned int index))
{
	pthread_t thread[16];
	unsigned int i;

	parallel_fn = fn;
	for (i = 0; i < count; i++)
		if (pthread_create(&thread[i], NULL, parallel,
				   (void *)(uintptr_t)i))
			abort();
	for (i = 0; i < count; i++)
		pthread_join(thread[i], NULL);
}

void panic(const char *fmt, ...)
{
	va_list args;

	if (host_panic_expected)
		longjmp(host_panic_jump, 1);
	va_start(args, fmt);
	fprintf(stderr, "panic: ");
	vfprintf(stderr, fmt, args);
	fprintf(stderr, "\n");
	va_end(args);
	abort();
}
