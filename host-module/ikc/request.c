// SPDX-License-Identifier: GPL-2.0
/* Requests to the LWK that are answered by LWK_MSG_REPLY. */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/sched/signal.h>

#include "host-module/boot/boot.h"
#include "host-module/ikc/request.h"
#include "host-module/ikc/ring.h"

/* -EAGAIN: no place is free; -EIO: not live. It looks at `live` under the
 * lock, so that lwk_requests_end() misses no request. */
static int reserve_place(struct lwk_instance *inst, struct lwk_call *call,
			 enum lwk_request_state state,
			 struct lwk_request **place)
{
	struct lwk_cpu *c = &inst->cpu[call->cpu];
	int err = lwk_instance_live(inst) ? -EAGAIN : -EIO;

	lockdep_assert_held(&c->request_lock);
	for (unsigned int i = 0; err == -EAGAIN && i < LWK_REPLY_SLOTS; i++) {
		struct lwk_request *r = &c->request[i];

		if (r->state != LWK_REQUEST_FREE)
			continue;
		r->state = state;
		r->cookie = lwk_cookie(++c->serial, i);
		r->finish = call->late;
		r->arg = call->arg;
		reinit_completion(&r->done);
		call->msg.cookie = r->cookie;
		*place = r;
		err = 0;
	}
	return err;
}

static int send(struct lwk_instance *inst, struct lwk_call *call,
		enum lwk_request_state state, struct lwk_request **place)
{
	struct lwk_cpu *c = &inst->cpu[call->cpu];
	int err;

	spin_lock(&c->request_lock);
	err = reserve_place(inst, call, state, place);
	spin_unlock(&c->request_lock);
	if (err)
		return err;
	err = lwk_ring_push(inst, call->cpu, &call->msg);
	if (err) {
		spin_lock(&c->request_lock);
		/* A failing instance may have ended it already. */
		if ((*place)->cookie == call->msg.cookie &&
		    (*place)->state != LWK_REQUEST_FREE)
			(*place)->state = LWK_REQUEST_FREE;
		else if (state == LWK_REQUEST_LEFT)
			err = 0; /* and called late() */
		spin_unlock(&c->request_lock);
	}
	return err;
}

int lwk_request_send(struct lwk_instance *inst, struct lwk_call *call)
{
	struct lwk_request *r;

	return send(inst, call, LWK_REQUEST_LEFT, &r);
}

static int send_wait(struct lwk_instance *inst, struct lwk_call *call,
		     struct lwk_request **place)
{
	unsigned long end = jiffies + lwk_answer_limit();
	int err;

	while ((err = send(inst, call, LWK_REQUEST_WAITED, place)) == -EAGAIN) {
		if (fatal_signal_pending(current))
			return -EINTR;
		if (time_after(jiffies, end))
			return -ETIMEDOUT;
		usleep_range(50, 100);
	}
	return err;
}

int lwk_request(struct lwk_instance *inst, struct lwk_call *call)
{
	struct lwk_cpu *c = &inst->cpu[call->cpu];
	struct lwk_request *r;
	long left;
	int err = send_wait(inst, call, &r);

	call->left = false;
	if (err)
		return err;
	left = wait_for_completion_killable_timeout(&r->done,
						    lwk_answer_limit());
	spin_lock(&c->request_lock);
	if (r->state == LWK_REQUEST_ENDED) {
		err = r->status;
		call->value[0] = r->value[0];
		call->value[1] = r->value[1];
		r->state = LWK_REQUEST_FREE;
	} else {
		r->state = LWK_REQUEST_LEFT;
		call->left = true;
		err = left ? -EINTR : -ETIMEDOUT;
	}
	spin_unlock(&c->request_lock);
	return err;
}

/* Ends r, which is outstanding. Returns a finish() to call, without the lock. */
static lwk_finish_fn end(struct lwk_cpu *c, struct lwk_request *r, int status)
{
	lockdep_assert_held(&c->request_lock);
	r->status = status;
	if (r->state == LWK_REQUEST_WAITED) {
		r->state = LWK_REQUEST_ENDED;
		complete(&r->done);
		return NULL;
	}
	r->state = LWK_REQUEST_FREE;
	return r->finish;
}

static bool outstanding(const struct lwk_request *r)
{
	return r->state == LWK_REQUEST_WAITED || r->state == LWK_REQUEST_LEFT;
}

/* The LWK says 0 or -errno; any other value is no error of Linux's. */
static int checked_status(int status)
{
	return status <= 0 && status >= -MAX_ERRNO ? status : -EIO;
}

void lwk_request_answer(struct lwk_instance *inst, unsigned int cpu,
			const struct lwk_msg *msg)
{
	struct lwk_cpu *c = &inst->cpu[cpu];
	struct lwk_request *r = &c->request[lwk_cookie_slot(msg->cookie)];
	int status = checked_status(msg->status);
	lwk_finish_fn finish = NULL;
	void *arg = NULL;
	bool known;

	spin_lock(&c->request_lock);
	known = outstanding(r) && r->cookie == msg->cookie;
	if (known) {
		r->value[0] = msg->value[0];
		r->value[1] = msg->value[1];
		arg = r->arg;
		finish = end(c, r, status);
	}
	spin_unlock(&c->request_lock);
	if (!known)
		lwk_instance_fail(inst, "CPU %u: answer to no request",
				  c->linux_cpu);
	else if (finish)
		finish(inst, arg, status);
}

static void end_place(struct lwk_instance *inst, struct lwk_cpu *c,
		      struct lwk_request *r)
{
	lwk_finish_fn finish = NULL;
	void *arg;

	spin_lock(&c->request_lock);
	arg = r->arg;
	if (outstanding(r))
		finish = end(c, r, -EIO);
	spin_unlock(&c->request_lock);
	if (finish)
		finish(inst, arg, -EIO);
}

void lwk_requests_end(struct lwk_instance *inst)
{
	for (u32 i = 0; i < inst->cpu_count; i++)
		for (unsigned int j = 0; j < LWK_REPLY_SLOTS; j++)
			end_place(inst, &inst->cpu[i],
				  &inst->cpu[i].request[j]);
}

void lwk_requests_init(struct lwk_cpu *cpu)
{
	spin_lock_init(&cpu->request_lock);
	for (unsigned int i = 0; i < LWK_REPLY_SLOTS; i++)
		init_completion(&cpu->request[i].done);
}
