/* SPDX-License-Identifier: GPL-2.0 */
/* x86-64 signal frames, in Linux's layout, with the whole xsave state.
 *
 * From the top of the stack (or alternate stack), below the 128 bytes of red
 * zone that the ABI gives leaf functions (System V ABI, AMD64 supplement, 3.2.2):
 *   xsave area, 64-byte aligned, with FP_XSTATE_MAGIC2 behind it
 *   struct frame, so that RSP is 16-byte aligned minus 8, as after a call
 */
#include <asm/errno.h>
#include <asm/sigcontext.h>
#include <linux/signal.h>
#include <asm/ucontext.h>

#include "kernel/arch/signal.h"
#include "kernel/arch/uaccess.h"
#include "kernel/arch/x86_64/arch_priv.h"
#include "kernel/lib/string.h"
#include "kernel/proc/signal.h"
#include "kernel/proc/process.h"

#define RED_ZONE 128
#define UC_FLAGS (UC_FP_XSTATE | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS)
#define MXCSR_VALID 0xffff

struct frame {
	uint64_t return_address;
	struct ucontext uc;
	siginfo_t info;
};

static void save_context(struct sigcontext_64 *c, const struct regs *r,
			 const struct signal_info *info, uint64_t mask)
{
	memset(c, 0, sizeof(*c));
	c->r8 = r->r8;
	c->r9 = r->r9;
	c->r10 = r->r10;
	c->r11 = r->r11;
	c->r12 = r->r12;
	c->r13 = r->r13;
	c->r14 = r->r14;
	c->r15 = r->r15;
	c->di = r->rdi;
	c->si = r->rsi;
	c->bp = r->rbp;
	c->bx = r->rbx;
	c->dx = r->rdx;
	c->ax = r->rax;
	c->cx = r->rcx;
	c->sp = r->rsp;
	c->ip = r->rip;
	c->flags = r->rflags;
	c->cs = (uint16_t)r->cs;
	c->ss = (uint16_t)r->ss;
	c->err = regs_is_syscall(r) ? 0 : r->error;
	c->trapno = regs_is_syscall(r) ? 0 : r->vector;
	c->cr2 = info->address;
	c->oldmask = mask;
}

static int write_fpu(vaddr_t at)
{
	char *area = current_thread()->arch.fpu;
	struct _fpx_sw_bytes sw = {
		.magic1 = FP_XSTATE_MAGIC1,
		.extended_size = fpu_bytes() + FP_XSTATE_MAGIC2_SIZE,
		.xfeatures = fpu_features(),
		.xstate_size = fpu_bytes(),
	};
	uint32_t magic2 = FP_XSTATE_MAGIC2;

	fpu_save(area);
	if (copy_to_user(at, area, fpu_bytes()) ||
	    copy_to_user(at + offsetof(struct _fpstate_64, sw_reserved), &sw,
			 sizeof(sw)) ||
	    copy_to_user(at + fpu_bytes(), &magic2, sizeof(magic2)))
		return -EFAULT;
	return 0;
}

