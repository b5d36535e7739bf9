// SPDX-License-Identifier: MIT
/* lwk top: which processes have the CPUs of an LWK, again and again. */
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "kernel/abi/layout.h"
#include "toolchain/common/live.h"
#include "toolchain/common/table.h"
#include "toolchain/lwk/lwk.h"
#include "toolchain/lwk/ps.h"

/* All processes and CPUs at one time. */
struct sample {
	struct lwk_ps ps;
	struct lwk_ps_cpu cpu[LWK_MAX_CPUS];
	uint64_t at_ns;
};

/* What a process has done between two samples, in a second. */
struct row {
	const struct lwk_ps_entry *now;
	double share, local, delegated;
};

static const struct table_column columns[] = {
	{"PID", 1},	{"UID", 1}, {"CPU", 1},	  {"CPU%", 1}, {"LOCAL/s", 1},
	{"LINUX/s", 1}, {"MEM", 1}, {"STATE", 0}, {"NAME", 0},
};

static int take(int fd, unsigned int instance, struct sample *s)
{
	int err = ps_ask(fd, instance, &s->ps, s->cpu, LWK_MAX_CPUS);

	s->at_ns = live_now_ns();
	return err;
}

static struct lwk_ps_entry *entries(const struct sample *s)
{
	return (struct lwk_ps_entry *)(uintptr_t)s->ps.entries;
}

static void forget(struct sample *s)
{
	free(entries(s));
	s->ps.entries = 0;
}

/* The same process before; one that is new began with nothing. */
static const struct lwk_ps_entry *before(const struct sample *s,
					 uint64_t handle)
{
	static const struct lwk_ps_entry nothing;

	for (uint32_t i = 0; i < s->ps.count; i++)
		if (entries(s)[i].handle == handle)
			return &entries(s)[i];
	return &nothing;
}

static struct row row_of(const struct sample *last, const struct sample *now,
			 uint32_t i)
{
	const struct lwk_ps_entry *e = &entries(now)[i];
	const struct lwk_ps_entry *b = before(last, e->handle);
	uint64_t ns = now->at_ns - last->at_ns;

	return (struct row){
		.now = e,
		.share = live_rate(e->run_ns, b->run_ns, ns) / 1e7,
		.local = live_rate(e->syscalls_local, b->syscalls_local, ns),
		.delegated = live_rate(e->syscalls_delegated,
				       b->syscalls_delegated, ns),
	};
}

/* The process with the largest share of CPUs comes first. */
static int by_share(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return x->share < y->share ? 1 : x->share > y->share ? -1 : 0;
}

static void add_row(struct table *t, const struct row *r)
{
	char name[PS_NAME_BYTES], text[TABLE_NUMBER_BYTES];

	ps_name(r->now, name);
	table_cell(t, "%u", r->now->pid);
	table_cell(t, "%u", r->now->uid);
	table_cell(t, "%u", r->now->linux_cpu);
	table_cell(t, "%.1f", r->share);
	table_cell(t, "%s", table_number((uint64_t)(r->local + 0.5), text));
	table_cell(t, "%s", table_number((uint64_t)(r->delegated + 0.5), text));
	table_cell(t, "%s", table_bytes(r->now->resident_bytes, text));
	table_cell(t, "%s", ps_state_name(r->now));
	table_cell(t, "%s", name);
}

/* The two times are read one after the other, so the share may exceed 100 % a little. */
static double idle_share(const struct sample *last, const struct sample *now,
			 uint32_t i)
{
	double share = live_rate(now->cpu[i].idle_ns, last->cpu[i].idle_ns,
				 now->at_ns - last->at_ns) /
		       1e7;

	return share < 100 ? share : 100;
}

static void print_head(unsigned int instance, const struct sample *last,
		       const struct sample *now)
{
	printf("lwk%u: %u process%s; idle:", instance, now->ps.count,
	       now->ps.count == 1 ? "" : "es");
	for (uint32_t i = 0; i < now->ps.cpu_count && i < LWK_MAX_CPUS; i++)
		printf("%s CPU %u %.1f %%", i ? "," : "", now->cpu[i].linux_cpu,
		       idle_share(last, now, i));
	putchar('\n');
}

static void draw(const struct options *o, unsigned int instance,
		 const struct sample *last, const struct sample *now)
{
	struct table *t =
		table_new(columns, sizeof(columns) / sizeof(*columns));
	struct row *rows = calloc(now->ps.count + 1, sizeof(*rows));

	if (!rows)
		exit(complain("no memory"));
	for (uint32_t i = 0; i < now->ps.count; i++)
		rows[i] = row_of(last, now, i);
	qsort(rows, now->ps.count, sizeof(*rows), by_share);
	for (uint32_t i = 0; i < now->ps.count; i++)
		add_row(t, &rows[i]);
	live_redraw(o->batch);
	print_head(instance, last, now);
	table_print(t);
	free(rows);
}

int cmd_top(struct options *o)
{
	unsigned int instance = choose_instance(o);
	double seconds = o->seconds > 0 ? o->seconds : 1;
	uint64_t left = o->once ? 1 : o->count;
	static struct sample last, now;
	int fd = open_instance(instance);
	int err = take(fd, instance, &last);

	live_begin();
	while (!err && !live_wait(seconds)) {
		err = take(fd, instance, &now);
		if (err)
			break;
		draw(o, instance, &last, &now);
		forget(&last);
		last = now;
		if (left && !--left)
			break;
	}
	forget(&last);
	close(fd);
	return err ? refused(instance, err, NULL) : 0;
}
