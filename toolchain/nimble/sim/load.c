/* SPDX-License-Identifier: MIT */
/* nimble-run --sim: a load, from its text. docs/policies.md describes the form. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toolchain/nimble/file.h"
#include "toolchain/nimble/sim/run.h"

#define STEPS_MOST 1000000u
#define WORD_BYTES 32
#define NESTED_MOST 8

struct reader {
	const char *path;
	const char *at, *end;
	unsigned int line;
	char word[WORD_BYTES];
	bool is_end; /* there was no word */
	struct sim_load *load;
	uint32_t task_room;
	uint32_t step_room;
	/* Names that steps wake, looked up when all tasks are known. */
	char (*woken)[SIM_NAME_BYTES];
	uint32_t wakes, wake_room;
};

__attribute__((noreturn, format(printf, 2, 3))) static void
complain(const struct reader *r, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "nimble-run: %s:%u: ", r->path, r->line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

static void *more(void *array, uint32_t count, uint32_t *room, size_t bytes)
{
	if (count < *room)
		return array;
	*room = *room * 2 + 16;
	array = realloc(array, *room * bytes);
	if (!array)
		usage_error("%s", "out of memory");
	return array;
}

static bool is_mark(char c)
{
	return c == '(' || c == ')' || c == ':';
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip(struct reader *r)
{
	bool comment = false;

	for (; r->at < r->end; r->at++) {
		comment = (comment || *r->at == '#') && *r->at != '\n';
		if (!comment && !is_space(*r->at))
			return;
		r->line += *r->at == '\n';
	}
}

/* The next word: a mark, or the text up to a space or a mark. */
static void next(struct reader *r)
{
	size_t length = 0;

	skip(r);
	r->is_end = r->at == r->end;
	while (r->at < r->end && !is_space(*r->at) && *r->at != '#') {
		if (is_mark(*r->at) && length)
			break;
		if (length == WORD_BYTES - 1)
			complain(r, "a word is too long");
		r->word[length++] = *r->at++;
		if (is_mark(r->word[0]))
			break;
	}
	r->word[length] = 0;
}

static bool is(const struct reader *r, const char *word)
{
	return !r->is_end && !strcmp(r->word, word);
}

static uint64_t number(struct reader *r, uint64_t least, uint64_t most)
{
	char *end;
	uint64_t value;

	next(r);
	errno = 0;
	value = strtoull(r->word, &end, 10);
	if (r->is_end || *r->word < '0' || *r->word > '9' || *end || errno ||
	    value < least || value > most)
		complain(r, "%s is no number from %llu to %llu",
			 r->is_end ? "the end" : r->word,
			 (unsigned long long)least, (unsigned long long)most);
	return value;
}

/* "5ms", "1.5s": in ns. */
static uint64_t duration(struct reader *r)
{
	static const struct {
		const char *unit;
		double ns;
	} units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
	double value;
	char *end;
	size_t i;

	next(r);
	value = strtod(r->word, &end);
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!r->is_end && *r->word >= '0' && *r->word <= '9' &&
		    !strcmp(end, units[i].unit) && value * units[i].ns < 1e18)
			return (uint64_t)(value * units[i].ns + 0.5);
	complain(r, "%s is no time: 5ms, 200us, 1.5s",
		 r->is_end ? "the end" : r->word);
}

/* "0,2-3" */
static uint64_t cpu_list(struct reader *r)
{
	uint64_t mask = 0;
	unsigned long first, last;
	char *at = r->word;

	next(r);
	do {
		first = last = strtoul(at, &at, 10);
		if (*at == '-')
			last = strtoul(at + 1, &at, 10);
		if (first > last || last >= SIM_CPUS_MOST)
			complain(r, "%s is no list of CPUs", r->word);
		for (; first <= last; first++)
			mask |= 1ull << first;
	} while (*at++ == ',');
	if (at[-1] || r->is_end)
		complain(r, "%s is no list of CPUs", r->word);
	return mask;
}

static void add_step(struct reader *r, struct sim_task *task,
		     struct sim_step step)
{
	if (task->steps == STEPS_MOST)
		complain(r, "task %s has over %u steps", task->name,
			 STEPS_MOST);
	task->step = more(task->step, task->steps, &r->step_room,
			  sizeof(*task->step));
	task->step[task->steps++] = step;
}

/* For now, the index in r->woken stands for the task. */
static void wake(struct reader *r, struct sim_task *task)
{
	next(r);
	r->woken = more(r->woken, r->wakes, &r->wake_room, sizeof(*r->woken));
	snprintf(r->woken[r->wakes], SIM_NAME_BYTES, "%.*s", SIM_NAME_BYTES - 1,
		 r->word);
	add_step(r, task,
		 (struct sim_step){.kind = SIM_WAKE, .task = r->wakes++});
}

static void steps(struct reader *r, struct sim_task *task, unsigned int depth);

static void repeat(struct reader *r, struct sim_task *task, unsigned int depth)
{
	uint64_t times = number(r, 1, STEPS_MOST), turn;
	uint32_t from = task->steps, count, i;

	next(r);
	if (!is(r, "(") || depth == NESTED_MOST)
		complain(
			r,
			"after the number of times: ( steps ), at most %d in each other",
			NESTED_MOST);
	steps(r, task, depth + 1);
	if (!is(r, ")"))
		complain(r, "a ) is missing");
	count = task->steps - from;
	for (turn = 1; turn < times; turn++)
		for (i = 0; i < count; i++)
			add_step(r, task, task->step[from + i]);
}

/* Read steps up to a word that is none, which is left in r->word. */
static void steps(struct reader *r, struct sim_task *task, unsigned int depth)
{
	for (;;) {
		next(r);
		if (is(r, "run"))
			add_step(r, task,
				 (struct sim_step){SIM_RUN, 0, duration(r)});
		else if (is(r, "sleep"))
			add_step(r, task,
				 (struct sim_step){SIM_SLEEP, 0, duration(r)});
		else if (is(r, "yield"))
			add_step(r, task, (struct sim_step){SIM_YIELD, 0, 0});
		else if (is(r, "block"))
			add_step(r, task, (struct sim_step){SIM_BLOCK, 0, 0});
		else if (is(r, "wake"))
			wake(r, task);
		else if (is(r, "repeat"))
			repeat(r, task, depth);
		else
			return;
	}
}

static void attributes(struct reader *r, struct sim_task *task)
{
	for (next(r); !is(r, ":"); next(r)) {
		if (is(r, "at"))
			task->at_ns = duration(r);
		else if (is(r, "weight"))
			task->weight = (uint32_t)number(r, 1, 10000);
		else if (is(r, "process"))
			task->process = (uint32_t)number(r, 1, 1u << 22);
		else if (is(r, "cpus"))
			task->mask = cpu_list(r);
		else
			complain(
				r,
				"%s: a task has \"at\", \"weight\", \"process\", \"cpus\", then a : and steps",
				r->is_end ? "the end" : r->word);
	}
}

static bool find_task(const struct sim_load *load, const char *name,
		      uint32_t *index)
{
	for (*index = 0; *index < load->tasks; (*index)++)
		if (!strcmp(load->task[*index].name, name))
			return true;
	return false;
}

static void read_task(struct reader *r)
{
	struct sim_load *load = r->load;
	struct sim_task task = {.weight = 100, .mask = ~0ull};
	uint32_t index;

	if (load->tasks == SIM_TASKS_MOST)
		complain(r, "at most %d tasks", SIM_TASKS_MOST);
	next(r);
	if (r->is_end || is_mark(*r->word) ||
	    strlen(r->word) >= SIM_NAME_BYTES ||
	    find_task(load, r->word, &index))
		complain(r, "a task has a name of its own, of at most %d bytes",
			 SIM_NAME_BYTES - 1);
	strcpy(task.name, r->word);
	attributes(r, &task);
	r->step_room = 0;
	steps(r, &task, 0);
	load->task = more(load->task, load->tasks, &r->task_room,
			  sizeof(*load->task));
	load->task[load->tasks++] = task;
}

/* Names become indexes, masks those of CPUs that there are. */
static void resolve(struct reader *r, struct sim_task *task)
{
	struct sim_load *load = r->load;
	uint32_t i;

	if (load->cpus < SIM_CPUS_MOST)
		task->mask &= (1ull << load->cpus) - 1;
	if (!task->mask)
		complain(r, "task %s may run on no CPU", task->name);
	for (i = 0; i < task->steps; i++) {
		struct sim_step *step = &task->step[i];
		const char *name = r->woken ? r->woken[step->task] : "";

		if (step->kind == SIM_WAKE &&
		    !find_task(load, name, &step->task))
			complain(r,
				 "task %s wakes %s, and there is no such task",
				 task->name, name);
	}
}

void sim_load_read(struct sim_load *load, const char *path)
{
	size_t bytes;
	char *text = (char *)read_file(path, &bytes);
	struct reader r = {.path = path, .line = 1, .load = load};
	uint32_t i;

	if (!text) {
		fprintf(stderr, "nimble-run: %s: %s\n", path, strerror(errno));
		exit(2);
	}
	*load = (struct sim_load){.cpus = 1};
	r.at = text;
	r.end = text + bytes;
	next(&r);
	while (!r.is_end) {
		if (is(&r, "task")) {
			read_task(&r); /* and the word after it */
			continue;
		}
		if (is(&r, "cpus"))
			load->cpus = (uint32_t)number(&r, 1, SIM_CPUS_MOST);
		else if (is(&r, "until"))
			load->until_ns = duration(&r);
		else
			complain(
				&r,
				"%s: here may stand \"cpus\", \"until\", \"task\"; and a step is run, sleep, yield, block, wake or repeat",
				r.word);
		next(&r);
	}
	if (!load->tasks)
		complain(&r, "there are no tasks");
	for (i = 0; i < load->tasks; i++)
		resolve(&r, &load->task[i]);
	free(r.woken);
	free(text);
}

void sim_load_free(struct sim_load *load)
{
	uint32_t i;

	for (i = 0; i < load->tasks; i++)
		free(load->task[i].step);
	free(load->task);
}