int arch_signal_frame(struct regs *regs, const struct signal_info *info,
		      const struct signal_action *action, uint64_t mask)
{
	struct thread *t = current_thread();
	struct thread_signals *s = &t->signals;
	vaddr_t top, fp, at;
	struct frame f;

	top = signal_handler_stack(s, action, regs->rsp);
	if (top == regs->rsp)
		top -= RED_ZONE;
	fp = ALIGN_DOWN(top - fpu_bytes() - FP_XSTATE_MAGIC2_SIZE, 64);
	at = ALIGN_DOWN(fp - sizeof(f), 16) - 8;
	if (signal_overflows_altstack(s, regs->rsp, at) ||
	    signal_overflows_altstack(s, top, at) || at >= LWK_APP_END ||
	    !(action->flags & SA_RESTORER) || action->handler >= LWK_APP_END ||
	    write_fpu(fp))
		return -EFAULT;

	memset(&f, 0, sizeof(f));
	f.return_address = action->restorer;
	f.uc.uc_flags = UC_FLAGS;
	f.uc.uc_stack.ss_sp = (void *)s->altstack;
	f.uc.uc_stack.ss_size = s->altstack_bytes;
	f.uc.uc_stack.ss_flags = s->altstack_bytes ? 0 : SS_DISABLE;
	save_context((struct sigcontext_64 *)&f.uc.uc_mcontext, regs, info,
		     mask);
	((struct sigcontext_64 *)&f.uc.uc_mcontext)->fpstate = fp;
	memcpy(&f.uc.uc_sigmask, &mask, sizeof(mask));
	signal_info_to_user(info, &f.info);
	if (copy_to_user(at, &f, sizeof(f)))
		return -EFAULT;

	regs->rip = action->handler;
	regs->rsp = at;
	regs->rdi = (uint64_t)info->signal;
	regs->rsi = at + offsetof(struct frame, info);
	regs->rdx = at + offsetof(struct frame, uc);
	regs->rax = 0;
	regs->rflags &= ~(uint64_t)(RFLAGS_DF | RFLAGS_TF);
	fpu_reset(t->arch.fpu);
	fpu_restore(t->arch.fpu);
	return 0;
}

static void load_context(struct regs *r, const struct sigcontext_64 *c)
{
	r->r8 = c->r8;
	r->r9 = c->r9;
	r->r10 = c->r10;
	r->r11 = c->r11;
	r->r12 = c->r12;
	r->r13 = c->r13;
	r->r14 = c->r14;
	r->r15 = c->r15;
	r->rdi = c->di;
	r->rsi = c->si;
	r->rbp = c->bp;
	r->rbx = c->bx;
	r->rdx = c->dx;
	r->rax = c->ax;
	r->rcx = c->cx;
	r->rsp = c->sp;
	r->rip = c->ip;
	r->rflags = (r->rflags & ~(uint64_t)RFLAGS_USER) |
		    (c->flags & RFLAGS_USER) | RFLAGS_IF;
	r->cs = SEL_USER_CS;
	r->ss = SEL_USER_DS;
	regs_leave_syscall(r);
}

/* Take over floating-point state that the program may have written: XRSTOR
 * faults on reserved bits, so none are let through. */
static int read_fpu(vaddr_t at)
{
	char *area = current_thread()->arch.fpu;
	struct {
		uint64_t xstate_bv, xcomp_bv, reserved[6];
	} *header = (void *)(area + 512);
	struct _fpx_sw_bytes sw;
	uint32_t bytes = 512;

	if (!at) {
		fpu_reset(area);
		fpu_restore(area);
		return 0;
	}
	if (copy_from_user(&sw, at + offsetof(struct _fpstate_64, sw_reserved),
			   sizeof(sw)))
		return -EFAULT;
	if (sw.magic1 == FP_XSTATE_MAGIC1 && sw.xstate_size == fpu_bytes())
		bytes = fpu_bytes();
	fpu_reset(area);
	if (copy_from_user(area, at, bytes))
		return -EFAULT;
	header->xstate_bv = bytes > 512 ? header->xstate_bv & fpu_features()
					: 3 /* x87, SSE */;
	header->xcomp_bv = 0;
	memset(header->reserved, 0, sizeof(header->reserved));
	*(uint32_t *)(area + 24) &= MXCSR_VALID;
	fpu_restore(area);
	return 0;
}

int arch_signal_return(struct regs *regs, uint64_t *mask, stack_t *altstack)
{
	vaddr_t at = regs->rsp - 8; /* `ret` has popped the return address */
	struct sigcontext_64 *c;
	struct frame f;

	if (copy_from_user(&f, at, sizeof(f)))
		return -EFAULT;
	c = (struct sigcontext_64 *)&f.uc.uc_mcontext;
	/* IRET faults in the kernel on a RIP that is no user address. */
	if (c->ip >= LWK_APP_END || read_fpu(c->fpstate))
		return -EFAULT;
	load_context(regs, c);
	memcpy(mask, &f.uc.uc_sigmask, sizeof(*mask));
	*altstack = f.uc.uc_stack;
	return 0;
}
