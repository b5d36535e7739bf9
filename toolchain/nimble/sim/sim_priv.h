/* SPDX-License-Identifier: MIT */
/* What the files of the simulated machine share. */
#ifndef TOOLCHAIN_NIMBLE_SIM_SIM_PRIV_H
#define TOOLCHAIN_NIMBLE_SIM_SIM_PRIV_H

#include "toolchain/nimble/sim/sim.h"
#include "nimble/user/user.h"

/* A list with its head in it. */
struct sim_list {
	struct sim_list *prev, *next;
};

static inline void sim_list_init(struct sim_list *list)
{
	list->prev = list->next = list;
}

static inline bool sim_list_empty(const struct sim_list *list)
{
	return list->next == list;
}

static inline void sim_list_add(struct sim_list *before, struct sim_list *node)
{
	node->prev = before->prev;
	node->next = before;
	before->prev->next = node;
	before->prev = node;
}

/* It may be in no list. */
static inline void sim_list_remove(struct sim_list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	sim_list_init(node);
}

#define sim_entry(node, type, member) \
	((type *)(void *)((char *)(node)-offsetof(type, member)))

enum sim_state { SIM_NEW, SIM_RUNNABLE, SIM_BLOCKED, SIM_DEAD };

#define SIM_DSQS_MOST 1024

struct sim_dsq {
	struct sim_list threads; /* the next one first */
	uint64_t id;
	uint32_t count;
	bool by_vtime;
};

struct sim_thread {
	const struct sim_task *load;
	struct sim_outcome *outcome;
	uint32_t id; /* and index + 1 */
	enum sim_state state;
	struct sim_cpu *cpu; /* that it is on, or near */
	uint32_t next; /* step */
	uint64_t left_ns; /* of its burst */
	uint32_t wakes; /* that came before it blocked */
	uint64_t queued_ns; /* since when it is where it waits; for the watchdog */
	uint64_t ready_ns; /* since when it waits for a CPU */
	struct sim_list queue; /* in a CPU's run queue */

	/* Of its policy, as in kernel/proc/policy.h. */
	bool joined, is_runnable, is_running;
	uint32_t index; /* of its view */
	uint64_t slice, charged_ns, vtime;
	struct sim_list waiting; /* kept, or in a dispatch queue */
	struct sim_cpu *near;
	struct sim_dsq *dsq;
	struct sim_list in_dsq;
};

struct sim_cpu {
	uint32_t index;
	struct sim_thread *current; /* NULL: it idles */
	struct sim_thread *last_shown; /* of the switches */
	struct sim_list queue;
	uint32_t count; /* in it */
	uint32_t waiting_near;
	bool asleep, resched;
	uint64_t since_ns; /* current has been charged up to there */
	uint64_t slice_end_ns, turn_end_ns; /* 0: none */
};

/* What helpers are called from; see struct policy_call of the kernel. */
struct sim_call {
	struct nimble_user_host host;
	enum nimble_hook op;
	struct sim_cpu *cpu;
	struct sim_thread *subject;
	bool inserted, by_vtime;
	uint64_t dsq, slice, vtime, flags;
	uint32_t count; /* of what dispatch inserted */
	struct sim_thread *last;
};

enum sim_event_kind { SIM_EVENT_NONE, SIM_EVENT_COMES, SIM_EVENT_TIMER };

/* Pending, in the order of their times, and of their making. */
struct sim_event {
	uint64_t at_ns;
	uint64_t order;
	enum sim_event_kind kind;
	uint32_t cpu;
	struct sim_thread *thread; /* that comes or wakes */
	uint64_t number; /* of the timer */
};

struct sim_policy {
	struct nimble_ext *ext; /* NULL: there is none, or it has ended */
	struct nimble_policy about;
	struct nimble_sched *sched;
	int32_t entry[NIMBLE_HOOKS]; /* of each operation, or < 0 */
	struct sim_thread *member[NIMBLE_SCHED_TASKS_MOST]; /* by index of view */
	struct sim_dsq *dsq[SIM_DSQS_MOST];
	uint32_t dsqs;
	struct sim_list waiting;
	uint32_t waiting_count;
	bool off;
	uint32_t kind;
	uint64_t code;
	char message[NIMBLE_EXIT_MESSAGE_BYTES];
	char dump[NIMBLE_EXIT_DUMP_BYTES];
	uint32_t dump_bytes;
};

