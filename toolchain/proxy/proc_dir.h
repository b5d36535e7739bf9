/* SPDX-License-Identifier: MIT */
/* Folders of /proc that list the proxy's own: threads (task) and descriptors (fd, fdinfo).
 * The application is shown its threads, of which the LWK tells (kernel/abi/view.h), and
 * descriptors without the guarded ones. */
#ifndef PROXY_PROC_DIR_H
#define PROXY_PROC_DIR_H

#include <stdint.h>

#include "kernel/abi/view.h"
#include "toolchain/proxy/window.h"

#define PROC_DIR_OTHER INT64_MIN

/* getdents64(): what it returns; -LWK_VIEW_WANTED: the LWK has to tell of the threads;
 * PROC_DIR_OTHER: it is no such folder. */
int64_t proc_dir_list(const struct proxy_call *call);

/* The same of the threads, that the LWK has told of; its arguments. */
int64_t proc_dir_list_threads(const struct lwk_view *v, const uint64_t arg[3]);

#endif
