/* SPDX-License-Identifier: MIT */
/* Putting a .nx image together. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toolchain/nimble/nxbuild.h"

static void grow(struct nx_buffer *buffer, size_t bytes)
{
	size_t want = buffer->bytes + bytes;

	if (want <= buffer->room)
		return;
	buffer->room = want * 2 + 64;
	buffer->data = realloc(buffer->data, buffer->room);
	if (!buffer->data) {
		fputs("out of memory\n", stderr);
		exit(1);
	}
}

uint32_t nx_append(struct nx_build *build, unsigned int section,
		   const void *from, size_t bytes)
{
	struct nx_buffer *buffer = &build->section[section];
	size_t at = buffer->bytes;

	grow(buffer, bytes);
	if (from)
		memcpy(buffer->data + at, from, bytes);
	else
		memset(buffer->data + at, 0, bytes);
	buffer->bytes += bytes;
	return (uint32_t)at;
}

uint32_t nx_string(struct nx_build *build, const char *text)
{
	struct nx_buffer *strings = &build->section[NX_SEC_STRINGS];
	size_t at;

	if (!strings->bytes)
		nx_append(build, NX_SEC_STRINGS, "", 1);
	for (at = 0; at < strings->bytes;
	     at += strlen((char *)strings->data + at) + 1)
		if (!strcmp((char *)strings->data + at, text))
			return (uint32_t)at;
	return nx_append(build, NX_SEC_STRINGS, text, strlen(text) + 1);
}

const char *nx_signature(const char *name)
{
#define HELPER(name, r, a, b, c, d, e, levels, who, supplier, what) \
	{#name, #r #a #b #c #d #e},
	static const struct {
		const char *name, *signature;
	} helpers[] = {
#include "nimble/abi/helpers.def"
	};
#undef HELPER
	size_t i;

	for (i = 0; i < sizeof(helpers) / sizeof(helpers[0]); i++)
		if (!strcmp(helpers[i].name, name))
			return helpers[i].signature;
	return NULL;
}

uint32_t nx_import(struct nx_build *build, const char *name)
{
	struct nx_buffer *imports = &build->section[NX_SEC_IMPORTS];
	const char *signature = nx_signature(name);
	struct nx_import import = {nx_string(build, name),
				   nx_string(build,
					     signature ? signature : "")};
	size_t i, count = imports->bytes / sizeof(import);

	for (i = 0; i < count; i++)
		if (!memcmp(imports->data + i * sizeof(import), &import,
			    sizeof(import)))
			return (uint32_t)i;
	nx_append(build, NX_SEC_IMPORTS, &import, sizeof(import));
	return (uint32_t)count;
}

uint8_t *nx_finish(struct nx_build *build, size_t *bytes)
{
	struct nx_header header = {
		.magic = NX_MAGIC,
		.version = NX_VERSION,
		.header_bytes = sizeof(header),
		.frame_bytes = build->frame_bytes ? build->frame_bytes
						  : NX_DEFAULT_FRAME,
		.bss_bytes = build->bss_bytes,
		.name = build->name,
		.licence = build->licence,
	};
	size_t at = sizeof(header);
	unsigned int i;
	uint8_t *image;

	nx_string(build, "");
	for (i = 0; i < NX_SECTIONS; i++) {
		header.section[i].offset = (uint32_t)at;
		header.section[i].bytes = (uint32_t)build->section[i].bytes;
		at += (build->section[i].bytes + 7) / 8 * 8;
	}
	header.total_bytes = (uint32_t)at;
	image = calloc(1, at);
	if (!image) {
		fputs("out of memory\n", stderr);
		exit(1);
	}
	memcpy(image, &header, sizeof(header));
	for (i = 0; i < NX_SECTIONS; i++) {
		if (build->section[i].bytes)
			memcpy(image + header.section[i].offset,
			       build->section[i].data, build->section[i].bytes);
		free(build->section[i].data);
	}
	memset(build, 0, sizeof(*build));
	*bytes = at;
	return image;
}
