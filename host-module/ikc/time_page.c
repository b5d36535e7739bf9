// SPDX-License-Identifier: GPL-2.0
/* Linux's time for the LWKs: their time pages (kernel/abi/time.h). */
#include <linux/clocksource.h>
#include <linux/irq_work.h>
#include <linux/notifier.h>
#include <linux/pvclock_gtod.h>
#include <linux/spinlock.h>
#include <linux/timekeeper_internal.h>
#include <linux/workqueue.h>

#include "host-module/instance.h"
#include "host-module/ikc/ring.h"
#include "host-module/ikc/time_page.h"
#include "kernel/abi/ioctl.h"

/* Guards the rest of this file's data. Taken inside Linux's timekeeper lock
 * with interrupts off; takes nothing. */
static DEFINE_RAW_SPINLOCK(time_lock);
static struct lwk_time now; /* seq unused */
static struct lwk_time *pages[LWK_MAX_INSTANCES];

static void write_page(struct lwk_time *page)
{
	u32 seq = page->seq & ~1U;

	/* An odd seq before the fields, an even one after: pairs with the
	 * reader's acquire of seq and its fence. */
	WRITE_ONCE(page->seq, seq + 1);
	smp_wmb();
	page->tsc_valid = now.tsc_valid;
	page->cycle_last = now.cycle_last;
	memcpy(page->clock, now.clock, sizeof(page->clock));
	smp_store_release(&page->seq, seq + 2);
}

/* A clock that is ahead of the one that tk describes by `offset`. */
static void read_clock(int number, const struct tk_read_base *tk, s64 offset)
{
	now.clock[number] = (struct lwk_clock){
		.base_ns = ktime_to_ns(tk->base) + offset,
		.base_frac = tk->xtime_nsec,
		.mult = tk->mult,
		.shift = tk->shift,
	};
}

static void read_coarse(int number, int of)
{
	now.clock[number] = now.clock[of];
	now.clock[number].mult = 0;
}

static void read_timekeeper(const struct timekeeper *tk)
{
	const struct tk_read_base *mono = &tk->tkr_mono;
	s64 wall = ktime_to_ns(tk->offs_real);

	now.tsc_valid = mono->clock->vdso_clock_mode == VDSO_CLOCKMODE_TSC;
	now.cycle_last = mono->cycle_last;
	for (unsigned int i = 0; i < LWK_CLOCKS; i++)
		now.clock[i].shift = LWK_CLOCK_NONE;
	read_clock(CLOCK_MONOTONIC, mono, 0);
	read_clock(CLOCK_REALTIME, mono, wall);
	read_clock(CLOCK_BOOTTIME, mono, ktime_to_ns(tk->offs_boot));
	read_clock(CLOCK_TAI, mono, wall + tk->tai_offset * (s64)NSEC_PER_SEC);
	read_clock(CLOCK_MONOTONIC_RAW, &tk->tkr_raw, 0);
	read_coarse(CLOCK_MONOTONIC_COARSE, CLOCK_MONOTONIC);
	read_coarse(CLOCK_REALTIME_COARSE, CLOCK_REALTIME);
}

/* ---- Clocks that are set ----------------------------------------------- */

#define RETRY (HZ / 100)

static void tell_all(struct work_struct *work);
static DECLARE_DELAYED_WORK(tell_work, tell_all);
static atomic_t not_told;

/* A wait for a point in time must read its clock again. */
static void tell(struct lwk_instance *inst)
{
	const struct lwk_msg msg = {.type = LWK_MSG_CLOCK_SET};

	for (u32 i = 0; i < inst->cpu_count && lwk_instance_live(inst); i++)
		if (lwk_ring_push(inst, i, &msg) == -EAGAIN)
			atomic_set(&not_told, 1);
}

/* Sent again where a ring was full; once too often does no harm. */
static void tell_all(struct work_struct *work)
{
	atomic_set(&not_told, 0);
	lwk_instance_each(tell);
	if (atomic_read(&not_told))
		schedule_delayed_work(&tell_work, RETRY);
}

static void begin_to_tell(struct irq_work *work)
{
	mod_delayed_work(system_wq, &tell_work, 0);
}

/* The notifier may not wake anything: it runs inside the timekeeper's lock. */
static DEFINE_IRQ_WORK(set_work, begin_to_tell);

static int update(struct notifier_block *nb, unsigned long was_set, void *tk)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&time_lock, flags);
	read_timekeeper(tk);
	for (unsigned int i = 0; i < LWK_MAX_INSTANCES; i++)
		if (pages[i])
			write_page(pages[i]);
	raw_spin_unlock_irqrestore(&time_lock, flags);
	if (was_set)
		irq_work_queue(&set_work);
	return NOTIFY_OK;
}

static struct notifier_block notifier = {.notifier_call = update};

void lwk_time_add(unsigned int id, struct lwk_time *page)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&time_lock, flags);
	pages[id] = page;
	write_page(page);
	raw_spin_unlock_irqrestore(&time_lock, flags);
}

void lwk_time_remove(unsigned int id)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&time_lock, flags);
	pages[id] = NULL;
	raw_spin_unlock_irqrestore(&time_lock, flags);
}

int lwk_time_init(void)
{
	return pvclock_gtod_register_notifier(&notifier);
}

void lwk_time_exit(void)
{
	pvclock_gtod_unregister_notifier(&notifier);
	irq_work_sync(&set_work);
	cancel_delayed_work_sync(&tell_work);
}
