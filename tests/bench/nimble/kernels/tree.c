/* SPDX-License-Identifier: MIT */
/* Tree walk: searches in a binary tree linked by indices. */
#include "kernel.h"

#define NODES 255
#define SEARCHES 64

struct tree_memory {
	struct node {
		u32 key, left, right, value;
	} node[NODES + 1]; /* 0 is none */
	u32 wanted[SEARCHES];
	u32 root;
};

KERNEL(tree)(struct tree_memory *m)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < SEARCHES; i++) {
		u32 key = m->wanted[i], n = m->root;

		while (n) {
			struct node *node = &m->node[n];

			if (node->key == key) {
				sum += node->value;
				break;
			}
			n = key < node->key ? node->left : node->right;
		}
	}
	return sum;
}

#ifndef __NIMBLE__
INIT(tree)(struct tree_memory *m, u64 (*random)(void))
{
	u32 i;

	m->root = 1;
	for (i = 1; i <= NODES; i++) {
		u32 key = (u32)random(), n = 1;

		m->node[i] = (struct node){key, 0, 0, i};
		while (n != i) {
			u32 *next = key < m->node[n].key ? &m->node[n].left
							 : &m->node[n].right;

			if (!*next)
				*next = i;
			n = *next;
		}
		if (i <= SEARCHES)
			m->wanted[i - 1] = i & 1 ? key : (u32)random();
	}
}
#endif
