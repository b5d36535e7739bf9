/* SPDX-License-Identifier: MIT */
/* A program on the LWK that schedules itself: threads of every kind under policies that do
 * well or badly. Prints TAP. Arguments: the directory of the .nx files, and what to do:
 *
 *	well	what a good policy does, and is told
 *	badly	each misbehaviour: the threads go on, and the record says what it was
 *	replace N	two policies replace each other N times
 *	random SECONDS	a policy that calls anything with anything
 *	work HOW MS	in job: work under one policy for so long
 *	kept	threads that their policy never lets run, until somebody ends this
 *	threads MS	the threads alone, under whoever schedules them */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "libnimble/libnimble.h"
#include "nimble/abi/sched.h"
#include "tests/ext/policy.h"

#define THREADS 8

static int count;
static struct libnimble *n;
static const char *dir;

static void check(bool passed, const char *name)
{
	printf("%sok %d - %s\n", passed ? "" : "not ", ++count, name);
	if (!passed)
		printf("# %s\n", libnimble_message());
	fflush(stdout);
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ---- Threads that do all that threads do -------------------------------- */

static struct worker {
	pthread_t thread;
	int kind;
	uint64_t turns; /* atomic; rises as long as it is scheduled */
} workers[THREADS];
static bool stop; /* atomic */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static int baton;
static int pipes[2];

static void pass_baton(int to)
{
	pthread_mutex_lock(&mutex);
	baton = to;
	pthread_cond_broadcast(&turned);
	pthread_mutex_unlock(&mutex);
}

/* Two threads wait for each other by turns. */
static void turn(int mine)
{
	pthread_mutex_lock(&mutex);
	while (baton != mine && !__atomic_load_n(&stop, __ATOMIC_RELAXED))
		pthread_cond_wait(&turned, &mutex);
	pthread_mutex_unlock(&mutex);
	pass_baton(!mine);
}

static void sleep_a_little(void)
{
	const struct timespec t = {0, 200000};

	nanosleep(&t, NULL);
}

static void fork_once(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(7);
	waitpid(pid, NULL, 0);
}

static void compute(void)
{
	for (volatile int i = 0; i < 20000; i++)
		;
}

static void change_cpus(uint64_t turns)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (int i = 0; i < 3; i++)
		if (turns % 3 != (uint64_t)i)
			CPU_SET(i, &set);
	sched_setaffinity(0, sizeof(set), &set);
	compute();
}

static void through_pipe(void)
{
	char c = 'x';

	if (write(pipes[1], &c, 1) != 1 || read(pipes[0], &c, 1) != 1)
		abort();
}

