/* SPDX-License-Identifier: MIT */
/* What the stub's files share. */
#ifndef STUB_PRIV_H
#define STUB_PRIV_H

#include <stdbool.h>
#include "stub.h"
#include "kernel/abi/boot.h"
#include "kernel/abi/layout.h"
#include "kernel/abi/log.h"
#include "kernel/abi/nimble_ctl.h"
#include "kernel/abi/procpage.h"
#include "kernel/abi/ring.h"
#include "kernel/abi/time.h"

#define EFAULT 14
#define ENOMEM 12
#define EBUSY 16
#define EINVAL 22
#define ESRCH 3

struct proc {
	uint64_t handle; /* 0 = unused */
	uint64_t *root, *pdpt, *pd, *small, *demand; /* tables */
	struct lwk_proc_page *page;
	struct lwk_slot_page *slots;
	uint64_t large; /* frame of the 2 MiB page, or 0 */
	uint8_t rule[STUB_PAGES]; /* enum stub_command of the last change */
	unsigned int race; /* enum stub_command, 0 = none */
	unsigned int race_page;
	unsigned int race_pause;
	bool hold;
	uint64_t held[4]; /* cookies; 0 = none */
};

struct cpu {
	uint32_t index;
	struct lwk_ring *in, *out;
	uint32_t tail, head; /* private */
	uint64_t held_nimble; /* cookie */
	struct nimble_ctl last_nimble;
	struct proc proc[8];
};

extern struct lwk_boot *boot;
extern const struct stub_switch {
	uint64_t magic;
	uint64_t mode;
} stub_switch;
uint64_t stub_mode(void);

static inline void relax(void)
{
	__builtin_ia32_pause();
}

static inline void fence(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* mem.c: frames, zeroed, below 2 MiB-aligned ones from the other end. */
void *at_phys(uint64_t phys);
uint64_t phys_of(const void *memory);
void *frame_alloc(void);
void frame_free(void *frame);
uint64_t large_alloc(void); /* physical address, 0 = none */
void large_free(uint64_t phys);
void mem_init(void);

/* lapic.c */
void lapic_init(void);
void lapic_ring_linux(void);
bool lapic_pending(unsigned int vector);

/* log.c */
void log_line(struct cpu *c, const char *text, uint64_t number);

/* ring.c */
struct lwk_msg *ring_next(struct cpu *c);
void ring_handled(struct cpu *c);
/* Returns once there was room; the index of the message. */
uint32_t ring_send(struct cpu *c, const struct lwk_msg *msg);
void ring_wait_handled(struct cpu *c, uint32_t index);
void ring_reply(struct cpu *c, uint64_t cookie, int status, uint64_t value0,
		uint64_t value1);

/* proc.c */
struct proc *proc_find(struct cpu *c, uint64_t handle);
struct proc *proc_create(struct cpu *c, uint64_t handle);
void proc_release(struct proc *p);
bool proc_any(struct cpu *c);
struct stub_report *report_of(struct proc *p);

/* pages.c */
void pages_init(struct proc *p);
void pages_free(struct proc *p);
int pages_populate(struct cpu *c, struct proc *p, uint64_t address, bool write);
void pages_command(struct cpu *c, struct proc *p, unsigned int command,
		   unsigned int page);
void pages_race_step(struct cpu *c, struct proc *p);

/* command.c */
void command_run(struct cpu *c, struct proc *p, uint32_t word);
extern uint32_t nimble_let_go;

/* main.c */
_Noreturn void halt(void);

#endif
