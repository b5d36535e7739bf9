/* SPDX-License-Identifier: MIT */
/* Functions that the LWK does not have, declared so that nimble-cc's linker refuses
 * them by name. */
#ifndef EXT_LIB_SCX_ABSENT_H
#define EXT_LIB_SCX_ABSENT_H

struct cgroup *scx_bpf_task_cgroup(struct task_struct *p);
struct cgroup *bpf_cgroup_ancestor(struct cgroup *cgrp, int level);
struct cgroup *bpf_cgroup_from_id(u64 id);
void bpf_cgroup_release(struct cgroup *cgrp);
void *bpf_cgrp_storage_get_(void *map, struct cgroup *cgrp, void *value,
			    u64 flags);
#define bpf_cgrp_storage_get(map, cgrp, value, flags) \
	bpf_cgrp_storage_get_((void *)(map), (cgrp), (value), (flags))
struct bpf_iter_css {
	u64 opaque[3];
};
struct bpf_iter_css bpf_iter_css_start(struct cgroup_subsys_state *start,
				       u32 flags);
struct cgroup_subsys_state *bpf_iter_css_next(struct bpf_iter_css *it);
void bpf_iter_css_destroy(struct bpf_iter_css *it);
enum {
	BPF_CGROUP_ITER_DESCENDANTS_PRE = 2,
	BPF_CGROUP_ITER_DESCENDANTS_POST = 3,
	BPF_CGROUP_ITER_ANCESTORS_UP = 4,
};

#define __kptr
#define __contains(type, node)
#define private(name) SEC(".data." #name) __hidden __attribute__((aligned(8)))
void *bpf_obj_new_(u64 bytes);
void bpf_obj_drop_(void *object);
void *bpf_kptr_xchg(void *at, void *object);
void *bpf_refcount_acquire_(void *object);
#define bpf_obj_new(type) ((type *)bpf_obj_new_(sizeof(type)))
#define bpf_obj_drop(object) bpf_obj_drop_(object)
#define bpf_refcount_acquire(object) bpf_refcount_acquire_(object)
int bpf_list_push_front(struct bpf_list_head *head, struct bpf_list_node *node);
int bpf_list_push_back(struct bpf_list_head *head, struct bpf_list_node *node);
struct bpf_list_node *bpf_list_pop_front(struct bpf_list_head *head);
struct bpf_list_node *bpf_list_pop_back(struct bpf_list_head *head);
int bpf_rbtree_add(struct bpf_rb_root *root, struct bpf_rb_node *node,
		   bool(less)(struct bpf_rb_node *a,
			      const struct bpf_rb_node *b));
struct bpf_rb_node *bpf_rbtree_remove(struct bpf_rb_root *root,
				      struct bpf_rb_node *node);
struct bpf_rb_node *bpf_rbtree_first(struct bpf_rb_root *root);

u32 scx_bpf_reenqueue_local(void);
void *bpf_ringbuf_reserve(void *map, u64 bytes, u64 flags);
void bpf_ringbuf_submit(void *record, u64 flags);
void bpf_ringbuf_discard(void *record, u64 flags);
long bpf_for_each_map_elem(void *map, void *function, void *context, u64 flags);

#endif
