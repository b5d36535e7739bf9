/* SPDX-License-Identifier: MIT */
/* Accesses that Linux's loader would relocate: the types here are the kernel's own. */
#ifndef EXT_LIB_SCX_BPF_CORE_READ_H
#define EXT_LIB_SCX_BPF_CORE_READ_H

#define bpf_core_field_exists(...) 1
#define bpf_core_type_exists(...) 1
#define bpf_core_enum_value_exists(...) 1
#define bpf_core_enum_value(type, value) (value)
#define bpf_core_field_size(field) sizeof(field)
#define bpf_core_type_size(type) sizeof(type)
#define bpf_core_cast(from, type) ((type *)(from))
#define bpf_core_read(to, bytes, from) bpf_probe_read_kernel(to, bytes, from)
#define bpf_core_read_str(to, bytes, from) \
	bpf_probe_read_kernel_str(to, bytes, from)

/* BPF_CORE_READ(p, a, b) is p->a->b. */
#define BPF_CORE_READ(from, ...) \
	SCX_PATH(__VA_ARGS__, 4, 3, 2, 1)(from, __VA_ARGS__)
#define SCX_PATH(a, b, c, d, n, ...) SCX_PATH_##n
#define SCX_PATH_1(p, a) ((p)->a)
#define SCX_PATH_2(p, a, b) ((p)->a->b)
#define SCX_PATH_3(p, a, b, c) ((p)->a->b->c)
#define SCX_PATH_4(p, a, b, c, d) ((p)->a->b->c->d)

#endif
