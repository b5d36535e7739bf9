/* SPDX-License-Identifier: GPL-2.0 */
/* The architecture's part of a thread. */
#include <asm/errno.h>

#include "kernel/abi/layout.h"
#include "kernel/arch/thread.h"
#include "kernel/arch/x86_64/arch_priv.h"
#include "kernel/lib/string.h"
#include "kernel/proc/thread.h"

/* What switch_stacks() pops, and where it then returns to. */
struct switch_frame {
	uint64_t r15, r14, r13, r12, rbx, rbp;
	uint64_t rip;
};

int arch_thread_init(struct arch_thread *t, void *stack_top,
		     void (*entry)(void), bool with_user)
{
	struct switch_frame *f;

	memset(t, 0, sizeof(*t));
	if (with_user) {
		t->fpu = fpu_new();
		if (!t->fpu)
			return -ENOMEM;
	}
	/* Room for struct regs stays at the top; the ABI wants RSP 16-byte
	 * aligned before the call in thread_begin(). */
	f = (struct switch_frame *)ALIGN_DOWN(
		    (uint64_t)arch_thread_regs(stack_top) - 64, 16) -
	    1;
	memset(f, 0, sizeof(*f));
	f->rbx = (uint64_t)entry;
	f->rip = (uint64_t)thread_begin;
	t->kernel_rsp = (uint64_t)f;
	return 0;
}

void arch_thread_destroy(struct arch_thread *t)
{
	if (t->fpu)
		fpu_free(t->fpu);
	t->fpu = NULL;
}

void arch_thread_switch(struct arch_thread *prev, struct arch_thread *next,
			void *next_stack_top)
{
	struct cpu *cpu = this_cpu();

	if (prev->fpu)
		fpu_save(prev->fpu);
	if (next->fpu)
		fpu_restore(next->fpu);
	cpu->kernel_stack = (uint64_t)next_stack_top;
	cpu->arch->tss.rsp[0] = (uint64_t)next_stack_top;
	wrmsr(MSR_FS_BASE, next->fs_base);
	/* The kernel's own base is active: the other one is the program's. */
	wrmsr(MSR_KERNEL_GS_BASE, next->gs_base);
	stack_entered(next, next_stack_top);
	switch_stacks(&prev->kernel_rsp, next->kernel_rsp);
}

void arch_thread_start_user(struct regs *regs, vaddr_t entry, vaddr_t sp)
{
	struct arch_thread *t = &current_thread()->arch;

	memset(regs, 0, sizeof(*regs));
	regs->rip = entry;
	regs->rsp = sp;
	regs->cs = SEL_USER_CS;
	regs->ss = SEL_USER_DS;
	regs->rflags = RFLAGS_IF | 2;
	t->fs_base = 0;
	t->gs_base = 0;
	wrmsr(MSR_FS_BASE, 0);
	wrmsr(MSR_KERNEL_GS_BASE, 0);
	fpu_reset(t->fpu);
	fpu_restore(t->fpu);
}

void arch_thread_clone(void *stack_top, struct arch_thread *child,
		       const struct regs *regs, vaddr_t sp, const uint64_t *tls)
{
	const struct arch_thread *me = &current_thread()->arch;
	struct regs *r = arch_thread_regs(stack_top);

	*r = *regs;
	r->rax = 0;
	if (sp)
		r->rsp = sp;
	child->fs_base = tls ? *tls : me->fs_base;
	child->gs_base = me->gs_base;
	fpu_save(child->fpu);
}

bool arch_set_tls(uint64_t base)
{
	if (base >= LWK_APP_END)
		return false;
	current_thread()->arch.fs_base = base;
	wrmsr(MSR_FS_BASE, base);
	return true;
}

bool arch_set_gs(uint64_t base)
{
	if (base >= LWK_APP_END)
		return false;
	current_thread()->arch.gs_base = base;
	wrmsr(MSR_KERNEL_GS_BASE, base);
	return true;
}
