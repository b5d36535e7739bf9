// SPDX-License-Identifier: GPL-2.0
/* Walking a process's page tables; pure.
 *
 * The LWK may change the tables meanwhile, and may be wrong: each entry is read
 * once, and what it points to is checked before it is followed. The mark
 * LWK_PDE_SEEN goes into the entry that covers 2 MiB, or into the 1 GiB leaf
 * above it, by compare and exchange, which is the full fence of procpage.h.
 */
#include "host-module/proxy/walk.h"
#include "host-module/boot/pagetable.h"
#include "kernel/abi/procpage.h"

/* Entry for address in the table at phys, NULL if that is no place for one. */
static uint64_t *entry_at(const struct lwk_memory *mem, uint64_t table,
			  uint64_t address, unsigned int shift)
{
	uint64_t *entries;

	if (!lwk_memory_is_free_range(mem, table, LWK_PAGE_SIZE))
		return NULL;
	entries = lwk_memory_ptr(mem, table);
	return &entries[lwk_pte_index(address, shift)];
}

/* Returns the entry with the mark set, or 0 where it is absent. */
static uint64_t mark(uint64_t *entry)
{
	uint64_t was = READ_ONCE(*entry);

	while (was & LWK_PTE_PRESENT) {
		uint64_t now = cmpxchg(entry, was, was | LWK_PDE_SEEN);

		if (now == was)
			return was | LWK_PDE_SEEN;
		was = now;
	}
	return 0;
}

static void unmark(uint64_t *entry)
{
	uint64_t was = READ_ONCE(*entry);

	while (was & LWK_PDE_SEEN) {
		uint64_t now = cmpxchg(entry, was, was & ~LWK_PDE_SEEN);

		if (now == was)
			return;
		was = now;
	}
}

static bool is_leaf(uint64_t entry, unsigned int shift)
{
	return shift == LWK_SHIFT_PT ||
	       (shift < LWK_SHIFT_PML4 && (entry & LWK_PTE_LARGE));
}

/* The entries that have a SEEN bit: page-directory entries, and leaves above
 * them. */
static bool is_marked_level(uint64_t entry, unsigned int shift)
{
	return shift == LWK_SHIFT_PD ||
	       (shift == LWK_SHIFT_PDPT && (entry & LWK_PTE_LARGE));
}

static uint64_t frame_in(uint64_t entry, uint64_t address, unsigned int shift)
{
	uint64_t size = 1ULL << shift;

	return (entry & LWK_PTE_ADDRESS & ~(size - 1)) |
	       (address & (size - 1) & ~(LWK_PAGE_SIZE - 1));
}

int lwk_walk(const struct lwk_memory *mem, uint64_t root, uint64_t address,
	     struct lwk_leaf *leaf)
{
	uint64_t rights = LWK_PTE_WRITE | LWK_PTE_USER;
	uint64_t table = root;

	for (unsigned int shift = LWK_SHIFT_PML4;; shift -= 9) {
		uint64_t *at = entry_at(mem, table, address, shift);
		uint64_t entry;

		if (!at)
			return -EIO;
		entry = READ_ONCE(*at);
		if (is_marked_level(entry, shift))
			entry = mark(at);
		if (!(entry & LWK_PTE_PRESENT))
			return -ENOENT;
		rights &= entry;
		if (is_leaf(entry, shift)) {
			leaf->frame = frame_in(entry, address, shift);
			break;
		}
		table = entry & LWK_PTE_ADDRESS;
	}
	if (!(rights & LWK_PTE_USER))
		return -ENOENT;
	leaf->writable = rights & LWK_PTE_WRITE;
	if (!lwk_memory_is_free_range(mem, leaf->frame, LWK_PAGE_SIZE))
		return -EIO;
	return 0;
}

/* Clears the mark that covers address, if there is one. Returns how many
 * bits of the address the entry where it stopped covers. */
static unsigned int forget_one(const struct lwk_memory *mem, uint64_t root,
			       uint64_t address)
{
	uint64_t table = root;
	unsigned int shift = LWK_SHIFT_PML4;

	for (;; shift -= 9) {
		uint64_t *at = entry_at(mem, table, address, shift);
		uint64_t entry = at ? READ_ONCE(*at) : 0;

		/* For a page without rights as well: it is not present. */
		if (at && is_marked_level(entry, shift)) {
			unmark(at);
			return shift;
		}
		if (!(entry & LWK_PTE_PRESENT))
			return shift;
		table = entry & LWK_PTE_ADDRESS;
	}
}

void lwk_walk_forget(const struct lwk_memory *mem, uint64_t root,
		     struct lwk_range *range)
{
	uint64_t at = range->start;
	uint64_t start = LWK_ROUND_DOWN(at, 1ULL << LWK_SHIFT_PD);
	uint64_t end = LWK_ROUND_UP(range->end, 1ULL << LWK_SHIFT_PD);

	while (at < range->end) {
		unsigned int shift = forget_one(mem, root, at);
		uint64_t low = LWK_ROUND_DOWN(at, 1ULL << shift);

		at = low + (1ULL << shift);
		if (shift == LWK_SHIFT_PDPT && low < start)
			start = low;
		if (shift == LWK_SHIFT_PDPT && at > end)
			end = at;
	}
	range->start = start;
	range->end = end;
}
