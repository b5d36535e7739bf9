// SPDX-License-Identifier: GPL-2.0
/* Taking memory from Linux: a scan with alloc_contig_range(), which moves what
 * lies there away. It takes large chunks first, so that the LWK gets few large
 * regions and its large pages, and smaller ones for the rest. It goes from the
 * top of each node down, because what cannot be moved gathers at the bottom.
 */
#include <linux/gfp.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/sched/signal.h>

#include "host-module/partition/mem.h"
#include "host-module/why.h"

#define CHUNK_PAGES (LWK_CHUNK_SIZE >> PAGE_SHIFT)
#define LARGEST_CHUNK (1ULL << 30)

/* What is asked of alloc_contig_range() at a time. With init_on_alloc it clears all
 * pages and does not reschedule: 256 MiB under load were too long for the watchdog.
 */
#define PIECE_PAGES (8UL << (20 - PAGE_SHIFT))

struct scan {
	struct lwk_memory *mem;
	u64 bytes; /* wanted in all */
	u64 chunk; /* size in this pass */
};

void *lwk_memory_ptr(const struct lwk_memory *mem, uint64_t phys)
{
	return __va(phys);
}

static bool done(const struct scan *s)
{
	return s->mem->bytes == s->bytes;
}

/* Whether the chunk is ordinary memory of one zone, not the lowest 16 MiB. */
static bool is_candidate(const struct scan *s, u64 base, int node)
{
	unsigned long pfn = PHYS_PFN(base);
	unsigned long end = pfn + PHYS_PFN(s->chunk);
	enum zone_type zone = ZONE_DMA;

	if (lwk_memory_overlaps(s->mem, base, s->chunk))
		return false;
	for (; pfn < end; pfn += CHUNK_PAGES) {
		struct page *page = pfn_to_online_page(pfn);

		if (!page || page_to_nid(page) != node ||
		    page_zonenum(page) == ZONE_DMA)
			return false;
		if (zone == ZONE_DMA)
			zone = page_zonenum(page);
		if (page_zonenum(page) != zone)
			return false;
	}
	return true;
}

/* All of [pfn, end) or nothing. From below, where what cannot be moved is found
 * first. */
static bool take_pages(unsigned long pfn, unsigned long end)
{
	unsigned long at = pfn;

	for (; at < end; at += PIECE_PAGES) {
		unsigned long piece = min(PIECE_PAGES, end - at);

		if (fatal_signal_pending(current) ||
		    alloc_contig_range(at, at + piece, MIGRATE_MOVABLE,
				       GFP_KERNEL | __GFP_NOWARN))
			break;
		cond_resched();
	}
	if (at >= end)
		return true;
	if (at > pfn)
		free_contig_range(pfn, at - pfn);
	return false;
}

/* -ENOSPC: the region table is full. 0 also where the chunk could not be had. */
static int try_chunk(struct scan *s, u64 base, int node)
{
	unsigned long pfn = PHYS_PFN(base);
	unsigned long end = pfn + PHYS_PFN(s->chunk);
	int err;

	if (!is_candidate(s, base, node) || !take_pages(pfn, end))
		return 0;
	err = lwk_memory_add(s->mem, base, s->chunk, node);
	if (err)
		free_contig_range(pfn, PHYS_PFN(s->chunk));
	return err;
}

