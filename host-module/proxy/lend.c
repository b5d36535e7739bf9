// SPDX-License-Identifier: GPL-2.0
/* Lending pages to the LWK; see lend.h. */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include "host-module/proxy/lend.h"
#include "host-module/proxy/proc.h"
#include "host-module/ikc/request.h"

/* In the table, below the page's number. */
#define FOR_WRITING 1UL

/* From this index on, above all addresses, the table has pages that others have
 * replaced, but that the LWK may still reach. */
#define REPLACED (1UL << 48)

static void *entry_of(struct page *page, bool write)
{
	return xa_mk_value(page_to_pfn(page) << 1 | (write ? FOR_WRITING : 0));
}

static struct page *page_of(void *entry)
{
	return pfn_to_page(xa_to_value(entry) >> 1);
}

static bool is_for_writing(void *entry)
{
	return xa_to_value(entry) & FOR_WRITING;
}

static void give_back(void *entry)
{
	struct page *page = page_of(entry);

	if (is_for_writing(entry))
		unpin_user_pages_dirty_lock(&page, 1, true);
	else
		unpin_user_page(page);
}

static int check(const struct lwk_lend *args)
{
	if (args->pad || args->write > 1 ||
	    (args->address | args->bytes) & ~PAGE_MASK || !args->bytes ||
	    args->address >= LWK_APP_END ||
	    args->bytes > LWK_APP_END - args->address)
		return -EINVAL;
	return 0;
}

/* ---- Lending ----------------------------------------------------------- */

/* The LWK's own memory is mapped by frames, and cannot be pinned. */
static int pin(const struct lwk_lend *args, struct page **pages)
{
	unsigned int flags = FOLL_LONGTERM | (args->write ? FOLL_WRITE : 0);
	int n = pin_user_pages_fast(args->address, args->bytes >> PAGE_SHIFT,
				    flags, pages);

	return n ?: -EFAULT;
}

/* Keeps the pages with the space. old[] gets the pins of those that were there before:
 * the LWK still reaches them. */
static int keep(struct lwk_space *space, const struct lwk_lend *args,
		struct page **pages, int n, void **old)
{
	for (int i = 0; i < n; i++) {
		unsigned long index = (args->address >> PAGE_SHIFT) + i;

		old[i] = xa_store(&space->lent, index,
				  entry_of(pages[i], args->write), GFP_KERNEL);
		if (xa_is_err(old[i]))
			return i;
	}
	return n;
}

/* The LWK has another page in the place of this one. If it did not say so, it may
 * still reach the old one, which then stays pinned as long as the space exists. */
static void replaced(struct lwk_space *space, void *entry, int err)
{
	if (!err)
		give_back(entry);
	else if (xa_err(xa_store(&space->lent, REPLACED + space->replaced++,
				 entry, GFP_KERNEL)))
		pr_err("lwk: no memory to remember a page: it stays pinned\n");
}

/* Tells the LWK, a few at a time. */
static int tell(struct lwk_proc *proc, const struct lwk_lend *args,
		struct page **pages, int n)
{
	int err = 0;

	for (int i = 0; i < n && !err; i += LWK_LEND_FRAMES) {
		struct lwk_call call = {
			.cpu = proc->cpu,
			.msg =
				{
					.type = LWK_MSG_LEND,
					.proc = proc->handle,
					.arg = {args->address +
						(u64)i * PAGE_SIZE},
				},
		};

		for (int j = 0; j < LWK_LEND_FRAMES && i + j < n; j++)
			call.msg.arg[1 + j] =
				page_to_phys(pages[i + j]) |
				(args->write ? LWK_LEND_WRITE : 0);
		err = lwk_request(proc->inst, &call);
	}
	return err;
}

static int lend_locked(struct lwk_proc *proc, const struct lwk_lend *args)
{
	struct page *pages[LWK_LEND_MAX];
	void *old[LWK_LEND_MAX] = {};
	int n = pin(args, pages), kept, err;

	if (n < 0)
		return n;
	kept = keep(proc->space, args, pages, n, old);
	for (int i = kept; i < n; i++)
		give_back(entry_of(pages[i], false));
	err = kept ? tell(proc, args, pages, kept) : -ENOMEM;
	for (int i = 0; i < kept; i++)
		if (old[i])
			replaced(proc->space, old[i], err);
	return err;
}

int lwk_lend(struct lwk_proc *proc, const struct lwk_lend *args)
{
	int err = lwk_proc_check(proc) ?: check(args);

	if (err)
		return err;
	if (args->bytes > LWK_LEND_MAX * PAGE_SIZE || !proc->space)
		return -EINVAL;
	mutex_lock(&proc->space->lend_lock);
	err = lend_locked(proc, args);
	mutex_unlock(&proc->space->lend_lock);
	return err;
}

/* ---- Taking back ------------------------------------------------------- */

static int ask_for(struct lwk_proc *proc, const struct lwk_lend *args)
{
	struct lwk_call call = {
		.cpu = proc->cpu,
		.msg =
			{
				.type = LWK_MSG_TAKE_BACK,
				.proc = proc->handle,
				.arg = {args->address,
					args->address + args->bytes},
			},
	};

	return lwk_request(proc->inst, &call);
}

static void give_range_back(struct lwk_space *space, unsigned long first,
			    unsigned long last)
{
	unsigned long index;
	void *entry;

	xa_for_each_range(&space->lent, index, entry, first, last)
	{
		xa_erase(&space->lent, index);
		give_back(entry);
		cond_resched();
	}
}

int lwk_lend_take_back(struct lwk_proc *proc, const struct lwk_lend *args)
{
	int err = lwk_proc_check(proc) ?: check(args);

	if (err)
		return err;
	if (args->write || !proc->space)
		return -EINVAL;
	mutex_lock(&proc->space->lend_lock);
	err = ask_for(proc, args);
	if (!err)
		give_range_back(proc->space, args->address >> PAGE_SHIFT,
				((args->address + args->bytes) >> PAGE_SHIFT) -
					1);
	mutex_unlock(&proc->space->lend_lock);
	return err;
}

int lwk_lend_changed(struct lwk_proc *proc, const struct lwk_lend *args)
{
	int err = lwk_proc_check(proc) ?: check(args);
	unsigned long index;
	void *entry;

	if (err)
		return err;
	if (args->write || !proc->space)
		return -EINVAL;
	mutex_lock(&proc->space->lend_lock);
	xa_for_each_range(&proc->space->lent, index, entry,
			  args->address >> PAGE_SHIFT,
			  ((args->address + args->bytes) >> PAGE_SHIFT) - 1)
	{
		if (is_for_writing(entry))
			set_page_dirty_lock(page_of(entry));
		cond_resched();
	}
	mutex_unlock(&proc->space->lend_lock);
	return 0;
}

void lwk_lend_end(struct lwk_space *space)
{
	give_range_back(space, 0, ULONG_MAX);
	xa_destroy(&space->lent);
}
