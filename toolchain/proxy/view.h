/* SPDX-License-Identifier: MIT */
/* Files of /proc that speak of the application: maps, status, stat, statm, auxv, comm of
 * itself and of its threads. The proxy's own would speak of the proxy. The LWK says what
 * there is (kernel/abi/view.h), and the application gets a descriptor of a text made of that
 * (view_text.c): as of when it was opened. By absolute names, and by relative ones below
 * /proc; where it is opened to be read. cmdline and environ are right by themselves
 * (title.h). smaps and the like are the proxy's.
 */
#ifndef PROXY_VIEW_H
#define PROXY_VIEW_H

#include <stdint.h>

#include "kernel/abi/view.h"
#include "toolchain/proxy/window.h"

/* open() and its kin: -LWK_VIEW_WANTED where it is such a file, else 0. */
int64_t view_wanted(const struct proxy_call *call);

/* LWK_PROXY_VIEW; see slot.h. */
int64_t view_call(const uint64_t arg[6]);

/* A view, by its parts. */
struct view {
	const struct lwk_view *head;
	const struct lwk_view_area *area;
	const struct lwk_view_thread *thread;
	const struct lwk_view_thread *subject; /* whom the file is about */
	int is_thread; /* it alone, and not its process */
	int fd; /* where the text goes */
};

/* Write the text of the file `name`. 0, or -ENOENT: there is none of that name. */
int view_write(const struct view *v, const char *name);

/* Is there one? */
int view_knows(const char *name);

#endif