static int scan_node(struct scan *s, int node)
{
	u64 low = PFN_PHYS((u64)NODE_DATA(node)->node_start_pfn);
	u64 base = PFN_PHYS((u64)pgdat_end_pfn(NODE_DATA(node)));

	base = LWK_ROUND_DOWN(base, s->chunk);
	while (base >= low + s->chunk && s->mem->bytes + s->chunk <= s->bytes) {
		int err;

		base -= s->chunk;
		if (fatal_signal_pending(current))
			return -EINTR;
		err = try_chunk(s, base, node);
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

static int scan_nodes(struct scan *s, int wanted)
{
	int node, err;

	for_each_online_node(node)
	{
		if (wanted != -1 && wanted != node)
			continue;
		err = scan_node(s, node);
		if (err)
			return err;
	}
	return 0;
}

static int explain(const struct scan *s, int err, char *why)
{
	u64 got = s->mem->bytes >> 20;
	u64 wanted = s->bytes >> 20;

	if (err == -EINTR)
		return lwk_why(why, err, "interrupted while taking memory");
	if (err == -ENOSPC)
		return lwk_why(
			why, -ENOMEM,
			"memory is too fragmented: %llu of %llu MiB in %u pieces; ask for less, or just after boot",
			got, wanted, LWK_MAX_REGIONS);
	return lwk_why(
		why, -ENOMEM,
		"Linux gives up only %llu of %llu MiB of memory; ask for less",
		got, wanted);
}

/* What Linux keeps at least; below that it would begin to kill processes. */
#define LINUX_KEEPS (64ULL << 20)

static int check_available(u64 bytes, char *why)
{
	u64 available = PFN_PHYS((u64)max(si_mem_available(), 0L));

	if (bytes + LINUX_KEEPS <= available)
		return 0;
	return lwk_why(
		why, -ENOMEM,
		"Linux has only %llu MiB of memory available and needs %llu of them; ask for less",
		available >> 20, LINUX_KEEPS >> 20);
}

int lwk_mem_take(struct lwk_memory *mem, u64 bytes, int node, char *why)
{
	struct scan s = {.mem = mem, .bytes = bytes, .chunk = LARGEST_CHUNK};
	int err = check_available(bytes, why);

	if (err)
		return err;
	for (; !err && !done(&s) && s.chunk >= LWK_CHUNK_SIZE; s.chunk /= 2)
		err = scan_nodes(&s, node);
	if (!err && done(&s)) {
		lwk_memory_seal(mem);
		return 0;
	}
	err = explain(&s, err, why);
	lwk_mem_give_back(mem);
	return err;
}

/* Pages that are freed one by one gather in Linux's per-CPU lists (in 6.12
 * many megabytes) and do not count as free memory yet. Taking one chunk
 * again empties the lists of its zone. */
static void drain_lists(const struct lwk_region *r)
{
	unsigned long pfn = PHYS_PFN(r->base);

	if (!alloc_contig_range(pfn, pfn + CHUNK_PAGES, MIGRATE_MOVABLE,
				GFP_KERNEL | __GFP_NOWARN))
		free_contig_range(pfn, CHUNK_PAGES);
}

/* Take the references of a block's pages but the first: alloc_contig_range() gives
 * each its own. False: other code holds a reference to one of them at this moment. */
static bool freeze_tails(struct page *first)
{
	for (unsigned long i = 1; i < CHUNK_PAGES; i++) {
		if (page_ref_freeze(first + i, 1))
			continue;
		while (--i)
			page_ref_unfreeze(first + i, 1);
		return false;
	}
	return true;
}

/* In one piece: page by page it would cost Linux forty times as much. */
static void free_chunk(unsigned long pfn)
{
	if (freeze_tails(pfn_to_page(pfn)))
		__free_pages(pfn_to_page(pfn), get_order(LWK_CHUNK_SIZE));
	else
		free_contig_range(pfn, CHUNK_PAGES);
}

static void free_region(const struct lwk_region *r)
{
	unsigned long pfn = PHYS_PFN(r->base);
	unsigned long end = pfn + PHYS_PFN(r->bytes);

	for (; pfn < end; pfn += CHUNK_PAGES) {
		free_chunk(pfn);
		cond_resched();
	}
}

void lwk_mem_give_back(struct lwk_memory *mem)
{
	for (u32 i = 0; i < mem->count; i++)
		free_region(&mem->region[i]);
	for (u32 i = 0; i < mem->count; i++)
		drain_lists(&mem->region[i]);
	memset(mem, 0, sizeof(*mem));
}
