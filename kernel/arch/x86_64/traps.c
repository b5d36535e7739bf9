/* SPDX-License-Identifier: GPL-2.0 */
/* All 256 vectors: exceptions, our three interrupts, and those that are not
 * ours (Linux's broadcasts, strays), which are counted and acknowledged. */
#include <asm/errno.h>
#include <asm/signal.h>
#include <asm-generic/siginfo.h>

#include "kernel/abi/layout.h"
#include "kernel/arch/cpu.h"
#include "kernel/arch/entry.h"
#include "kernel/arch/x86_64/arch_priv.h"
#include "kernel/arch/x86_64/uaccess_priv.h"
#include "kernel/core/hook.h"
#include "kernel/core/log.h"
#include "kernel/core/panic.h"

#define PF_PRESENT 1
#define PF_WRITE 2
#define PF_RESERVED 8
#define PF_FETCH 16

static const char *const trap_names[32] = {
	"divide error",
	"debug",
	"NMI",
	"breakpoint",
	"overflow",
	"bound range",
	"invalid opcode",
	"device not available",
	"double fault",
	"(9)",
	"invalid TSS",
	"segment not present",
	"stack fault",
	"general protection",
	"page fault",
	"(15)",
	"x87 error",
	"alignment check",
	"machine check",
	"SIMD error",
};

static void log_regs(const struct regs *r, uint64_t cr2)
{
	log_line("rip <0x%lx> rsp %016lx rflags %lx cs %lx error %lx cr2 %lx",
		 r->rip, r->rsp, r->rflags, r->cs, r->error, cr2);
	log_line("rax %016lx rbx %016lx rcx %016lx rdx %016lx", r->rax, r->rbx,
		 r->rcx, r->rdx);
	log_line("rsi %016lx rdi %016lx rbp %016lx r8  %016lx", r->rsi, r->rdi,
		 r->rbp, r->r8);
	log_line("r9  %016lx r10 %016lx r11 %016lx r12 %016lx", r->r9, r->r10,
		 r->r11, r->r12);
	log_line("r13 %016lx r14 %016lx r15 %016lx", r->r13, r->r14, r->r15);
}

static const struct extable_entry *find_fixup(uint64_t rip)
{
	const struct extable_entry *e;

	for (e = extable_start; e < extable_end; e++)
		if (e->from == rip)
			return e;
	return NULL;
}

static void begin_report(const struct regs *r, uint64_t cr2)
{
	panic_begin();
	log_regs(r, cr2);
	backtrace(r->rsp, r->rbp);
}

/* An unexpected exception of the kernel. */
static _Noreturn void die(struct regs *r, uint64_t cr2)
{
	begin_report(r, cr2);
	if (r->vector == TRAP_DF && stack_overflowed(cr2))
		panic_end("a kernel stack has overflowed at <0x%lx>", r->rip);
	panic_end("%s in the kernel at <0x%lx>",
		  r->vector < 32 && trap_names[r->vector]
			  ? trap_names[r->vector]
			  : "exception",
		  r->rip);
}

static _Noreturn void machine_check(const struct regs *r)
{
	panic_begin();
	mce_report();
	log_regs(r, 0);
	backtrace(r->rsp, r->rbp);
	panic_end("a machine check has ended it, at <0x%lx>", r->rip);
}

static uint32_t fault_access(uint64_t error)
{
	if (error & PF_FETCH)
		return FAULT_EXEC;
	return error & PF_WRITE ? FAULT_WRITE : FAULT_READ;
}

static void user_fault(struct regs *r, uint64_t cr2)
{
	uint32_t access = fault_access(r->error);
	uint64_t ahead = 0;
	int error = -EFAULT;

	arch_irq_enable();
	if (cr2 < LWK_APP_END && !(r->error & PF_RESERVED) &&
	    hook_page_fault(cr2, r->rip, access, &ahead))
		error = user_page_fault(cr2, access, ahead);
	if (error == -ENOMEM)
		user_exception(r, SIGBUS, BUS_ADRERR, cr2);
	else if (error)
		user_exception(r, SIGSEGV,
			       error == -EACCES ? SEGV_ACCERR : SEGV_MAPERR,
			       cr2);
	arch_irq_disable();
}

/* A fault of the kernel: only in user accesses, and only below LWK_APP_END. */
static void kernel_fault(struct regs *r, uint64_t cr2)
{
	const struct extable_entry *fix = find_fixup(r->rip);

	if (!fix || cr2 >= LWK_APP_END) {
		if (!hook_kernel_trap(r, cr2))
			die(r, cr2);
		return;
	}
	/* Where the copy was begun with interrupts on, the handler may run with
	 * interrupts on too; in the nofault kind nothing else runs. */
	if (!fix->nofault && (r->rflags & RFLAGS_IF)) {
		int error;

		arch_irq_enable();
		error = user_page_fault(cr2, fault_access(r->error), 0);
		arch_irq_disable();
		if (!error)
			return;
	}
	r->rip = fix->to;
}

/* Another exception of the kernel: by an instruction that may raise one, or by an
 * extension's code. */
static void kernel_trap(struct regs *r)
{
	const struct extable_entry *fix = find_fixup(r->rip);

	if (fix)
		r->rip = fix->to;
	else if (!hook_kernel_trap(r, 0))
		die(r, 0);
}