static void *work(void *arg)
{
	struct worker *w = arg;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		switch (w->kind) {
		case 0:
		case 1:
			turn(w->kind);
			break;
		case 2:
			sleep_a_little();
			break;
		case 3:
			sched_yield();
			break;
		case 4:
			change_cpus(w->turns);
			break;
		case 5:
			through_pipe();
			break;
		default:
			compute();
		}
		__atomic_add_fetch(&w->turns, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void start_workers(void)
{
	__atomic_store_n(&stop, false, __ATOMIC_RELAXED);
	if (pipe(pipes))
		abort();
	for (int i = 0; i < THREADS; i++) {
		workers[i].kind = i;
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			abort();
	}
}

static void stop_workers(void)
{
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pass_baton(0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(workers[i].thread, NULL);
	close(pipes[0]);
	close(pipes[1]);
}

/* Each has gone on within some seconds. */
static bool all_go_on(void)
{
	uint64_t before[THREADS], end = now_ms() + 10000;
	int i, moved;

	for (i = 0; i < THREADS; i++)
		before[i] =
			__atomic_load_n(&workers[i].turns, __ATOMIC_RELAXED);
	do {
		sleep_a_little();
		for (i = moved = 0; i < THREADS; i++)
			moved += __atomic_load_n(&workers[i].turns,
						 __ATOMIC_RELAXED) > before[i];
	} while (moved < THREADS && now_ms() < end);
	for (i = 0; i < THREADS; i++)
		if (__atomic_load_n(&workers[i].turns, __ATOMIC_RELAXED) ==
		    before[i])
			printf("# thread %d does not go on\n", i);
	return moved == THREADS;
}

/* ---- The policy ------------------------------------------------------------ */

static uint32_t load(const char *name)
{
	char path[512];
	uint32_t id;

	snprintf(path, sizeof(path), "%s/%s.nx", dir, name);
	if (libnimble_load_file(n, path, 0, NULL, &id)) {
		printf("not ok %d - %s is loaded\n# %s\n", ++count, name,
		       libnimble_message());
		exit(1);
	}
	return id;
}

static void tell(uint32_t id, uint32_t op, uint64_t how)
{
	uint32_t map;

	if (libnimble_find_map(n, id, "how", &map, NULL) ||
	    libnimble_map_update(n, id, map, &op, sizeof(op), &how,
				 sizeof(how)))
		check(false, "it is told how");
}

static uint64_t counted(uint32_t id, uint32_t op)
{
	uint64_t value = 0;
	uint32_t map;

	if (libnimble_find_map(n, id, "counts", &map, NULL) ||
	    libnimble_map_lookup(n, id, map, &op, sizeof(op), &value,
				 sizeof(value)))
		check(false, "it is asked");
	return value;
}

static struct nimble_policy_record record_of(uint32_t id)
{
	struct nimble_policy_record record = {0};
	struct nimble_detail *d;

	if (libnimble_show(n, id, &d) == 0) {
		record = d->policy;
		free(d);
	}
	return record;
}

static bool ends_by_itself(uint32_t id)
{
	uint64_t end = now_ms() + 5000;

	while (record_of(id).schedules)
		if (now_ms() > end)
			return false;
		else
			sleep_a_little();
	return true;
}

static const char *const operations[] = {
	[POLICY_INIT] = "init",
	[POLICY_SELECT_CPU] = "select_cpu",
	[POLICY_ENQUEUE] = "enqueue",
	[POLICY_DISPATCH] = "dispatch",
	[POLICY_TICK] = "tick",
	[POLICY_RUNNABLE] = "runnable",
	[POLICY_RUNNING] = "running",
	[POLICY_STOPPING] = "stopping",
	[POLICY_QUIESCENT] = "quiescent",
	[POLICY_YIELD] = "yield",
	[POLICY_INIT_TASK] = "init_task",
	[POLICY_EXIT_TASK] = "exit_task",
	[POLICY_ENABLE] = "enable",
	[POLICY_DISABLE] = "disable",
	[POLICY_UPDATE_IDLE] = "update_idle",
};

static bool same_number(uint32_t id, uint32_t a, uint32_t b)
{
	return counted(id, a) == counted(id, b);
}

static void well(void)
{
	uint32_t id = load("policy"), other = load("policy");
	struct nimble_policy_record r;
	char text[80];

	start_workers();
	check(!libnimble_attach(n, id, NIMBLE_ALL, 0), "a policy is attached");
	check(all_go_on(), "all threads go on");
	fork_once();
	check(all_go_on(), "after a fork, too");
	for (uint32_t op = POLICY_INIT; op <= POLICY_UPDATE_IDLE; op++) {
		if (op == POLICY_DISABLE || op == POLICY_UPDATE_IDLE)
			continue; /* not yet; not where no CPU idles */
		snprintf(text, sizeof(text), "%s was called", operations[op]);
		check(counted(id, op) > 0, text);
	}
	setpriority(PRIO_PROCESS, 0, 5);
	sched_yield();
	check(getpriority(PRIO_PROCESS, 0) == 5 &&
		      counted(id, POLICY_WEIGHT) == 33,
	      "set_weight is told what a nice value means");
	check(libnimble_attach(n, other, NIMBLE_ALL, 0) == -EBUSY,
	      "a second one is refused");
	check(libnimble_attach(n, other, 0, 0) == -EINVAL,
	      "one operation cannot be attached alone");
	check(!libnimble_replace(n, other), "but it may replace the first");
	check(all_go_on(), "all threads go on");
	check(same_number(id, POLICY_INIT_TASK, POLICY_EXIT_TASK) &&
		      same_number(id, POLICY_ENABLE, POLICY_DISABLE),
	      "the first one was told that its threads leave");
	r = record_of(id);
	check(r.kind == NIMBLE_EXIT_UNREG && !r.schedules &&
		      counted(id, POLICY_EXIT) == NIMBLE_EXIT_UNREG &&
		      !strcmp(r.message, "replaced"),
	      "its record, and its operation exit, say so");
	tell(other, POLICY_ENQUEUE, HOW_LOCAL);
	check(all_go_on(), "all go on where each stays at its CPU");
	tell(other, POLICY_ENQUEUE, HOW_WELL);
	check(!libnimble_detach(n, other, NIMBLE_ALL), "it is taken off");
	check(all_go_on(), "all threads go on");
	check(!libnimble_attach(n, id, NIMBLE_ALL, 0), "the first comes again");
	check(all_go_on() && record_of(id).schedules, "all threads go on");
	stop_workers();
	check(!libnimble_remove(n, id) && !libnimble_remove(n, other),
	      "they are removed, one while it schedules");
}

/* ---- Hearing of it -------------------------------------------------------- */

static void nothing(int number)
{
	(void)number;
}

/* A signal ends waiting for an event. */
static void interrupted(void)
{
	const struct sigaction action = {.sa_handler = nothing};
	const struct itimerval soon = {{0, 0}, {0, 20000}};
	struct nimble_event_record event;

	sigaction(SIGALRM, &action, NULL);
	check(libnimble_event(n, &event, 0) == -EAGAIN, "nothing has happened");
	setitimer(ITIMER_REAL, &soon, NULL);
	check(libnimble_event(n, &event, 1) == -EINTR,
	      "a signal ends the wait for an event");
}

/* The next event, or none in five seconds. */
static bool next_event(int fd, struct nimble_event_record *event)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, 5000) == 1 &&
	       read(fd, event, sizeof(*event)) == sizeof(*event);
}

/* A program hears, by a descriptor, that its policy has ended, and sees why. */
static void heard(void)
{
	struct libnimble_statistics cost = {0};
	struct nimble_event_record event = {0};
	struct libnimble_exit record = {0};
	uint32_t id = load("policy"), kinds = 0;
	int fd;

	interrupted();
	fd = libnimble_event_fd(n);
	check(fd >= 0 && libnimble_event_fd(n) == fd, "there is a descriptor");
	tell(id, POLICY_ENQUEUE, HOW_FAULT);
	check(libnimble_attach_policy(n, id, LIBNIMBLE_SCOPE_INSTANCE, 0) ==
		      -EPERM,
	      "a program's policy is not for the whole instance");
	check(libnimble_exit_record(n, id, &record) == -ENOENT,
	      "it has not ended yet");
	check(!libnimble_attach_policy(n, id, LIBNIMBLE_SCOPE_JOB, 0),
	      "it is attached for its job");
	while (!(kinds & 1u << NIMBLE_EVENT_POLICY_ENDED) &&
	       next_event(fd, &event))
		kinds |= event.kinds;
	check(kinds & 1u << NIMBLE_EVENT_POLICY_ENDED && event.ext_id == id &&
		      !strcmp(event.name, "policy"),
	      "the program hears that it has ended");
	check(!libnimble_exit_record(n, id, &record) &&
		      record.kind == NIMBLE_EXIT_ERROR &&
		      strstr(record.message, "policy.c:") &&
		      strstr(record.file, "policy.c") && record.line,
	      "and its record says why, and where in its source");
	printf("# %s: %s, %s:%u\n", record.reason, record.message, record.file,
	       record.line);
	check(!libnimble_statistics(n, id, &cost) && cost.runs > 1 &&
		      cost.charged > 1 && cost.time_ns && cost.faults == 1,
	      "its statistics are there");
	check(!libnimble_remove(n, id), "it is removed");
}

/* One that misbehaves ends, and says why. */
static void bad(uint32_t op, uint64_t how, uint32_t kind, const char *message)
{
	uint32_t id = load("policy");
	struct nimble_policy_record r;
	char text[160];

	check(!libnimble_attach(n, id, NIMBLE_ALL, 0), "a policy is attached");
	tell(id, op, how);
	if (op == POLICY_INIT_TASK || op == POLICY_ENABLE ||
	    op == POLICY_EXIT_TASK)
		fork_once();
	snprintf(text, sizeof(text), "%s, %d: it is ended", operations[op],
		 (int)how);
	check(ends_by_itself(id), text);
	check(all_go_on(), "all threads go on");
	r = record_of(id);
	snprintf(text, sizeof(text), "the record says %s", message);
	check(r.kind == kind && strstr(r.message, message), text);
	printf("# %s: %s; %s\n", r.reason, r.message, r.dump);
	libnimble_remove(n, id);
}

static void badly(void)
{
	uint32_t id;

	heard();
	start_workers();
	for (uint32_t op = POLICY_SELECT_CPU; op <= POLICY_ENABLE; op++)
		bad(op, HOW_FAULT, NIMBLE_EXIT_ERROR, "policy.c:");
	bad(POLICY_ENQUEUE, HOW_LOOP, NIMBLE_EXIT_ERROR,
	    "sched_enqueue: budget exceeded");
	bad(POLICY_DISPATCH, HOW_NOTHING, NIMBLE_EXIT_ERROR_STALL,
	    "did not run for 200 ms");
	bad(POLICY_ENQUEUE, HOW_NOTHING, NIMBLE_EXIT_ERROR_STALL,
	    "did not run for 200 ms");
	bad(POLICY_ENQUEUE, HOW_INFINITE, NIMBLE_EXIT_ERROR_STALL,
	    "did not run for 200 ms");
	bad(POLICY_ENQUEUE, HOW_BAD_CPU, NIMBLE_EXIT_ERROR, "CPU 50");
	bad(POLICY_ENQUEUE, HOW_BAD_QUEUE, NIMBLE_EXIT_ERROR,
	    "there is no such queue");
	bad(POLICY_ENQUEUE, HOW_TWICE, NIMBLE_EXIT_ERROR, "inserted twice");
	bad(POLICY_ENQUEUE, HOW_NO_TASK, NIMBLE_EXIT_ERROR, "only the task");
	bad(POLICY_ENQUEUE, HOW_END, NIMBLE_EXIT_UNREG_BPF, "number 3 of 44");
	bad(POLICY_RUNNING, HOW_ERROR, NIMBLE_EXIT_ERROR_BPF, "CPU 2 is ff");
	id = load("policy");
	tell(id, POLICY_INIT, HOW_REFUSE);
	check(libnimble_attach(n, id, NIMBLE_ALL, 0) == -EEXIST,
	      "what init refuses with is what attach gives");
	tell(id, POLICY_INIT, HOW_WELL);
	tell(id, POLICY_INIT_TASK, HOW_REFUSE);
	check(!libnimble_attach(n, id, NIMBLE_ALL, 0) && ends_by_itself(id) &&
		      strstr(record_of(id).message, "init_task"),
	      "a thread that it does not take ends it");
	check(all_go_on(), "all threads go on");
	stop_workers();
}

static void replace(int times)
{
	uint32_t id[2] = {load("policy"), load("policy")};
	bool ok = true;

	tell(id[1], POLICY_ENQUEUE, HOW_VTIME);
	start_workers();
	for (int i = 0; i < times && ok; i++)
		ok = !libnimble_replace(n, id[i & 1]);
	check(ok, "each replaces the other");
	check(all_go_on(), "and no thread is lost");
	stop_workers();
}

/* Until the time is over; each that has ended, or has scheduled for a while, is put on
 * again, told other things. */
static void random_policy(int seconds)
{
	uint64_t end = now_ms() + (uint64_t)seconds * 1000, since = 0;
	uint32_t op, id = load("policy");
	unsigned int times = 0, ended = 0;
	bool ok = true;

	srand((unsigned int)now_ms());
	start_workers();
	while (now_ms() < end && ok) {
		struct nimble_policy_record r = record_of(id);

		if (r.schedules && now_ms() - since > 200) {
			libnimble_detach(n, id, NIMBLE_ALL);
			continue;
		}
		if (!r.schedules) {
			since = now_ms();
			times++;
			ended += r.kind > NIMBLE_EXIT_UNREG;
			for (op = 0; op < POLICY_UPDATE_IDLE; op++)
				tell(id, op,
				     op && rand() % 3 ? HOW_RANDOM : HOW_WELL);
			if (libnimble_attach(n, id, NIMBLE_ALL, 0) == -EIO) {
				libnimble_remove(n, id);
				id = load("policy");
			}
		}
		ok = times % 16 || all_go_on();
	}
	check(ok && all_go_on(), "all threads go on");
	printf("# attached %u times, ended by itself %u times\n", times, ended);
	check(ended > 5, "and the policy did go wrong");
	stop_workers();
}

/* In one of several jobs at once. */
static void work_under(uint64_t how, int ms)
{
	uint32_t id = load("policy");
	bool ok;

	start_workers();
	tell(id, POLICY_ENQUEUE, how);
	ok = !libnimble_attach(n, id, NIMBLE_ALL, 0);
	check(ok, "this job's policy is attached");
	for (uint64_t end = now_ms() + (uint64_t)ms; now_ms() < end && ok;)
		ok = all_go_on();
	check(ok, "all threads of the job go on");
	if (how == HOW_WELL || how == HOW_VTIME || how == HOW_LOCAL)
		check(record_of(id).schedules, "by its own policy");
	else
		check(!record_of(id).schedules, "not by the one that failed");
	stop_workers();
}

static void kept(void)
{
	uint32_t id = load("keeper");

	start_workers();
	check(!libnimble_attach(n, id, NIMBLE_ALL, 0), "a policy is attached");
	for (;;)
		sleep_a_little();
}

static void threads_alone(int ms)
{
	bool ok = true;

	start_workers();
	for (uint64_t end = now_ms() + (uint64_t)ms; now_ms() < end && ok;)
		ok = all_go_on();
	check(ok, "eight threads go on");
	fork_once();
	stop_workers();
}

int main(int argc, char **argv)
{
	if (argc < 3 || libnimble_open(&n, NULL)) {
		printf("Bail out! %s\n", libnimble_message());
		return 1;
	}
	dir = argv[1];
	if (!strcmp(argv[2], "well"))
		well();
	else if (!strcmp(argv[2], "badly"))
		badly();
	else if (!strcmp(argv[2], "replace") && argc > 3)
		replace(atoi(argv[3]));
	else if (!strcmp(argv[2], "random") && argc > 3)
		random_policy(atoi(argv[3]));
	else if (!strcmp(argv[2], "work") && argc > 4)
		work_under((uint64_t)atoi(argv[3]), atoi(argv[4]));
	else if (!strcmp(argv[2], "kept"))
		kept();
	else if (!strcmp(argv[2], "threads") && argc > 3)
		threads_alone(atoi(argv[3]));
	printf("1..%d\n", count);
	return 0;
}
