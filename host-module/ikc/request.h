/* SPDX-License-Identifier: GPL-2.0 */
/* Requests to the LWK that are answered by LWK_MSG_REPLY.
 *
 * Each CPU has LWK_REPLY_SLOTS places for answers. A request takes one before
 * it is sent and keeps it until its answer is there, even if its caller has
 * given up. So the LWK's answers always have room.
 */
#ifndef LWK_REQUEST_H
#define LWK_REQUEST_H

#include "host-module/instance.h"

struct lwk_call {
	unsigned int cpu; /* index in inst->cpu */
	struct lwk_msg msg; /* cookie is filled in */
	u64 value[2]; /* the answer's */
	/* The caller has given up, by -EINTR or -ETIMEDOUT, and the LWK may still do
	 * what it was asked for. */
	bool left;
	/* Called when the answer arrives after all, or NULL. */
	lwk_finish_fn late;
	void *arg;
};

/* Sends and waits. Returns the LWK's status; -EIO: the instance failed or was stopped;
 * -EINTR: killed; -ETIMEDOUT: no answer in timeout_ms, a parameter of the module. It
 * also waits while ring or places are full. */
int lwk_request(struct lwk_instance *inst, struct lwk_call *call);

/* Sends and returns. -EAGAIN: ring or places are full; -EIO. If it returns
 * 0, call->late is called once. */
int lwk_request_send(struct lwk_instance *inst, struct lwk_call *call);

/* Accepts an answer from CPU `cpu`. Called by the instance's thread only. */
void lwk_request_answer(struct lwk_instance *inst, unsigned int cpu,
			const struct lwk_msg *msg);

/* Ends all requests with -EIO. Called after `live` was cleared. */
void lwk_requests_end(struct lwk_instance *inst);

void lwk_requests_init(struct lwk_cpu *cpu);

#endif
