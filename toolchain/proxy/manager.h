/* SPDX-License-Identifier: MIT */
/* The manager: the thread of a proxy that forwards signals, has workers interrupted, and
 * ends as its process of the LWK ends. It never makes a call of the application's. */
#ifndef PROXY_MANAGER_H
#define PROXY_MANAGER_H

/* The calling thread becomes the manager. first: its process is the first of a job, the
 * one that `lwk run` has started. */
_Noreturn void manager_run(int first);

#endif
