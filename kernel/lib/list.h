/* SPDX-License-Identifier: GPL-2.0 */
/* Doubly linked circular lists; a head is a node that belongs to no element.
 * No locking: the owner of the head says who may touch it. */
#ifndef LWK_LIB_LIST_H
#define LWK_LIB_LIST_H

#include "kernel/lib/types.h"

struct list {
	struct list *next;
	struct list *prev;
};

#define LIST_INIT(name)          \
	{                        \
		&(name), &(name) \
	}

static inline void list_init(struct list *head)
{
	head->next = head;
	head->prev = head;
}

static inline bool list_empty(const struct list *head)
{
	return head->next == head;
}

/* Put node before `where`: at the tail where `where` is the head. */
static inline void list_insert_before(struct list *where, struct list *node)
{
	node->next = where;
	node->prev = where->prev;
	where->prev->next = node;
	where->prev = node;
}

static inline void list_push_back(struct list *head, struct list *node)
{
	list_insert_before(head, node);
}

static inline void list_push_front(struct list *head, struct list *node)
{
	list_insert_before(head->next, node);
}

/* Take node out and leave it as an empty list of its own. */
static inline void list_remove(struct list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_init(node);
}

#define list_entry(node, type, member) container_of(node, type, member)
#define list_first(head, type, member) list_entry((head)->next, type, member)
#define list_for_each(pos, head) \
	for ((pos) = (head)->next; (pos) != (head); (pos) = (pos)->next)
#define list_for_each_safe(pos, tmp, head)                               \
	for ((pos) = (head)->next, (tmp) = (pos)->next; (pos) != (head); \
	     (pos) = (tmp), (tmp) = (pos)->next)

#endif
