/* SPDX-License-Identifier: MIT */
/* Fuzzer of the image loader: any bytes are refused, or load and run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nimble/user/user.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

/* The sanitizer's own choice is a quarter of a GiB. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=16";
}

static void run_all(struct nimble_ext *ext)
{
	static uint64_t ctx[NIMBLE_CTX_BYTES / 8];
	unsigned int i;

	for (i = 0; i < nimble_entries(ext); i++) {
		const struct nimble_hook_info *info =
			nimble_hook_info(nimble_entry_hook(ext, i));
		struct nimble_call call = {.ext = ext,
					   .entry = i,
					   .level = info->level,
					   .ctx = ctx,
					   .ctx_bytes = info->ctx_bytes,
					   .budget = 300};

		nimble_run(&call);
	}
}

static void look_at_all(struct nimble_ext *ext)
{
	char file[96];
	uint32_t line, count, i;
	uint8_t key[NIMBLE_MAP_MAX_KEY];
	struct nimble_cell cell;

	nimble_code(ext, &count);
	for (i = 0; i < count; i++) {
		nimble_source(ext, i, file, sizeof(file), &line);
		nimble_cell(ext, i, &cell);
	}
	for (i = 0; i < nimble_maps(ext); i++)
		nimble_map_next(nimble_map(ext, i), NULL, key);
}

static void quiet(const char *text)
{
	(void)text;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
	static bool ready;
	struct nimble_load_options options = {.id = 1, .quota_bytes = 8 << 20};
	struct nimble_diag diag = {0};
	struct nimble_ext *ext;

	if (!ready) {
		nimble_init();
		nimble_user_log(quiet);
	}
	ready = true;
	options.engine = count & 1 ? NIMBLE_ENGINE_THREADED_CHECKED
				   : NIMBLE_ENGINE_CHECKED;
	if (nimble_load(bytes, count, &options, &ext, &diag)) {
		if (!*diag.message || diag.error >= 0)
			abort();
		return 0;
	}
	run_all(ext);
	look_at_all(ext);
	nimble_unload(ext);
	return 0;
}
