/* SPDX-License-Identifier: MIT */
/* Names by which schedulers reach what older kernels did not have: it is always there. */
#ifndef EXT_LIB_SCX_COMPAT_H
#define EXT_LIB_SCX_COMPAT_H

#define __COMPAT_ENUM_OR_ZERO(type, name) ((type)(name))
#define __COMPAT_scx_bpf_task_cgroup scx_bpf_task_cgroup
#define __COMPAT_scx_bpf_dispatch_from_dsq_set_slice scx_bpf_dsq_move_set_slice
#define __COMPAT_scx_bpf_dispatch_from_dsq_set_vtime scx_bpf_dsq_move_set_vtime
#define __COMPAT_scx_bpf_dispatch_from_dsq scx_bpf_dsq_move
#define __COMPAT_scx_bpf_dispatch_vtime_from_dsq scx_bpf_dsq_move_vtime
#define __COMPAT_scx_bpf_dsq_move_set_slice scx_bpf_dsq_move_set_slice
#define __COMPAT_scx_bpf_dsq_move_set_vtime scx_bpf_dsq_move_set_vtime
#define __COMPAT_scx_bpf_dsq_move scx_bpf_dsq_move
#define __COMPAT_scx_bpf_dsq_move_vtime scx_bpf_dsq_move_vtime

#endif