struct sim {
	const struct sim_load *load;
	struct sim_result *result;
	uint64_t now_ns;
	struct sim_cpu cpu[SIM_CPUS_MOST];
	uint64_t idle; /* CPUs that sleep and are not claimed */
	struct sim_cpu *this_cpu; /* that does what is being done */
	struct sim_thread *thread;
	uint32_t alive;
	struct sim_event *event;
	uint32_t events, event_room;
	uint64_t made; /* events, so far */
	uint32_t switch_room;
	bool no_memory;
	struct sim_policy policy;
};

extern struct sim *sim; /* that runs, or NULL */

static inline uint64_t sim_bit(const struct sim_cpu *cpu)
{
	return 1ull << cpu->index;
}

static inline bool sim_may_run(const struct sim_thread *t, uint64_t cpu)
{
	return cpu < sim->load->cpus && t->load->mask >> cpu & 1;
}

/* ---- sim.c ---- */
void sim_add_event(uint64_t at_ns, enum sim_event_kind kind, uint32_t cpu,
		   struct sim_thread *thread, uint64_t number);
/* The pending timer of that number, or NULL. */
struct sim_event *sim_find_timer(uint64_t number);
void sim_remove_event(struct sim_event *event);
void *sim_more(void *array, uint32_t count, uint32_t *room, size_t bytes);

/* ---- sched.c ---- */
void sim_schedule(struct sim_cpu *cpu);
/* An interrupt reaches the CPU: where it idles, it looks for work. */
void sim_look_for_work(struct sim_cpu *cpu);
void sim_slice_over(struct sim_cpu *cpu);
void sim_update_slice(struct sim_cpu *cpu);
void sim_wake(struct sim_thread *t);
void sim_launch(struct sim_thread *t);
void sim_yield(struct sim_cpu *cpu);
void sim_place(struct sim_thread *t, struct sim_cpu *to, bool in_front);
/* Put a runnable thread that is on no queue where its policy says, or the default. */
void sim_put(struct sim_thread *t, uint64_t flags);
struct sim_cpu *sim_claim_idle(uint64_t mask);
struct sim_cpu *sim_choose_cpu(uint64_t mask);
struct sim_cpu *sim_least_loaded(uint64_t mask);

/* ---- policy.c ---- */
bool sim_has_policy(void);
int sim_policy_start(struct nimble_ext *ext);
bool sim_policy_put(struct sim_thread *t, uint64_t flags);
void sim_policy_stopping(struct sim_thread *t, bool runnable);
void sim_policy_quiescent(struct sim_thread *t);
void sim_policy_ended(struct sim_thread *t);
void sim_policy_running(struct sim_thread *t);
void sim_policy_yield(struct sim_thread *t);
void sim_policy_charge(struct sim_thread *t);
bool sim_policy_renew(struct sim_thread *t);
bool sim_policy_tick(struct sim_thread *t);
uint64_t sim_policy_slice_end(const struct sim_cpu *cpu,
			      const struct sim_thread *t);
void sim_policy_balance(struct sim_cpu *cpu, struct sim_thread *prev);
void sim_policy_update_idle(struct sim_cpu *cpu, bool idle);
void sim_policy_timer(struct sim_cpu *cpu, uint64_t number);
/* When a thread will have waited too long, if nothing changes; 0: never. */
uint64_t sim_policy_stall_ns(void);
void sim_policy_stalled(void);
/* End the policy for a reason; only the first reason counts. */
void sim_policy_end(uint32_t kind, uint64_t code, const char *message);
__attribute__((format(printf, 1, 2))) void sim_policy_fail(const char *format,
							   ...);
/* Take all threads from a policy that was detached. */
void sim_policy_stop(void);
struct sim_thread *sim_member_at(uint64_t view);
uint64_t sim_view(const struct sim_thread *t);
void sim_use_slice(struct sim_thread *t, uint64_t slice);
struct sim_cpu *sim_default_cpu(const struct sim_thread *t, bool *idle);
void sim_kick(struct sim_cpu *cpu, uint64_t flags);
bool sim_dispatch(const struct sim_call *where, uint64_t view, bool from_queue);
bool sim_consume(struct sim_dsq *q, struct sim_cpu *cpu);

/* ---- dsq.c ---- */
struct sim_dsq *sim_dsq_find(uint64_t id);
int sim_dsq_create(uint64_t id);
int sim_dsq_destroy(uint64_t id);
void sim_dsq_destroy_all(void);
void sim_waiting_add(struct sim_thread *t);
void sim_waiting_remove(struct sim_thread *t);
int sim_dsq_add(struct sim_dsq *q, struct sim_thread *t, bool in_front);
int sim_dsq_add_by_vtime(struct sim_dsq *q, struct sim_thread *t,
			 uint64_t vtime);
void sim_dsq_remove(struct sim_thread *t);

#endif
