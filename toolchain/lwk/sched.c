// SPDX-License-Identifier: MIT
/* lwk sched: which task ran where and when. A trusted extension records it; it is shown
 * as text, as a picture, or for a viewer of traces.
 *
 * A recording is a text file: a line for each switch, "NS CPU PREVIOUS NEXT RUNNABLE", in
 * the order of each CPU. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/abi/layout.h"
#include "libnimble/libnimble.h"
#include "nimble/abi/record.h"
#include "toolchain/common/live.h"
#include "toolchain/lwk/lwk.h"

#define TAKEN_BYTES (16U << 10)
#define PAUSE_S 0.02
#define FIRST_LINE "# lwk sched 1\n"

static int failed(const char *what)
{
	return complain("%s: %s", what, libnimble_message());
}

/* ---- Recording ------------------------------------------------------------ */

/* Writes what the ring holds. Returns its number of records, or -errno. */
static int drain(struct libnimble *n, uint32_t id, FILE *to)
{
	static char taken[TAKEN_BYTES];
	size_t used, bytes, at = 0;
	const struct nimble_switch *s;
	int count = 0;
	int err = libnimble_ring_take(n, id, 0, taken, sizeof(taken), &used);

	if (err)
		return err;
	for (; (s = libnimble_ring_next(taken, used, &at, &bytes)); count++)
		if (bytes == sizeof(*s))
			fprintf(to, "%" PRIu64 " %u %u %u %u\n",
				(uint64_t)s->now_ns, s->cpu, s->previous,
				s->next, s->runnable);
	return count;
}

/* Records until that time, or an interruption. */
static int record_until(struct libnimble *n, uint32_t id, FILE *to,
			uint64_t end)
{
	int count = 0, over = 0;

	while (!over && live_now_ns() < end) {
		count = drain(n, id, to);
		if (count < 0)
			return count;
		over = live_wait(count ? 0 : PAUSE_S);
	}
	libnimble_detach(n, id, NIMBLE_ALL);
	do
		count = drain(n, id, to);
	while (count > 0);
	return count;
}

static int record_with(struct libnimble *n, const char *path, FILE *to,
		       double seconds)
{
	uint32_t id;
	int err;

	live_begin(); /* from here on the extension must be removed */
	if (libnimble_load_file(n, path, NIMBLE_TRUSTED, NULL, &id))
		return failed(path);
	err = libnimble_attach(n, id, NIMBLE_ALL, 0);
	if (!err)
		err = record_until(n, id, to,
				   live_now_ns() + (uint64_t)(seconds * 1e9));
	if (err)
		failed("lwk sched");
	libnimble_remove(n, id);
	return err ? EXIT_FAILURE : 0;
}

static int record_to(struct options *o, const char *name, double seconds)
{
	char device[32], path[4096];
	struct libnimble *n;
	int status;
	FILE *to;

	if (!find_beside("record.nx", "lib/margay/ext", path, sizeof(path)))
		return complain("record.nx is not installed");
	snprintf(device, sizeof(device), "/dev/lwk%u", choose_instance(o));
	if (libnimble_open(&n, device))
		return failed(device);
	to = fopen(name, "w");
	if (!to) {
		libnimble_close(n);
		return complain("%s: %s", name, strerror(errno));
	}
	fputs(FIRST_LINE, to);
	progress_begin("recording");
	status = record_with(n, path, to, seconds);
	progress_end();
	libnimble_close(n);
	if (fclose(to))
		return complain("%s: %s", name, strerror(errno));
	return status;
}

/* ---- Reading --------------------------------------------------------------- */

/* One stay of a task on a CPU. */
struct stay {
	uint64_t begin, end; /* ns */
	uint32_t cpu, task;
};

struct recording {
	struct stay *stays;
	size_t count, room;
	uint64_t begin, end;
	uint32_t cpus;
};

