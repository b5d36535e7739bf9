/* SPDX-License-Identifier: GPL-2.0 */
/* The areas of an address space as a balanced tree that knows its gaps.
 *
 * A relaxed AVL tree (Adelson-Velsky and Landis 1962; Knuth, The Art of Computer
 * Programming, vol. 3, 6.2.3) by address, beside the list in the same order. Each
 * area knows the free bytes right below it, `gap`, and each subtree its widest gap
 * (augmented as in Cormen et al., Introduction to Algorithms, 14.2). So looking up
 * an address or a gap, inserting and removing take a number of steps that grows
 * with the logarithm of the number of areas.
 */
#include "kernel/abi/layout.h"
#include "kernel/mm/area_tree.h"

/* How much higher one child may be than the other. It is one more than in an AVL tree,
 * where a mapping that comes and goes would turn the tree there and back each time. */
#define LEAN_MAX 2

/* A subtree does not tell wider gaps apart, so that taking a little from the widest of
 * all, as most calls do, changes nothing above it. */
#define WIDE (1UL << 36)

static uint32_t height(const struct area *a)
{
	return a ? a->height : 0;
}

static uint64_t widest(const struct area *a)
{
	return a ? a->widest : 0;
}

/* Compute a subtree's data from its children. */
static inline void update(struct area *a)
{
	const struct area *l = a->child[0], *r = a->child[1];

	a->height = 1 + MAX(height(l), height(r));
	a->widest = MAX(MIN(a->gap, WIDE), MAX(widest(l), widest(r)));
}

/* The place of the pointer to a. */
static struct area **slot_of(struct aspace *as, const struct area *a)
{
	return a->parent ? &a->parent->child[a->parent->child[1] == a]
			 : &as->area_root;
}

static void set_child(struct area *a, int side, struct area *child)
{
	a->child[side] = child;
	if (child)
		child->parent = a;
}

/* Let a's child of that side take a's place, and a become its child. Returns the
 * child; the caller changes the pointer to a. */
static struct area *rotate(struct area *a, int side)
{
	struct area *c = a->child[side];

	c->parent = a->parent;
	set_child(a, side, c->child[!side]);
	set_child(c, !side, a);
	update(a);
	update(c);
	return c;
}

/* Turn a subtree whose root leans by one too many to that side; returns the new
 * root. Rare: out of the way of changed(). */
static __attribute__((noinline)) struct area *turn(struct area *a, int side)
{
	struct area *c = a->child[side];

	if (height(c->child[!side]) > height(c->child[side]))
		a->child[side] = rotate(c, !side);
	return rotate(a, side);
}

/* Something below a, or its own gap, has changed: update a and its ancestors, as far
 * as they are affected. */
static void changed(struct aspace *as, struct area *a)
{
	while (a) {
		uint32_t l = height(a->child[0]), r = height(a->child[1]);
		uint32_t old_height = a->height;
		uint64_t old_widest = a->widest;

		if (l > r + LEAN_MAX || r > l + LEAN_MAX) {
			struct area **slot = slot_of(as, a);

			a = *slot = turn(a, r > l);
		} else {
			update(a);
		}
		if (a->height == old_height && a->widest == old_widest)
			break;
		a = a->parent;
	}
}

struct area *area_tree_first_above(const struct aspace *as, vaddr_t va)
{
	struct area *a = as->area_root, *found = NULL;

	while (a) {
		bool above = a->end > va;

		found = above ? a : found;
		a = a->child[!above];
	}
	return found;
}

void area_tree_set_gap(struct aspace *as, struct area *a)
{
	const struct area *before = area_before(as, a);
	uint64_t gap = a->start - (before ? before->end : LWK_APP_MIN);

	if (gap == a->gap)
		return;
	a->gap = gap;
	changed(as, a);
}

void area_tree_insert(struct aspace *as, struct area *a, struct area *above)
{
	struct area *before;

	list_insert_before(above ? &above->node : &as->areas, &a->node);
	before = area_before(as, a);
	a->child[0] = a->child[1] = NULL;
	a->gap = a->start - (before ? before->end : LWK_APP_MIN);
	update(a);
	if (above)
		above->gap = above->start - a->end;
	/* Between two neighbours, one of them has no child on the other's side. */
	if (above && !above->child[0]) {
		set_child(above, 0, a);
	} else if (before) {
		set_child(before, 1, a);
	} else {
		a->parent = NULL;
		as->area_root = a;
	}
	changed(as, a->parent);
	if (above && above != a->parent)
		changed(as, above);
}

/* Put `by`, or nothing, where a is in the tree. */
static void replace(struct aspace *as, struct area *a, struct area *by)
{
	*slot_of(as, a) = by;
	if (by)
		by->parent = a->parent;
}

void area_tree_remove(struct aspace *as, struct area *a)
{
	struct area *next = area_after(as, a);
	struct area *from = a->parent;

	if (next && a->child[0] && a->child[1]) {
		/* The next one is the lowest on the right; it takes a's place. */
		from = next->parent == a ? next : next->parent;
		replace(as, next, next->child[1]);
		replace(as, a, next);
		set_child(next, 0, a->child[0]);
		set_child(next, 1, a->child[1]);
		next->height = a->height;
		next->widest = a->widest;
	} else {
		replace(as, a, a->child[!a->child[0]]);
	}
	list_remove(&a->node);
	if (next)
		next->gap += a->gap + (a->end - a->start);
	changed(as, from);
	if (next && next != from)
		changed(as, next);
}

/* The highest aligned range of `bytes` in [low, high), or 0. */
static vaddr_t fit(vaddr_t low, vaddr_t high, const struct gap_request *r)
{
	vaddr_t end = MIN(high, r->top), at;

	if (end < low || end - low < r->bytes)
		return 0;
	at = ALIGN_DOWN(end - r->bytes, r->align);
	return at >= low ? at : 0;
}

/* In the gaps of a subtree, from the highest down. */
static vaddr_t find_gap(const struct area *a, const struct gap_request *r)
{
	vaddr_t at;

	if (!a || a->widest < MIN(r->bytes, WIDE))
		return 0;
	at = a->end < r->top ? find_gap(a->child[1], r) : 0;
	if (!at)
		at = fit(a->start - a->gap, a->start, r);
	return at ? at : find_gap(a->child[0], r);
}

vaddr_t area_tree_find_gap(const struct aspace *as, const struct gap_request *r)
{
	const struct area *last = area_last(as);
	vaddr_t at = fit(last ? last->end : LWK_APP_MIN, r->top, r);

	return at ? at : find_gap(as->area_root, r);
}