/* Which of the unmasked exceptions it was, in Linux's order of preference; the
 * bits are the same in both status registers (Intel SDM vol. 1, 8.1.3, 10.2.3). */
static int fpu_error_code(uint64_t vector)
{
	uint32_t raised = fpu_unmasked(vector == TRAP_XM);

	if (raised & 0x01)
		return FPE_FLTINV;
	if (raised & 0x04)
		return FPE_FLTDIV;
	if (raised & 0x08)
		return FPE_FLTOVF;
	if (raised & 0x12) /* a denormal operand, too */
		return FPE_FLTUND;
	return FPE_FLTRES;
}

static void user_trap(struct regs *r)
{
	static const struct {
		uint8_t vector, signal, code;
	} signals[] = {
		/* code 0: see fpu_error_code() */
		{TRAP_DE, SIGFPE, FPE_INTDIV}, {TRAP_DB, SIGTRAP, TRAP_TRACE},
		{TRAP_BP, SIGTRAP, SI_KERNEL}, {TRAP_OF, SIGSEGV, SI_KERNEL},
		{TRAP_BR, SIGSEGV, SI_KERNEL}, {TRAP_UD, SIGILL, ILL_ILLOPN},
		{TRAP_NP, SIGBUS, SI_KERNEL},  {TRAP_SS, SIGBUS, SI_KERNEL},
		{TRAP_MF, SIGFPE, 0},	       {TRAP_AC, SIGBUS, BUS_ADRALN},
		{TRAP_XM, SIGFPE, 0},
	};
	size_t i;

	arch_irq_enable();
	if (!hook_exception(r->rip, (uint32_t)r->vector, (uint32_t)r->error)) {
		arch_irq_disable();
		return;
	}
	for (i = 0; i < ARRAY_SIZE(signals); i++)
		if (signals[i].vector == r->vector) {
			bool faulting = r->vector != TRAP_BP;
			int code = signals[i].code;

			user_exception(r, signals[i].signal,
				       code ? code : fpu_error_code(r->vector),
				       faulting ? r->rip : 0);
			arch_irq_disable();
			return;
		}
	user_exception(r, SIGSEGV, SI_KERNEL, 0);
	arch_irq_disable();
}

static void interrupt(struct regs *r)
{
	struct cpu *cpu = this_cpu();

	bool claimed = hook_irq((uint32_t)r->vector);

	switch (r->vector) {
	case LWK_VECTOR_DOORBELL:
		cpu->doorbells++;
		cpu_raise(cpu, CPU_WORK_POLL);
		break;
	case LWK_VECTOR_TIMER:
		cpu->timer_interrupts++;
		cpu_raise(cpu, CPU_WORK_TIMER);
		break;
	case LWK_VECTOR_IPI:
		break; /* the sender has set work */
	case LWK_VECTOR_SHOOTDOWN:
		shootdown_interrupt();
		break;
	case LWK_VECTOR_SPURIOUS:
		return; /* no EOI; Intel SDM vol. 3, 11.9 */
	default:
		cpu->foreign_vectors += !claimed;
	}
	lapic_eoi();
	if (!regs_from_user(r))
		hook_end_run(r);
}

/* Tell the module where the NMI has found this CPU. */
static void answer_nmi(const struct regs *r, uint32_t serial)
{
	struct lwk_where *where = &boot->where[this_cpu()->index];

	where->rip = r->rip;
	where->in_user = regs_from_user(r);
	describe_running(where);
	__atomic_store_n(&where->serial, serial, __ATOMIC_RELEASE);
}

/* The NMI may have come in the middle of a log line or of a message: see
 * in_nmi. */
static void nmi(struct regs *r)
{
	uint32_t serial = __atomic_load_n(&boot->nmi_serial, __ATOMIC_RELAXED);
	uint32_t request =
		__atomic_load_n(&boot->nmi_request, __ATOMIC_RELAXED);

	this_cpu()->nmis++;
	if (__atomic_load_n(&boot->state, __ATOMIC_ACQUIRE) ==
		    LWK_STATE_PANICKED ||
	    panic_in_progress())
		arch_halt_forever();
	if (request == LWK_NMI_PANIC) {
		begin_report(r, 0);
		panic_end("Linux has asked for it");
	}
	if (request == LWK_NMI_TRACE) {
		this_cpu()->in_nmi = true;
		log_line("NMI at <0x%lx>", r->rip);
		backtrace(r->rsp, r->rbp);
		this_cpu()->in_nmi = false;
	}
	answer_nmi(r, serial);
}

void trap_dispatch(struct regs *r)
{
	uint64_t cr2 = read_cr2();

	/* A program can set AC, and the processor keeps it: with it, accesses to
	 * the program's memory by mistake would not fault (SDM vol. 3, 4.6). */
	asm volatile("clac" : : : "cc");
	if (r->vector >= 32)
		interrupt(r);
	else if (r->vector == TRAP_NMI)
		nmi(r);
	else if (r->vector == TRAP_MC)
		machine_check(r);
	else if (r->vector == TRAP_DF)
		die(r, cr2);
	else if (r->vector == TRAP_PF && regs_from_user(r))
		user_fault(r, cr2);
	else if (r->vector == TRAP_PF)
		kernel_fault(r, cr2);
	else if (regs_from_user(r))
		user_trap(r);
	else
		kernel_trap(r);
}
