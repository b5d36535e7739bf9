/* SPDX-License-Identifier: GPL-2.0 */
/* The stack that a program begins with, from the top down: the strings, the
 * platform's name and random bytes, then the vectors:
 *
 *   argc, argv[0..argc-1], NULL, envp[...], NULL, auxv[...]   <- rsp, low end
 */
#include <asm/errno.h>
#include <asm/auxvec.h>
#include <linux/auxvec.h>

#include "kernel/arch/auxv.h"
#include "kernel/arch/cpu.h"
#include "kernel/arch/uaccess.h"
#include "kernel/core/percpu.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/proc/process.h"
#include "kernel/exec/stack.h"
#include "kernel/time/clock.h"

#define RANDOM_BYTES 16

struct auxv {
	uint64_t type;
	uint64_t value;
};

/* Addresses of the small things at the top. */
struct stack_top {
	vaddr_t strings; /* as they came */
	vaddr_t platform;
	vaddr_t random;
};

/* xorshift64* over Linux's seed, the time and the process; AT_RANDOM seeds stack
 * protectors and hash tables. Source: Marsaglia, Xorshift RNGs (2003). */
static void random_bytes(uint8_t out[RANDOM_BYTES])
{
	uint64_t x = arch_cycles() ^ current_process()->handle << 32;
	uint64_t seed[4];
	int i;

	memcpy(seed, boot->seed, sizeof(seed));
	for (i = 0; i < RANDOM_BYTES; i += 8) {
		x ^= seed[i / 8] ^ seed[i / 8 + 2];
		x ^= x >> 12;
		x ^= x << 25;
		x ^= x >> 27;
		x *= 0x2545f4914f6cdd1dUL;
		memcpy(out + i, &x, 8);
	}
}

static int put_top(vaddr_t top, const char *strings, uint64_t bytes,
		   struct stack_top *at)
{
	uint8_t random[RANDOM_BYTES];
	const char *platform = arch_platform();

	random_bytes(random);
	at->platform = top - 16;
	at->random = at->platform - RANDOM_BYTES;
	at->strings = at->random - bytes;
	if (copy_to_user(at->platform, platform, strlen(platform) + 1) ||
	    copy_to_user(at->random, random, sizeof(random)) ||
	    copy_to_user(at->strings, strings, bytes))
		return -EFAULT;
	return 0;
}

static size_t fill_auxv(struct auxv *v, const struct stack_top *at,
			const struct loaded *program,
			const struct loaded *interp)
{
	const struct process *p = current_process();
	const struct auxv all[] = {
		{AT_SYSINFO_EHDR, program->vdso},
		{AT_HWCAP, arch_hwcap()},
		{AT_HWCAP2, arch_hwcap2()},
		{AT_PAGESZ, PAGE_SIZE},
		{AT_CLKTCK, USER_HZ},
		{AT_PHDR, program->phdr},
		{AT_PHENT, 56},
		{AT_PHNUM, program->phdr_count},
		{AT_BASE, interp->base},
		{AT_FLAGS, 0},
		{AT_ENTRY, program->entry},
		{AT_UID, p->uid},
		{AT_EUID, p->euid},
		{AT_GID, p->gid},
		{AT_EGID, p->egid},
		{AT_SECURE, p->uid != p->euid || p->gid != p->egid},
		{AT_RANDOM, at->random},
		{AT_EXECFN, at->strings}, /* the first string: exe_path */
		{AT_PLATFORM, at->platform},
		{AT_MINSIGSTKSZ, arch_min_signal_stack()},
		{AT_NULL, 0},
	};

	memcpy(v, all, sizeof(all));
	return sizeof(all);
}

/* Walk the strings: count pointers into `out` for argc and envc. False where
 * there are fewer strings than that. */
static bool fill_pointers(uint64_t *out, const char *strings, uint64_t bytes,
			  vaddr_t where, const struct exec_args *a)
{
	uint64_t pos = strnlen(strings, bytes) + 1; /* behind exe_path */
	uint64_t i, n = (uint64_t)a->argc + a->envc;

	*out++ = a->argc;
	for (i = 0; i <= n; i++) {
		if (i == a->argc)
			*out++ = 0;
		if (i == n)
			break;
		if (pos >= bytes)
			return false;
		*out++ = where + pos;
		pos += strnlen(strings + pos, bytes - pos) + 1;
	}
	*out = 0;
	return pos <= bytes;
}

/* For those who ask later what the program began with. */
static void remember(const struct exec_args *a, vaddr_t strings, vaddr_t sp,
		     uint64_t auxv_at, uint64_t auxv_bytes)
{
	struct aspace *as = current_process()->aspace;
	uint64_t pos = strlen(a->text) + 1; /* behind exe_path */
	uint32_t i;

	as->stack_start = sp;
	as->arguments = strings + pos;
	for (i = 0; i < a->argc; i++)
		pos += strlen(a->text + pos) + 1;
	as->arguments_end = strings + pos;
	as->environment_end = strings + a->bytes;
	as->auxv = sp + auxv_at;
	as->auxv_bytes = auxv_bytes;
}

int start_stack(vaddr_t top, const struct exec_args *a,
		const struct loaded *program, const struct loaded *interp,
		vaddr_t *sp, vaddr_t *strings)
{
	uint64_t words = (uint64_t)a->argc + a->envc + 3;
	uint64_t vector_bytes = words * 8 + 32 * sizeof(struct auxv);
	uint64_t *vector = kmalloc(vector_bytes);
	struct stack_top at;
	int error;

	if (!vector)
		return -ENOMEM;
	error = put_top(top, a->text, a->bytes, &at);
	if (!error && !fill_pointers(vector, a->text, a->bytes, at.strings, a))
		error = -EINVAL;
	if (!error) {
		uint64_t auxv_bytes = fill_auxv((struct auxv *)(vector + words),
						&at, program, interp);

		vector_bytes = words * 8 + auxv_bytes;
		*sp = ALIGN_DOWN(at.strings - vector_bytes, 16);
		*strings = at.strings;
		error = copy_to_user(*sp, vector, vector_bytes);
		remember(a, at.strings, *sp, words * 8, auxv_bytes);
	}
	kfree(vector);
	return error;
}
