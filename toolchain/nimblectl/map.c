// SPDX-License-Identifier: MIT
/* nimble map: contents of maps. */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "toolchain/nimblectl/nimblectl.h"

/* ---- Walking ----------------------------------------------------------- */

/* What to do with each entry; not 0: stop, and return that. */
typedef int (*entry_fn)(void *context, const struct nimble_map_info *map,
			const void *key, const void *value);

static size_t value_bytes(const struct nimble_map_info *map)
{
	return (size_t)map->value_bytes * map->values;
}

static int walk_with(struct libnimble *n, uint32_t id, uint32_t index,
		     const struct nimble_map_info *map, char *key, char *value,
		     entry_fn each, void *context)
{
	const void *previous = NULL;
	int err;

	while (!(err = libnimble_map_next(n, id, index, previous, key,
					  map->key_bytes))) {
		previous = key;
		err = libnimble_map_lookup(n, id, index, key, map->key_bytes,
					   value, value_bytes(map));
		if (err == -ENOENT)
			continue; /* removed meanwhile */
		err = err ?: each(context, map, key, value);
		if (err)
			return err;
	}
	return err == -ENOENT ? 0 : err;
}

static int walk(struct libnimble *n, uint32_t id, uint32_t index,
		const struct nimble_map_info *map, entry_fn each, void *context)
{
	char *key = malloc(map->key_bytes + 1);
	char *value = malloc(value_bytes(map) + 1);
	int err = -ENOMEM;

	if (key && value)
		err = walk_with(n, id, index, map, key, value, each, context);
	free(key);
	free(value);
	return err;
}

static int is_array(const struct nimble_map_info *map)
{
	return strstr(libnimble_map_type_name(map->type), "array") != NULL;
}

static int is_zero(const char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (bytes[i])
			return 0;
	return 1;
}

static int leave_out(const struct options *o, const struct nimble_map_info *map,
		     const void *value)
{
	return !o->all && is_array(map) && is_zero(value, value_bytes(map));
}

/* ---- For people -------------------------------------------------------- */

struct printer {
	const struct options *o;
	const char *indent;
	unsigned int most, shown, more;
};

/* Values of per-CPU maps: each, and their sum where they are numbers. */
static void print_values(const struct options *o,
			 const struct nimble_map_info *map, const char *value)
{
	char text[TEXT_BYTES];
	uint64_t sum = 0;
	int is_number = 1;

	if (map->values > 1) {
		for (uint32_t i = 0; i < map->values && is_number; i++)
			sum += number_of(value + i * map->value_bytes,
					 map->value_bytes, &is_number);
		if (is_number)
			printf("%" PRIu64 " in all;", sum);
	}
	for (uint32_t i = 0; i < map->values; i++) {
		format_bytes(o->values, value + i * map->value_bytes,
			     map->value_bytes, text);
		printf("%s%s", i || map->values > 1 ? " " : "", text);
	}
	putchar('\n');
}

static int print_entry(void *context, const struct nimble_map_info *map,
		       const void *key, const void *value)
{
	struct printer *p = context;
	char text[TEXT_BYTES];

	if (leave_out(p->o, map, value))
		return 0;
	if (p->shown == p->most) {
		p->more++;
		return 0;
	}
	p->shown++;
	format_bytes(p->o->keys, key, map->key_bytes, text);
	printf("%s%-16s ", p->indent, text);
	print_values(p->o, map, value);
	return 0;
}

int map_print(struct libnimble *n, const struct options *o, uint32_t id,
	      uint32_t index, const struct nimble_map_info *map,
	      const char *indent, unsigned int most)
{
	struct printer p = {.o = o, .indent = indent, .most = most};
	int err = map->key_bytes ? walk(n, id, index, map, print_entry, &p) : 0;

	if (p.more)
		printf("%s... and %u more: `nimble map dump %u %s`\n", indent,
		       p.more, id, map->name);
	return err;
}

/* ---- JSON -------------------------------------------------------------- */

struct lister {
	const struct options *o;
	json_t *list;
};

static json_t *json_bytes(enum format format, const void *bytes, size_t count)
{
	char text[TEXT_BYTES];
	int is_number;
	uint64_t value = number_of(bytes, count, &is_number);

	if (is_number && format == FORMAT_AUTO)
		return json_number(value);
	format_bytes(format, bytes, count, text);
	return json_string(text);
}

static json_t *json_values(enum format format,
			   const struct nimble_map_info *map, const char *value)
{
	json_t *list;

	if (map->values == 1)
		return json_bytes(format, value, map->value_bytes);
	list = json_array();
	for (uint32_t i = 0; i < map->values; i++)
		json_array_append_new(
			list, json_bytes(format, value + i * map->value_bytes,
					 map->value_bytes));
	return list;
}

static int list_entry(void *context, const struct nimble_map_info *map,
		      const void *key, const void *value)
{
	struct lister *l = context;

	if (leave_out(l->o, map, value))
		return 0;
	json_array_append_new(
		l->list,
		json_pack("{s:o, s:o}", "key",
			  json_bytes(l->o->keys, key, map->key_bytes), "value",
			  json_values(l->o->values, map, value)));
	return 0;
}