static int add_stay(struct recording *r, const struct stay *stay)
{
	if (r->count == r->room) {
		size_t room = r->room ? 2 * r->room : 1024;
		struct stay *stays = realloc(r->stays, room * sizeof(*stays));

		if (!stays)
			return complain("no memory");
		r->stays = stays;
		r->room = room;
	}
	r->stays[r->count++] = *stay;
	return 0;
}

/* A switch ends what ran on the CPU since the last one. */
static int add_switch(struct recording *r, uint64_t *since,
		      const struct nimble_switch *s)
{
	const struct stay stay = {since[s->cpu], s->now_ns, s->cpu,
				  s->previous};

	if (!r->begin || s->now_ns < r->begin)
		r->begin = s->now_ns;
	if (s->now_ns > r->end)
		r->end = s->now_ns;
	if (s->cpu >= r->cpus)
		r->cpus = s->cpu + 1;
	since[s->cpu] = s->now_ns;
	return stay.begin && stay.task ? add_stay(r, &stay) : 0;
}

static int read_lines(FILE *from, const char *name, struct recording *r)
{
	uint64_t since[LWK_MAX_CPUS] = {0};
	struct nimble_switch s;
	uint64_t ns;
	char line[128];

	if (!fgets(line, sizeof(line), from) || strcmp(line, FIRST_LINE))
		return complain("%s: not a recording of `lwk sched record`",
				name);
	while (fgets(line, sizeof(line), from)) {
		if (sscanf(line, "%" SCNu64 " %u %u %u %u", &ns, &s.cpu,
			   &s.previous, &s.next, &s.runnable) != 5 ||
		    s.cpu >= LWK_MAX_CPUS)
			return complain("%s: not a switch: %s", name, line);
		s.now_ns = ns;
		if (add_switch(r, since, &s))
			return EXIT_FAILURE;
	}
	return 0;
}

static int read_recording(const char *name, struct recording *r)
{
	FILE *from = fopen(name, "r");
	int status;

	if (!from)
		return complain("%s: %s", name, strerror(errno));
	status = read_lines(from, name, r);
	fclose(from);
	if (!status && !r->count)
		status = complain("%s: nothing has run", name);
	return status;
}

/* ---- Showing ------------------------------------------------------------------ */

static double ms(uint64_t ns)
{
	return (double)ns / 1e6;
}

static int by_task(const void *a, const void *b)
{
	const struct stay *x = a, *y = b;

	return x->task < y->task ? -1 : x->task > y->task;
}

static int by_time(const void *a, const void *b)
{
	const struct stay *x = a, *y = b;

	return x->begin < y->begin ? -1 : x->begin > y->begin;
}

static void show_text(struct recording *r)
{
	if (!r->stays)
		return; /* read_recording() has complained */
	qsort(r->stays, r->count, sizeof(*r->stays), by_time);
	printf("%12s %4s %10s %12s\n", "ms", "CPU", "task", "for ms");
	for (size_t i = 0; i < r->count; i++)
		printf("%12.3f %4u %10u %12.3f\n",
		       ms(r->stays[i].begin - r->begin), r->stays[i].cpu,
		       r->stays[i].task,
		       ms(r->stays[i].end - r->stays[i].begin));
	qsort(r->stays, r->count, sizeof(*r->stays), by_task);
	printf("\n%10s %8s %12s %8s\n", "task", "stays", "ms", "share");
	for (size_t i = 0, next; i < r->count; i = next) {
		uint64_t ns = 0;

		for (next = i;
		     next < r->count && r->stays[next].task == r->stays[i].task;
		     next++)
			ns += r->stays[next].end - r->stays[next].begin;
		printf("%10u %8zu %12.3f %7.1f%%\n", r->stays[i].task, next - i,
		       ms(ns),
		       100.0 * (double)ns / (double)(r->end - r->begin));
	}
}

#define WIDTH 1200.0
#define ROW 28
#define LEFT 60

/* Colours that are as different as possible: the golden angle apart. */
static unsigned int hue(uint32_t task)
{
	return (unsigned int)((uint64_t)task * 137508 / 1000 % 360);
}

