// SPDX-License-Identifier: MIT
/* Records of ring buffers: nimble map read|follow, and nimble trace. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nimble/abi/map.h"
#include "toolchain/common/live.h"
#include "toolchain/nimblectl/nimblectl.h"

#define PAUSE_S 0.02
#define RECORDS_ROOM (16U << 10)

/* ---- One record -------------------------------------------------------- */

static void print_hex(const unsigned char *b, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		printf("%s%02x", i && i % 8 == 0 ? " " : "", b[i]);
}

/* Printable text, which zero bytes or a line's end may follow. */
static int is_text(const unsigned char *b, size_t bytes)
{
	while (bytes && (!b[bytes - 1] || b[bytes - 1] == '\n'))
		bytes--;
	for (size_t i = 0; i < bytes; i++)
		if (!isprint(b[i]))
			return 0;
	return bytes > 0;
}

static void print_text(const unsigned char *b, size_t bytes)
{
	for (size_t i = 0; i < bytes && b[i] && b[i] != '\n'; i++)
		putchar(isprint(b[i]) ? b[i] : '?');
}

void ring_print(const char *name, enum format format, const void *record,
		size_t bytes)
{
	if (name)
		printf("%s: ", name);
	if (format == FORMAT_TEXT ||
	    (format == FORMAT_AUTO && is_text(record, bytes)))
		print_text(record, bytes);
	else
		print_hex(record, bytes);
	putchar('\n');
}

/* ---- What there is ----------------------------------------------------- */

int ring_print_taken(const struct ring *ring, enum format format,
		     uint64_t *left)
{
	static char taken[RECORDS_ROOM];
	size_t used, bytes, at = 0;
	const void *record;
	int count = 0;
	int err = libnimble_ring_take(ring->n, ring->id, ring->index, taken,
				      sizeof(taken), &used);

	if (err)
		return err;
	while (*left &&
	       (record = libnimble_ring_next(taken, used, &at, &bytes))) {
		ring_print(ring->name, format, record, bytes);
		count++;
		--*left;
	}
	return count;
}

int ring_read(const struct ring *ring, enum format format)
{
	uint64_t left = UINT64_MAX;
	int count;

	do
		count = ring_print_taken(ring, format, &left);
	while (count > 0);
	return count;
}

/* ---- Live -------------------------------------------------------------- */

/* Looks at each ring once. Returns how many records there were, or -errno. */
static int turn(const struct ring *rings, size_t count, enum format format,
		uint64_t *left)
{
	int got, sum = 0;

	for (size_t i = 0; i < count; i++) {
		got = ring_print_taken(&rings[i], format, left);
		if (got < 0)
			return got;
		sum += got;
	}
	return sum;
}

int rings_follow(const struct ring *rings, size_t count, enum format format,
		 uint64_t most, double seconds)
{
	uint64_t left = most ? most : UINT64_MAX;
	uint64_t end = live_now_ns() + (uint64_t)(seconds * 1e9);
	int got = 0, over = 0;

	live_begin();
	while (left && !over && got >= 0) {
		/* Records that came before the end are still shown. */
		over = seconds > 0 && live_now_ns() >= end;
		got = turn(rings, count, format, &left);
		if (left && !over && got >= 0)
			over = live_wait(got ? 0 : PAUSE_S);
	}
	return got < 0 ? got : 0;
}

/* ---- nimble trace ------------------------------------------------------- */

/* Finds the ring that is named, or all rings; allocates *rings. Returns how many.
 * Exits where there is none. */
static size_t find_rings(struct libnimble *n, uint32_t id, const char *name,
			 struct ring **rings)
{
	struct nimble_map_info *maps;
	size_t count, found = 0;
	int err = libnimble_maps(n, id, &maps, &count);

	if (err)
		exit(failed("trace", err));
	*rings = calloc(count + 1, sizeof(**rings));
	if (!*rings)
		exit(complain("no memory"));
	for (size_t i = 0; i < count; i++) {
		if (maps[i].type != NIMBLE_MAP_RING ||
		    (name && strcmp(name, maps[i].name)))
			continue;
		make_printable(maps[i].name);
		(*rings)[found++] =
			(struct ring){n, id, i, strdup(maps[i].name)};
	}
	free(maps);
	return found;
}

int cmd_trace(struct options *o)
{
	struct libnimble *n = connect_to(o);
	uint32_t id = extension(n, o->args[0]);
	const char *name = o->args[1];
	struct ring *rings;
	size_t count = find_rings(n, id, name, &rings);
	int err;

	if (!count && name)
		return complain("%s has no ring buffer %s", o->args[0], name);
	if (!count)
		return complain("%s has no ring buffer: it has no events",
				o->args[0]);
	err = rings_follow(rings, count, o->values, o->count, o->seconds);
	for (size_t i = 0; i < count; i++)
		free(rings[i].name);
	free(rings);
	libnimble_close(n);
	if (err == -ENOENT)
		return complain("%s has gone", o->args[0]);
	return err ? failed(o->args[0], err) : 0;
}
