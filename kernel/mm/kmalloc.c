/* SPDX-License-Identifier: GPL-2.0 */
/* Kernel objects on top of the page allocator.
 *
 * Objects up to 2 KiB come from slabs: one page each, cut into objects of one
 * class, so an object's class is found through the slab's descriptor. That one
 * lies in a table beside the page, found by hashing the page's address: objects
 * keep their natural alignment, which XSAVE areas need. Larger objects are
 * blocks of pages with a descriptor of their own in the same table.
 */
#include "kernel/arch/mmu.h"
#include "kernel/core/panic.h"
#include "kernel/lib/list.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmalloc.h"
#include "kernel/mm/page_alloc.h"
#include "kernel/sync/spinlock.h"

#define CLASS_MIN_SHIFT 5
#define CLASS_COUNT 7 /* 32 .. 2048 */
#define BUCKETS 1024
#define BUCKETS_ORDER 1

struct slab {
	struct list node; /* in partial[class] while it has free objects */
	struct slab *hash_next;
	char *page;
	void **free; /* first free object; each holds the next */
	uint16_t used;
	uint8_t class;
	uint8_t order; /* of a large object's pages; class = CLASS_COUNT */
};

/* All guarded by `lock`. */
static struct spinlock lock = SPINLOCK_INIT;
static struct list partial[CLASS_COUNT];
static struct slab **buckets; /* [BUCKETS]; there once anything was asked for */
static struct list spare_slabs = LIST_INIT(spare_slabs);
static uint64_t live_objects;

static struct slab **bucket_of(const void *page)
{
	return &buckets[((uint64_t)page >> PAGE_SHIFT) % BUCKETS];
}

static struct slab *find_slab(const void *ptr)
{
	char *page = (char *)ALIGN_DOWN((uint64_t)ptr, PAGE_SIZE);
	struct slab *s = *bucket_of(page);

	while (s && s->page != page)
		s = s->hash_next;
	return s;
}

_Static_assert(PAGE_SIZE << BUCKETS_ORDER == BUCKETS * sizeof(*buckets),
	       "order");

static bool have_buckets(void)
{
	paddr_t pa = buckets ? 0 : page_alloc_zeroed(BUCKETS_ORDER);

	if (pa)
		buckets = phys_to_virt(pa);
	return buckets;
}

/* A slab descriptor; they come by the page and are never given back. */
static struct slab *new_descriptor(void)
{
	struct slab *s;

	if (list_empty(&spare_slabs)) {
		paddr_t pa = have_buckets() ? page_alloc(0) : 0;
		size_t i;

		if (!pa)
			return NULL;
		s = phys_to_virt(pa);
		for (i = 0; i < PAGE_SIZE / sizeof(*s); i++)
			list_push_back(&spare_slabs, &s[i].node);
	}
	s = list_first(&spare_slabs, struct slab, node);
	list_remove(&s->node);
	return s;
}

static struct slab *new_slab(unsigned int class, unsigned int order)
{
	struct slab *s = new_descriptor();
	paddr_t pa;

	if (!s)
		return NULL;
	pa = page_alloc(order);
	if (!pa) {
		list_push_back(&spare_slabs, &s->node);
		return NULL;
	}
	s->page = phys_to_virt(pa);
	s->free = NULL;
	s->used = 0;
	s->class = (uint8_t) class;
	s->order = (uint8_t)order;
	s->hash_next = *bucket_of(s->page);
	*bucket_of(s->page) = s;
	return s;
}

static void drop_slab(struct slab *s)
{
	struct slab **p = bucket_of(s->page);

	while (*p != s)
		p = &(*p)->hash_next;
	*p = s->hash_next;
	page_free(virt_to_phys(s->page), s->order);
	list_push_back(&spare_slabs, &s->node);
}

static void *alloc_large(size_t bytes)
{
	unsigned int order = 0;
	struct slab *s;

	while (PAGE_SIZE << order < bytes)
		order++;
	if (order > PAGE_ORDER_MAX)
		return NULL;
	s = new_slab(CLASS_COUNT, order);
	if (!s)
		return NULL;
	list_init(&s->node);
	s->used = 1;
	return s->page;
}

static void fill_slab(struct slab *s)
{
	size_t size = 1UL << (s->class + CLASS_MIN_SHIFT);
	size_t at = PAGE_SIZE;

	while (at) {
		void **object;

		at -= size;
		object = (void **)(s->page + at);
		*object = s->free;
		s->free = object;
	}
}

static void *alloc_small(unsigned int class)
{
	struct list *head = &partial[class];
	struct slab *s;
	void **object;

	if (!head->next)
		list_init(head);
	if (list_empty(head)) {
		s = new_slab(class, 0);
		if (!s)
			return NULL;
		fill_slab(s);
		list_push_front(head, &s->node);
	}
	s = list_first(head, struct slab, node);
	object = s->free;
	s->free = *object;
	s->used++;
	if (!s->free)
		list_remove(&s->node);
	return object;
}

void *kmalloc(size_t bytes)
{
	unsigned int class = 0;
	void *ptr;

	if (!bytes)
		return NULL;
	while (class < CLASS_COUNT && 1UL << (class + CLASS_MIN_SHIFT) < bytes)
		class ++;
	spin_lock(&lock);
	ptr = class < CLASS_COUNT ? alloc_small(class) : alloc_large(bytes);
	live_objects += ptr != NULL;
	spin_unlock(&lock);
	return ptr;
}

void *kzalloc(size_t bytes)
{
	void *ptr = kmalloc(bytes);

	if (ptr)
		memset(ptr, 0, bytes);
	return ptr;
}

void *kzalloc_boot(size_t bytes, const char *what)
{
	void *ptr = kzalloc(bytes);

	if (!ptr)
		panic("no memory for %s", what);
	return ptr;
}

void kfree(void *ptr)
{
	struct slab *s;

	if (!ptr)
		return;
	spin_lock(&lock);
	s = find_slab(ptr);
	ASSERT(s && s->used);
	live_objects--;
	if (s->class == CLASS_COUNT) {
		drop_slab(s);
	} else {
		bool was_full = !s->free;

		*(void **)ptr = s->free;
		s->free = ptr;
		if (was_full)
			list_push_front(&partial[s->class], &s->node);
		if (!--s->used) {
			list_remove(&s->node);
			drop_slab(s);
		}
	}
	spin_unlock(&lock);
}

uint64_t kmalloc_live_objects(void)
{
	return live_objects;
}
