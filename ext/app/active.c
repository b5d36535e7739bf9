/* SPDX-License-Identifier: MIT */
/* Active messages: the kernel of another CPU does what a message asks for, and wakes no
 * thread for it.
 *
 * A message names its handler, which runs where and when it arrives (von Eicken and others,
 * "Active Messages", ISCA 1992). Here the handler is hook message of this extension: it
 * reads, writes or adds to a word of the memory that its CPU looks after, and answers by
 * writing the result where the caller waits for it. All changes to that memory by messages
 * are made by one CPU, with interrupts off, so none needs an atomic operation, and an owner
 * that computes goes on computing. The memory is an arena, which programs map as well
 * (libnimble_map_mmap).
 *
 * Collectives go over a binary tree of CPUs. A rank that has come adds its value to its
 * node. When a node's own rank and those of its children have come, it sends one message
 * up. The sum goes down from the root, and each node wakes the thread that waits there. A
 * barrier is the sum of nothing; a broadcast is a sum to which all but the root add 0.
 * With n ranks that is 2(n - 1) messages, in 2 log2(n) steps.
 *
 * A node is used again at once: it is emptied before its message goes up, and nothing of
 * the next collective can come to it before the sum of this one has gone down through it.
 *
 * A queue of messages may be full. A caller waits and tries again; a handler cannot.
 * So all callers together have few requests under way, and the other places of a queue
 * are enough for the three messages that a collective can have at one CPU. Posted
 * words are not counted: a program that posts many lets none of its collectives run
 * meanwhile. */
#include "ext/lib/nimble_ext.h"
#include "ext/app/active.h"

#define REQUESTS 24 /* of the 32 messages that a job may have in a queue */
#define RETRY_NS 50000

enum message_tag { TAG_REQUEST = 1, TAG_UP, TAG_DOWN };

LICENCE("MIT");

struct node {
	u64 come, sum; /* of the next collective; atomic */
	u64 over; /* collectives that were; atomic */
	u64 value; /* of the last one */
	u64 task; /* that waits here; atomic */
};

/* What a caller waits for. It has its own. */
struct request {
	u64 task; /* 0: free; atomic */
	u64 done;
	u64 value;
};

MAP_ARENA(memory, ACTIVE_RANKS *ACTIVE_BYTES);
MAP_ARRAY(nodes, struct node, ACTIVE_RANKS);
MAP_ARRAY(requests, struct request, REQUESTS);

static u64 load(u64 *word)
{
	return *(volatile u64 *)word;
}

/* ---- Words ------------------------------------------------------------------ */

static u64 *word_of(u64 rank, u64 byte)
{
	return (u64 *)&memory[(rank & (ACTIVE_RANKS - 1)) * ACTIVE_BYTES +
			      (byte & (ACTIVE_BYTES - 8))];
}

static void serve(struct nimble_ctx_message *ctx)
{
	u64 *word = word_of(ctx->cpu, ctx->payload[2]), value = ctx->payload[3];
	u64 index = ctx->payload[0], before = *word;
	struct request *r = &requests[index < REQUESTS ? index : 0];

	if (ctx->payload[1] == ACTIVE_PUT || ctx->payload[1] == ACTIVE_POST)
		*word = value;
	else if (ctx->payload[1] == ACTIVE_ADD)
		*word = before + value;
	/* It may belong to another caller by now, if this one was killed. */
	if (index >= REQUESTS || load(&r->task) != ctx->source_task)
		return;
	r->value = before;
	__sync_fetch_and_or(&r->done, 1);
	task_wake(ctx->source_task);
}

/* Takes one for the caller. Returns its number, from 1; 0: none is free. */
static u64 take_request(void)
{
	u64 i, task = task_current();

	for (i = 0; i < REQUESTS; i++)
		if (!load(&requests[i].task) &&
		    !__sync_val_compare_and_swap(&requests[i].task, 0, task)) {
			requests[i].done = 0;
			return i + 1;
		}
	return 0;
}

static u64 try_later(struct nimble_ctx_call *ctx)
{
	ctx->args[7] = RETRY_NS;
	return NIMBLE_CALL_WAIT;
}

static u64 ask(struct nimble_ctx_call *ctx)
{
	u64 ticket = take_request();
	u64 payload[4] = {ticket - 1, ctx->args[0], ctx->args[2], ctx->args[3]};

	if (!ticket)
		return try_later(ctx);
	if (message_send(ctx->args[1], TAG_REQUEST, payload, sizeof(payload))) {
		__sync_lock_test_and_set(&requests[ticket - 1].task, 0);
		return try_later(ctx);
	}
	ctx->args[5] = ticket;
	return NIMBLE_CALL_WAIT;
}

static u64 post(struct nimble_ctx_call *ctx)
{
	u64 payload[4] = {REQUESTS, ACTIVE_POST, ctx->args[2], ctx->args[3]};

	return message_send(ctx->args[1], TAG_REQUEST, payload, sizeof(payload))
		       ? try_later(ctx)
		       : NIMBLE_CALL_DONE;
}