int map_json(struct libnimble *n, const struct options *o, uint32_t id,
	     uint32_t index, const struct nimble_map_info *map, json_t *list)
{
	struct lister l = {.o = o, .list = list};

	return map->key_bytes ? walk(n, id, index, map, list_entry, &l) : 0;
}

/* ---- The command ------------------------------------------------------- */

struct target {
	struct libnimble *n;
	uint32_t id, index;
	struct nimble_map_info map;
	char *key, *value;
};

static int dump(struct options *o, struct target *t)
{
	json_t *list = NULL;
	int err;

	if (!o->json) {
		err = map_print(t->n, o, t->id, t->index, &t->map, "",
				UINT_MAX);
	} else {
		list = json_array();
		err = map_json(t->n, o, t->id, t->index, &t->map, list);
	}
	if (err)
		return failed(t->map.name, err);
	return list ? print_json(list) : 0;
}

/* Says that an entry could not be read or written; the map's name and the key are
 * arguments. */
static int no_key(const struct options *o, int err)
{
	char what[128];

	if (err == -ENOENT)
		return complain("map %s has no key %s", o->args[2], o->args[3]);
	snprintf(what, sizeof(what), "key %s of map %s", o->args[3],
		 o->args[2]);
	return failed(what, err);
}

static int get(struct options *o, struct target *t)
{
	int err = libnimble_map_lookup(t->n, t->id, t->index, t->key,
				       t->map.key_bytes, t->value,
				       value_bytes(&t->map));

	if (err)
		return no_key(o, err);
	if (o->json)
		return print_json(json_values(o->values, &t->map, t->value));
	print_values(o, &t->map, t->value);
	return 0;
}

/* All CPUs' values become the same. */
static int set(struct options *o, struct target *t)
{
	int err;

	if (parse_bytes(o->values, o->args[4], t->value, t->map.value_bytes))
		return complain("%s: not a value of %u bytes", o->args[4],
				t->map.value_bytes);
	for (uint32_t i = 1; i < t->map.values; i++)
		memcpy(t->value + i * t->map.value_bytes, t->value,
		       t->map.value_bytes);
	err = libnimble_map_update(t->n, t->id, t->index, t->key,
				   t->map.key_bytes, t->value,
				   value_bytes(&t->map));
	return err ? no_key(o, err) : 0;
}

static int delete_key(struct options *o, struct target *t)
{
	int err = libnimble_map_delete(t->n, t->id, t->index, t->key,
				       t->map.key_bytes);

	return err ? no_key(o, err) : 0;
}

/* ---- Ring buffers ------------------------------------------------------- */

static int read_ring(struct options *o, struct target *t)
{
	const struct ring ring = {t->n, t->id, t->index, NULL};
	int err = ring_read(&ring, o->values);

	return err ? failed(t->map.name, err) : 0;
}

static int follow_ring(struct options *o, struct target *t)
{
	const struct ring ring = {t->n, t->id, t->index, NULL};
	int err = rings_follow(&ring, 1, o->values, 0, 0);

	return err ? failed(t->map.name, err) : 0;
}

static const struct verb {
	const char *name;
	unsigned int args; /* behind the verb */
	int (*run)(struct options *o, struct target *t);
} verbs[] = {
	{"dump", 2, dump},	{"get", 3, get},
	{"set", 4, set},	{"delete", 3, delete_key},
	{"read", 2, read_ring}, {"follow", 2, follow_ring},
};

static const struct verb *find_verb(char **args)
{
	unsigned int count = 0;

	while (args[count])
		count++;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verbs[i].name, args[0]) == 0 &&
		    verbs[i].args + 1 == count)
			return &verbs[i];
	return NULL;
}

static int prepare(struct options *o, struct target *t)
{
	int err;

	t->n = connect_to(o);
	t->id = extension(t->n, o->args[1]);
	err = libnimble_find_map(t->n, t->id, o->args[2], &t->index, &t->map);
	if (err)
		return failed(o->args[2], err);
	t->key = malloc(t->map.key_bytes + 1);
	t->value = malloc(value_bytes(&t->map) + 1);
	if (!t->key || !t->value)
		return complain("no memory");
	if (o->args[3] &&
	    parse_bytes(o->keys, o->args[3], t->key, t->map.key_bytes))
		return complain("%s: not a key of %u bytes", o->args[3],
				t->map.key_bytes);
	return 0;
}

int cmd_map(struct options *o)
{
	const struct verb *verb = find_verb(o->args);
	struct target t = {};
	int status;

	if (!verb) {
		complain(
			"map: it is `dump EXT MAP`, `get EXT MAP KEY`, `set EXT MAP KEY VALUE`, `delete EXT MAP KEY`, or `read EXT RING` or `follow EXT RING`");
		return 2;
	}
	status = prepare(o, &t) ?: verb->run(o, &t);
	free(t.key);
	free(t.value);
	libnimble_close(t.n);
	return status;
}
