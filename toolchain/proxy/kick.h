/* SPDX-License-Identifier: MIT */
/* Kicks: the signal that interrupts a worker's delegated call.
 *
 * A kick is signal 32, which the C library keeps for itself, so that no application can
 * want it. The library uses it only for pthread_cancel(), which the proxy never calls. It
 * queues, so kicks can be counted: a worker does not leave a call before it has seen
 * every kick that was sent to it for that call, and no kick hits a later call.
 *
 * One kick is enough for a call: after the handler has run, proxy_window() makes no
 * further system call, and the one that it made has ended or cannot be interrupted. So
 * there is no second kick, and interrupts that come faster than a worker handles them do
 * not keep it from ending the call.
 */
#ifndef PROXY_KICK_H
#define PROXY_KICK_H

#include <stdint.h>
#include <sys/types.h>

#define PROXY_KICK_SIGNAL 32

/* Part of each worker. Only the thread itself and its signal handler use it,
 * except `lock` and what it guards. */
struct proxy_kick {
	int32_t kicked; /* proxy_window() looks at it; read by others, too */
	uint32_t seen; /* kicks that the handler has seen */
	pid_t tid; /* constant */

	int32_t lock; /* guards the rest */
	uint32_t current; /* slot + 1 that the worker serves, 0 = none */
	uint32_t sent; /* kicks */
};

/* Once, before the first worker. */
void kick_init(void);
/* The calling thread becomes the one that `kick` belongs to. */
void kick_attach(struct proxy_kick *kick);

/* The calling thread is no longer a worker; called after a fork. */
void kick_detach(void);

/* A worker's call begins and ends. kick_end() returns when no kick for the
 * call can come any more. */
void kick_lock(struct proxy_kick *kick);
void kick_unlock(struct proxy_kick *kick);
void kick_end(struct proxy_kick *kick);

/* Called by another thread: interrupts the worker's call, if it serves this slot and
 * has not been interrupted. 0; -ENOENT: it serves another; -EAGAIN: too many signals
 * are queued. */
int kick_send(struct proxy_kick *kick, uint32_t slot);

#endif
