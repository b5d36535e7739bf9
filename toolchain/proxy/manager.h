/* SPDX-License-Identifier: MIT */
/* The manager: the thread of a proxy that forwards signals, interrupts workers, and
 * ends as its process of the LWK ends. It never makes a call for the application. */
#ifndef PROXY_MANAGER_H
#define PROXY_MANAGER_H

/* Makes the calling thread the manager. first: its process is the first of a job, the
 * one that `lwk run` has started. */
_Noreturn void manager_run(int first);

#endif