static void show_svg(const struct recording *r)
{
	double scale = WIDTH / (double)(r->end - r->begin);

	printf("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%u\" font-family=\"sans-serif\" font-size=\"12\">\n",
	       (int)WIDTH + LEFT + 10, ROW * r->cpus + 40);
	for (uint32_t cpu = 0; cpu < r->cpus; cpu++)
		printf("<text x=\"4\" y=\"%u\">CPU %u</text>\n", ROW * cpu + 19,
		       cpu);
	for (size_t i = 0; i < r->count; i++) {
		const struct stay *s = &r->stays[i];

		printf("<rect x=\"%.2f\" y=\"%u\" width=\"%.2f\" height=\"%d\" fill=\"hsl(%u,60%%,60%%)\"><title>task %u: %.3f ms at %.3f ms</title></rect>\n",
		       LEFT + (double)(s->begin - r->begin) * scale,
		       ROW * s->cpu + 4, (double)(s->end - s->begin) * scale,
		       ROW - 8, hue(s->task), s->task, ms(s->end - s->begin),
		       ms(s->begin - r->begin));
	}
	printf("<text x=\"%d\" y=\"%u\">0 ms</text>\n"
	       "<text x=\"%d\" y=\"%u\" text-anchor=\"end\">%.3f ms</text>\n"
	       "</svg>\n",
	       LEFT, ROW * r->cpus + 24, (int)WIDTH + LEFT, ROW * r->cpus + 24,
	       ms(r->end - r->begin));
}

/* Trace Event Format: names of the rows, which are CPUs, and complete events, in
 * microseconds. Viewers take thread 0 for something of their own, so rows count from 1. */
static void show_json(const struct recording *r)
{
	printf("{\"traceEvents\":[\n{\"name\":\"process_name\",\"ph\":\"M\","
	       "\"pid\":1,\"args\":{\"name\":\"LWK\"}}");
	for (uint32_t cpu = 0; cpu < r->cpus; cpu++)
		printf(",\n{\"name\":\"thread_name\",\"ph\":\"M\",\"pid\":1,"
		       "\"tid\":%u,\"args\":{\"name\":\"CPU %u\"}}",
		       cpu + 1, cpu);
	for (size_t i = 0; i < r->count; i++) {
		const struct stay *s = &r->stays[i];

		printf(",\n{\"name\":\"task %u\",\"ph\":\"X\",\"pid\":1,"
		       "\"tid\":%u,\"ts\":%.3f,\"dur\":%.3f}",
		       s->task, s->cpu + 1, (double)(s->begin - r->begin) / 1e3,
		       (double)(s->end - s->begin) / 1e3);
	}
	printf("],\"displayTimeUnit\":\"ns\"}\n");
}

static int report(const char *name, const char *format)
{
	struct recording r = {0};
	int status;

	if (strcmp(format, "text") && strcmp(format, "svg") &&
	    strcmp(format, "json"))
		return complain("%s: the formats are text, svg and json",
				format);
	status = read_recording(name, &r);
	if (!status && !strcmp(format, "text"))
		show_text(&r);
	else if (!status && !strcmp(format, "svg"))
		show_svg(&r);
	else if (!status)
		show_json(&r);
	free(r.stays);
	return status;
}

int cmd_sched(struct options *o)
{
	const char *more = o->args[1] ? o->args[2] : NULL;
	double seconds = 1;

	if (o->args[1] && !strcmp(o->args[0], "report"))
		return report(o->args[1], more ? more : "text");
	if (o->args[1] && !strcmp(o->args[0], "record")) {
		if (more && parse_seconds(more, &seconds))
			return complain("%s: not a number of seconds up to an "
					"hour",
					more);
		return record_to(o, o->args[1], seconds);
	}
	complain(
		"sched: it is `record FILE [SECONDS]` or `report FILE [text|svg|json]`");
	return 2;
}
