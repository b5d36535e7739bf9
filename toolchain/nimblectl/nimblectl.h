/* SPDX-License-Identifier: MIT */
/* The `nimble` command: what its parts share. */
#ifndef NIMBLECTL_H
#define NIMBLECTL_H

#include <jansson.h>
#include <stdint.h>

#include "libnimble/libnimble.h"
#include "toolchain/common/cli.h"

/* How keys and values are read and shown. */
enum format {
	FORMAT_AUTO, /* numbers of 1, 2, 4 or 8 bytes, others as hex */
	FORMAT_HEX, /* all bytes, in the order of memory */
	FORMAT_TEXT,
	FORMAT_SYSCALL, /* the number of a system call, by name */
};

struct options {
	int instance; /* -1 = not given */
	int json, trusted, threaded, attach, replace, all;
	const char *name;
	int32_t order;
	enum format keys, values;
	int once, batch;
	uint64_t count; /* 0 = not given */
	double seconds; /* 0 = not given */
	char **args;
};

int cmd_load(struct options *o);
int cmd_attach(struct options *o);
int cmd_detach(struct options *o);
int cmd_rm(struct options *o);
int cmd_ls(struct options *o);
int cmd_show(struct options *o);
int cmd_map(struct options *o);
int cmd_trace(struct options *o);
int cmd_top(struct options *o);
int cmd_grant(struct options *o);
int cmd_revoke(struct options *o);

/* ---- main.c ------------------------------------------------------------ */

/* A connection; exits where there is none. */
struct libnimble *connect_to(const struct options *o);
/* The extension of that name or id; exits where there is none. */
uint32_t extension(struct libnimble *n, const char *name);
/* Says what failed; returns EXIT_FAILURE. err is -errno. */
int failed(const char *what, int err);
int print_json(json_t *json);
json_t *json_number(uint64_t value);

/* ---- grant.c ----------------------------------------------------------- */

/* "mmio:0xfe000000+0x1000", "device:0000:00:04.0". */
#define GRANT_BYTES 64
const char *grant_text(const struct nimble_grant *g, char text[GRANT_BYTES]);

/* ---- format.c ---------------------------------------------------------- */

#define TEXT_BYTES 512

void format_bytes(enum format format, const void *bytes, size_t count,
		  char text[TEXT_BYTES]);
/* 0, or -1 where the text is no such thing. */
int parse_bytes(enum format format, const char *text, void *bytes,
		size_t count);
/* The value of 1, 2, 4 or 8 bytes as a number; *is_number = 0 for other
 * counts. */
uint64_t number_of(const void *bytes, size_t count, int *is_number);

/* ---- map.c ------------------------------------------------------------- */

/* Prints the contents of a map, as lines indented by `indent`, at most `most` of them,
 * or as JSON. Without o->all it leaves out zero values of arrays. 0 or -errno. */
int map_print(struct libnimble *n, const struct options *o, uint32_t id,
	      uint32_t index, const struct nimble_map_info *map,
	      const char *indent, unsigned int most);
int map_json(struct libnimble *n, const struct options *o, uint32_t id,
	     uint32_t index, const struct nimble_map_info *map, json_t *list);

/* ---- ring.c ------------------------------------------------------------ */

struct ring {
	struct libnimble *n;
	uint32_t id, index; /* extension, map */
	char *name; /* before each record; or NULL */
};

/* A record is a line of text, or of bytes in the order of memory; FORMAT_AUTO: text if
 * it is printable. */
void ring_print(const char *name, enum format format, const void *record,
		size_t bytes);
/* Takes records out of a ring and prints them, until the ring is empty or *left, which
 * counts down, is 0. Returns how many, or -errno. */
int ring_print_taken(const struct ring *ring, enum format format,
		     uint64_t *left);
/* Prints all records of a ring. 0 or -errno. */
int ring_read(const struct ring *ring, enum format format);
/* Prints records until `most` have come (0: any number), so many seconds
 * have passed (0: any), or an interruption. 0 or -errno. */
int rings_follow(const struct ring *rings, size_t count, enum format format,
		 uint64_t most, double seconds);

#endif
