// SPDX-License-Identifier: MIT
/* Requests about extensions; see libnimble.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libnimble/libnimble_priv.h"

#define FIRST_ROOM (16U << 10)

/* ---- Sending ----------------------------------------------------------- */

int nimble_send(struct libnimble *n, struct nimble_ctl *ctl)
{
	int err;

	ctl->version = NIMBLE_CTL_VERSION;
	ctl->instance = n->instance;
	ctl->message[0] = 0;
	err = n->carrier.call(n->carrier.context, ctl);
	ctl->message[sizeof(ctl->message) - 1] = 0;
	if (err)
		nimble_error(err, "%s",
			     ctl->message[0] ? ctl->message : strerror(-err));
	return err;
}

int nimble_receive(struct libnimble *n, struct nimble_ctl *ctl, void **out,
		   size_t *used)
{
	size_t room = FIRST_ROOM;
	int err;

	*used = 0;
	for (;;) {
		*out = calloc(1, room);
		if (!*out)
			return nimble_error(-ENOMEM, "no memory");
		ctl->out = (uintptr_t)*out;
		ctl->out_bytes = room;
		err = nimble_send(n, ctl);
		if (!err && ctl->out_used <= room)
			break;
		free(*out);
		*out = NULL;
		if (err && err != -ENOSPC)
			return err;
		if (room == NIMBLE_CTL_MAX_OUT)
			return nimble_error(-E2BIG, "the answer is too large");
		room = NIMBLE_CTL_MAX_OUT;
	}
	*used = ctl->out_used;
	return 0;
}

/* ---- Loading ----------------------------------------------------------- */

static int set_name(struct nimble_ctl *ctl, const char *name)
{
	if (!name)
		return 0;
	if (strlen(name) >= sizeof(ctl->name))
		return nimble_error(-EINVAL, "the name %s is longer than %d",
				    name, (int)sizeof(ctl->name) - 1);
	strcpy(ctl->name, name);
	return 0;
}

int libnimble_load(struct libnimble *n, const void *image, size_t bytes,
		   uint32_t flags, const char *name, uint32_t *id)
{
	struct nimble_ctl ctl = {
		.op = NIMBLE_OP_LOAD,
		.flags = flags,
		.in = (uintptr_t)image,
		.in_bytes = bytes,
	};
	int err = set_name(&ctl, name);

	if (!err && bytes > NIMBLE_CTL_MAX_IN)
		err = nimble_error(-E2BIG, "the image is larger than %u bytes",
				   NIMBLE_CTL_MAX_IN);
	if (!err)
		err = nimble_send(n, &ctl);
	if (!err)
		*id = ctl.ext_id;
	return err;
}

/* The file's bytes, which the caller frees. Of a file that is too large, one
 * byte more than the limit is read, so that libnimble_load() says so. */
static int read_image(const char *path, void **image, size_t *bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = -1;

	*bytes = 0;
	*image = malloc(NIMBLE_CTL_MAX_IN + 1);
	if (fd >= 0 && *image)
		while ((got = read(fd, (char *)*image + *bytes,
				   NIMBLE_CTL_MAX_IN + 1 - *bytes)) > 0)
			*bytes += got;
	if (got < 0) {
		int err = -errno;

		free(*image);
		if (fd >= 0)
			close(fd);
		return nimble_error(err, "%s: %s", path, strerror(-err));
	}
	close(fd);
	return 0;
}

int libnimble_load_file(struct libnimble *n, const char *path, uint32_t flags,
			const char *name, uint32_t *id)
{
	void *image;
	size_t bytes;
	int err = read_image(path, &image, &bytes);

	if (err)
		return err;
	err = libnimble_load(n, image, bytes, flags, name, id);
	free(image);
	return err;
}

static int attach(struct libnimble *n, uint32_t id, uint32_t entry,
		  int32_t order, uint32_t flags)
{
	struct nimble_ctl ctl = {
		.op = NIMBLE_OP_ATTACH,
		.flags = flags,
		.ext_id = id,
		.index = entry,
		.order = order,
	};

	return nimble_send(n, &ctl);
}

int libnimble_attach(struct libnimble *n, uint32_t id, uint32_t entry,
		     int32_t order)
{
	return attach(n, id, entry, order, 0);
}

int libnimble_replace(struct libnimble *n, uint32_t id)
{
	return attach(n, id, NIMBLE_ALL, 0, NIMBLE_REPLACE);
}

