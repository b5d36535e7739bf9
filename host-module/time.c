// SPDX-License-Identifier: GPL-2.0
/* Linux's time for the LWKs: their time pages (kernel/abi/time.h). */
#include <linux/clocksource.h>
#include <linux/notifier.h>
#include <linux/pvclock_gtod.h>
#include <linux/spinlock.h>
#include <linux/timekeeper_internal.h>

#include "time.h"
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

/* A clock that is `offset` before the one that tk describes. */
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

static int update(struct notifier_block *nb, unsigned long was_set, void *tk)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&time_lock, flags);
	read_timekeeper(tk);
	for (unsigned int i = 0; i < LWK_MAX_INSTANCES; i++)
		if (pages[i])
			write_page(pages[i]);
	raw_spin_unlock_irqrestore(&time_lock, flags);
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
}
