// SPDX-License-Identifier: MIT
/* Numbers, sizes and CPU lists; see parse.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toolchain/lwk/parse.h"

static int is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The digits at *text; moves it behind them. */
static int digits(const char **text, uint64_t *value)
{
	char *end;

	if (!is_digit(**text))
		return -1;
	errno = 0;
	*value = strtoull(*text, &end, 10);
	*text = end;
	return errno ? -1 : 0;
}

/* K 10, M 20, ...; -1: no unit of ours. */
static int unit_shift(const char *unit)
{
	static const char letters[] = "KMGT";
	const char *at;

	if (*unit == 0 || strcmp(unit, "B") == 0)
		return 0;
	at = strchr(letters, *unit == 'k' ? 'K' : *unit);
	if (!at)
		return -1;
	unit++;
	if (*unit && strcmp(unit, "B") != 0 && strcmp(unit, "iB") != 0)
		return -1;
	return 10 * (int)(at - letters + 1);
}

int parse_size(const char *text, uint64_t *bytes)
{
	int shift;

	if (digits(&text, bytes))
		return -1;
	shift = unit_shift(text);
	if (shift < 0 || *bytes == 0 || *bytes > UINT64_MAX >> shift)
		return -1;
	*bytes <<= shift;
	return 0;
}

static int parse_range(const char **text, uint64_t mask[LWK_CPUMASK_WORDS])
{
	uint64_t first, last;

	if (digits(text, &first))
		return -1;
	last = first;
	if (**text == '-') {
		(*text)++;
		if (digits(text, &last))
			return -1;
	}
	if (last < first || last >= PARSE_MAX_CPU)
		return -1;
	for (uint64_t cpu = first; cpu <= last; cpu++)
		mask[cpu / 64] |= 1ULL << cpu % 64;
	return 0;
}

int parse_cpus(const char *text, uint64_t mask[LWK_CPUMASK_WORDS])
{
	memset(mask, 0, LWK_CPUMASK_WORDS * sizeof(*mask));
	for (;;) {
		if (parse_range(&text, mask))
			return -1;
		if (*text == 0)
			return 0;
		if (*text++ != ',')
			return -1;
	}
}

void format_size(uint64_t bytes, char *text, int room)
{
	static const char *const unit[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	unsigned int i = 0;

	while (i < 4 && bytes && bytes % 1024 == 0) {
		bytes /= 1024;
		i++;
	}
	snprintf(text, room, "%" PRIu64 " %s", bytes, unit[i]);
}

static int has_cpu(const uint64_t *mask, unsigned int cpu)
{
	return cpu < PARSE_MAX_CPU && mask[cpu / 64] >> cpu % 64 & 1;
}

void format_cpus(const uint64_t mask[LWK_CPUMASK_WORDS], char *text, int room)
{
	int used = 0;

	*text = 0;
	for (unsigned int first = 0; first < PARSE_MAX_CPU; first++) {
		unsigned int last = first;

		if (!has_cpu(mask, first))
			continue;
		while (has_cpu(mask, last + 1))
			last++;
		used += snprintf(text + used, room - used,
				 last > first ? "%s%u-%u" : "%s%u",
				 used ? "," : "", first, last);
		if (used >= room)
			return;
		first = last;
	}
}

unsigned int count_cpus(const uint64_t mask[LWK_CPUMASK_WORDS])
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < LWK_CPUMASK_WORDS; i++)
		count += __builtin_popcountll(mask[i]);
	return count;
}
