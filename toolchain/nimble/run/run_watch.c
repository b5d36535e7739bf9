/* SPDX-License-Identifier: MIT */
/* nimble-run: prints each instruction as it runs, and how often each source line ran. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nimble/user/step.h"
#include "toolchain/nimble/dis/disasm.h"
#include "toolchain/nimble/run/run.h"

static struct watch {
	const struct nimble_ext *ext;
	bool trace;
	uint64_t *count; /* by instruction */
} watch;

static void on_step(void *data, uint32_t insn, const uint64_t *reg)
{
	const struct watch *w = data;
	const struct nx_insn *code;
	uint32_t total;
	char text[128];
	unsigned int r;

	w->count[insn]++;
	if (!w->trace)
		return;
	code = nimble_code(w->ext, &total);
	disasm(text, sizeof(text), &code[insn], insn, w->ext);
	printf("%5u  %-32s", insn, text);
	for (r = 0; r < NX_REGS; r++)
		printf(" %" PRIx64, reg[r]);
	putchar('\n');
}

struct hot {
	char file[96];
	uint32_t line;
	uint64_t count;
};

static int hotter(const void *a, const void *b)
{
	const struct hot *x = a, *y = b;

	return x->count < y->count ? 1 : x->count > y->count ? -1 : 0;
}

/* By source line, or by instruction where there are no line tables. */
void run_print_profile(void)
{
	const struct watch *w = &watch;
	uint32_t i, j, total, lines = 0;
	struct hot *hot;
	uint64_t sum = 0;

	nimble_code(w->ext, &total);
	hot = calloc(total, sizeof(*hot));
	if (!hot)
		usage_error("%s", "out of memory");
	for (i = 0; i < total; i++) {
		struct hot one = {.line = i, .count = w->count[i]};

		nimble_source(w->ext, i, one.file, sizeof(one.file), &one.line);
		sum += one.count;
		for (j = 0; j < lines; j++)
			if (hot[j].line == one.line &&
			    !strcmp(hot[j].file, one.file))
				break;
		if (j == lines)
			hot[lines++] = one;
		else
			hot[j].count += one.count;
	}
	qsort(hot, lines, sizeof(*hot), hotter);
	printf("%" PRIu64 " instructions\n", sum);
	for (i = 0; i < lines && i < 20 && hot[i].count; i++)
		printf("%12" PRIu64 " %5.1f%%  %s%s%u\n", hot[i].count,
		       100.0 * (double)hot[i].count / (double)sum,
		       *hot[i].file ? hot[i].file : "instruction",
		       *hot[i].file ? ":" : " ", hot[i].line);
	free(hot);
}

void run_watch(const struct nimble_ext *ext, bool trace)
{
	uint32_t total;

	nimble_code(ext, &total);
	watch = (struct watch){ext, trace, calloc(total, sizeof(uint64_t))};
	if (!watch.count)
		usage_error("%s", "out of memory");
	nimble_step_observer(on_step, &watch);
}
