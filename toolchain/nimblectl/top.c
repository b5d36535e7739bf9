// SPDX-License-Identifier: MIT
/* nimble top: what extensions do and cost, again and again. */
#include <stdlib.h>
#include <string.h>

#include "toolchain/common/live.h"
#include "toolchain/common/table.h"
#include "toolchain/nimblectl/nimblectl.h"

/* All extensions at one time. */
struct sample {
	struct nimble_info *list;
	size_t count;
	uint64_t at_ns;
};

/* What one has done between two samples, in a second. */
struct row {
	const struct nimble_info *now;
	double runs, share, charged;
};

static const struct table_column columns[] = {
	{"ID", 1},     {"NAME", 0},  {"OWNER", 1},
	{"RUNS/s", 1}, {"TIME%", 1}, {"BUDGET/s", 1},
	{"FAULTS", 1}, {"BUSY", 1},  {"STATE", 0},
};

static int take(struct libnimble *n, struct sample *s)
{
	int err = libnimble_list(n, &s->list, &s->count);

	s->at_ns = live_now_ns();
	return err;
}

/* The same extension before; one that is new began with nothing. */
static const struct nimble_info *before(const struct sample *s, uint32_t id)
{
	static const struct nimble_info nothing;

	for (size_t i = 0; i < s->count; i++)
		if (s->list[i].id == id)
			return &s->list[i];
	return &nothing;
}

static struct row row_of(const struct sample *last, const struct sample *now,
			 size_t i)
{
	const struct nimble_info *e = &now->list[i];
	const struct nimble_info *b = before(last, e->id);
	uint64_t ns = now->at_ns - last->at_ns;

	return (struct row){
		.now = e,
		.runs = live_rate(e->runs, b->runs, ns),
		.share = live_rate(libnimble_time_ns(e, e->time_cycles),
				   libnimble_time_ns(e, b->time_cycles), ns) /
			 1e7,
		.charged = live_rate(e->charged, b->charged, ns),
	};
}

/* The extension that takes most time comes first. */
static int by_share(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return x->share < y->share ? 1 : x->share > y->share ? -1 : 0;
}

static void add_row(struct table *t, const struct row *r)
{
	char text[TABLE_NUMBER_BYTES], name[NIMBLE_NAME_BYTES];

	strcpy(name, r->now->name);
	make_printable(name);
	table_cell(t, "%u", r->now->id);
	table_cell(t, "%s", name);
	if (r->now->owner_pid)
		table_cell(t, "%u", r->now->owner_pid);
	else
		table_cell(t, "admin");
	table_cell(t, "%s", table_number((uint64_t)(r->runs + 0.5), text));
	table_cell(t, "%.2f", r->share);
	table_cell(t, "%s", table_number((uint64_t)(r->charged + 0.5), text));
	table_cell(t, "%s", table_number(r->now->faults, text));
	table_cell(t, "%s", table_number(r->now->skipped, text));
	table_cell(t, "%s", libnimble_state_name(r->now->state));
}

static void draw(const struct options *o, const struct sample *last,
		 const struct sample *now)
{
	struct table *t =
		table_new(columns, sizeof(columns) / sizeof(*columns));
	struct row *rows = calloc(now->count + 1, sizeof(*rows));
	double share = 0;

	if (!rows)
		exit(complain("no memory"));
	for (size_t i = 0; i < now->count; i++) {
		rows[i] = row_of(last, now, i);
		share += rows[i].share;
	}
	qsort(rows, now->count, sizeof(*rows), by_share);
	for (size_t i = 0; i < now->count; i++)
		add_row(t, &rows[i]);
	live_redraw(o->batch);
	printf("%zu extension%s, %.2f %% of a CPU\n", now->count,
	       now->count == 1 ? "" : "s", share);
	table_print(t);
	free(rows);
}

int cmd_top(struct options *o)
{
	struct libnimble *n = connect_to(o);
	double seconds = o->seconds > 0 ? o->seconds : 1;
	uint64_t left = o->once ? 1 : o->count;
	struct sample last = {0}, now = {0};
	int err = take(n, &last);

	live_begin();
	while (!err && !live_wait(seconds)) {
		err = take(n, &now);
		if (err)
			break;
		draw(o, &last, &now);
		free(last.list);
		last = now;
		now.list = NULL;
		if (left && !--left)
			break;
	}
	free(last.list);
	libnimble_close(n);
	return err ? failed("top", err) : 0;
}