static u64 access(struct nimble_ctx_call *ctx)
{
	u64 ticket = ctx->args[5];
	struct request *r = &requests[ticket - 1 < REQUESTS ? ticket - 1 : 0];

	if (!ticket)
		return ask(ctx);
	/* Not the caller's own, which nothing would ever wake. */
	if (load(&r->task) != task_current()) {
		ctx->args[4] = (u64)-EINVAL;
		return NIMBLE_CALL_DONE;
	}
	if (!load(&r->done))
		return NIMBLE_CALL_WAIT;
	if (ctx->args[0] != ACTIVE_PUT)
		ctx->args[3] = r->value;
	__sync_lock_test_and_set(&r->task, 0);
	return NIMBLE_CALL_DONE;
}

/* ---- Collectives -------------------------------------------------------------- */

static void send(u64 tag, u64 rank, u64 ranks, u64 value)
{
	u64 payload[3] = {rank, ranks, value};

	if (message_send(rank, tag, payload, sizeof(payload)))
		LOG("a message of a collective was lost");
}

static u64 children(u64 rank, u64 ranks)
{
	u64 first = 2 * rank + 1;

	return first >= ranks ? 0 : first + 1 >= ranks ? 1 : 2;
}

static void go_down(u64 rank, u64 ranks, u64 value)
{
	struct node *n = &nodes[rank & (ACTIVE_RANKS - 1)];
	u64 i, count = children(rank, ranks), task;

	for (i = 0; i < count; i++)
		send(TAG_DOWN, 2 * rank + 1 + i, ranks, value);
	n->value = value;
	__sync_fetch_and_add(&n->over, 1);
	task = load(&n->task);
	if (task)
		task_wake(task);
}

/* A child's sum, or the rank's own value, has come to its node. */
static void go_up(u64 rank, u64 ranks, u64 value)
{
	struct node *n = &nodes[rank & (ACTIVE_RANKS - 1)];
	u64 sum;

	__sync_fetch_and_add(&n->sum, value);
	if (__sync_fetch_and_add(&n->come, 1) != children(rank, ranks))
		return;
	sum = __sync_fetch_and_and(&n->sum, 0);
	__sync_fetch_and_and(&n->come, 0);
	if (rank)
		send(TAG_UP, (rank - 1) / 2, ranks, sum);
	else
		go_down(0, ranks, sum);
}

static u64 collect(struct nimble_ctx_call *ctx)
{
	u64 rank = ctx->args[1], ranks = ctx->args[2];
	struct node *n = &nodes[rank & (ACTIVE_RANKS - 1)];

	if (!ctx->args[5]) {
		ctx->args[5] = load(&n->over) + 1;
		__sync_lock_test_and_set(&n->task, task_current());
		go_up(rank, ranks, ctx->args[3]);
	}
	if (load(&n->over) < ctx->args[5])
		return NIMBLE_CALL_WAIT;
	ctx->args[3] = n->value;
	return NIMBLE_CALL_DONE;
}

/* ---- Hooks ----------------------------------------------------------------------- */

HOOK(message)
u64 arrive(struct nimble_ctx_message *ctx)
{
	u64 rank = ctx->payload[0], ranks = ctx->payload[1];

	if (ctx->tag == TAG_REQUEST)
		serve(ctx);
	else if (ctx->tag == TAG_UP)
		go_up(rank, ranks, ctx->payload[2]);
	else if (ctx->tag == TAG_DOWN)
		go_down(rank, ranks, ctx->payload[2]);
	return 0; /* no signal for the thread that runs here */
}

static u64 is_wrong(const struct nimble_ctx_call *ctx)
{
	u64 limit = cpu_count();

	if (limit > ACTIVE_RANKS)
		limit = ACTIVE_RANKS;
	if (ctx->args[0] == ACTIVE_SUM)
		return ctx->args[2] > limit || ctx->args[1] >= ctx->args[2];
	return !ctx->args[0] || ctx->args[0] > ACTIVE_SUM ||
	       ctx->args[1] >= limit || ctx->args[2] > ACTIVE_BYTES - 8 ||
	       ctx->args[2] % 8;
}

HOOK(call)
u64 call(struct nimble_ctx_call *ctx)
{
	ctx->args[4] = 0;
	ctx->args[7] = 0;
	if (is_wrong(ctx)) {
		ctx->args[4] = (u64)-EINVAL;
		return NIMBLE_CALL_DONE;
	}
	if (ctx->args[0] == ACTIVE_POST)
		return post(ctx);
	return ctx->args[0] == ACTIVE_SUM ? collect(ctx) : access(ctx);
}

/* Gives back what a thread had taken that was killed in a call. */
HOOK(task_exit)
u64 forget(struct nimble_ctx_task_exit *ctx)
{
	u64 i;

	for (i = 0; i < REQUESTS; i++)
		__sync_val_compare_and_swap(&requests[i].task, ctx->task, 0);
	return 0;
}