int libnimble_detach(struct libnimble *n, uint32_t id, uint32_t entry)
{
	struct nimble_ctl ctl = {
		.op = NIMBLE_OP_DETACH,
		.ext_id = id,
		.index = entry,
	};

	return nimble_send(n, &ctl);
}

int libnimble_remove(struct libnimble *n, uint32_t id)
{
	struct nimble_ctl ctl = {.op = NIMBLE_OP_REMOVE, .ext_id = id};

	return nimble_send(n, &ctl);
}

/* ---- Looking ----------------------------------------------------------- */

int libnimble_list(struct libnimble *n, struct nimble_info **list,
		   size_t *count)
{
	struct nimble_ctl ctl = {.op = NIMBLE_OP_LIST};
	void *out;
	size_t used;
	int err = nimble_receive(n, &ctl, &out, &used);

	*list = NULL;
	*count = 0;
	if (err)
		return err;
	*count = used / sizeof(**list);
	for (size_t i = 0; i < *count; i++)
		((struct nimble_info *)out)[i].name[NIMBLE_NAME_BYTES - 1] = 0;
	if (*count)
		*list = out;
	else
		free(out);
	return 0;
}

/* A decimal number: 1 and *id; else 0. */
static int is_number(const char *text, uint32_t *id)
{
	char *end;
	unsigned long value;

	if (*text < '0' || *text > '9')
		return 0;
	value = strtoul(text, &end, 10);
	*id = value;
	return *end == 0 && value <= UINT32_MAX;
}

int libnimble_find(struct libnimble *n, const char *name, uint32_t *id)
{
	struct nimble_info *list;
	size_t count, found = 0;
	int err;

	if (is_number(name, id))
		return 0;
	err = libnimble_list(n, &list, &count);
	if (err)
		return err;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(list[i].name, name) == 0) {
			*id = list[i].id;
			found++;
		}
	}
	free(list);
	if (found == 0)
		return nimble_error(-ENOENT, "there is no extension %s", name);
	if (found > 1)
		return nimble_error(
			-EEXIST,
			"several extensions have the name %s: use an id", name);
	return 0;
}

static void end_texts(struct nimble_detail *detail, size_t hooks)
{
	struct nimble_hook_record *hook = (void *)(detail + 1);

	detail->info.name[NIMBLE_NAME_BYTES - 1] = 0;
	detail->licence[NIMBLE_NAME_BYTES - 1] = 0;
	detail->fault.kind_name[NIMBLE_NAME_BYTES - 1] = 0;
	detail->fault.file[NIMBLE_FILE_BYTES - 1] = 0;
	detail->policy.reason[NIMBLE_REASON_BYTES - 1] = 0;
	detail->policy.message[NIMBLE_EXIT_BYTES - 1] = 0;
	detail->policy.dump[NIMBLE_DUMP_BYTES - 1] = 0;
	for (size_t i = 0; i < hooks; i++) {
		hook[i].hook_name[NIMBLE_NAME_BYTES - 1] = 0;
		hook[i].function[NIMBLE_NAME_BYTES - 1] = 0;
	}
}

int libnimble_show(struct libnimble *n, uint32_t id,
		   struct nimble_detail **detail)
{
	struct nimble_ctl ctl = {.op = NIMBLE_OP_SHOW, .ext_id = id};
	size_t used, hooks;
	void *out;
	int err = nimble_receive(n, &ctl, &out, &used);

	*detail = NULL;
	if (err)
		return err;
	*detail = out;
	if (used >= sizeof(**detail)) {
		hooks = (used - sizeof(**detail)) /
			sizeof(struct nimble_hook_record);
		if ((*detail)->info.hook_count <= hooks) {
			end_texts(*detail, hooks);
			return 0;
		}
	}
	free(out);
	*detail = NULL;
	return nimble_error(-EPROTO, "the answer is too short");
}

const struct nimble_hook_record *
libnimble_hooks(const struct nimble_detail *detail)
{
	return (const void *)(detail + 1);
}

const char *libnimble_state_name(uint32_t state)
{
	switch (state) {
	case NIMBLE_EXT_LOADED:
		return "loaded";
	case NIMBLE_EXT_ATTACHED:
		return "attached";
	case NIMBLE_EXT_FAULTED:
		return "faulted";
	default:
		return "unknown";
	}
}
