// SPDX-License-Identifier: MIT
/* Keys and values of maps as text, and back. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toolchain/common/syscalls.h"
#include "toolchain/nimblectl/nimblectl.h"

uint64_t number_of(const void *bytes, size_t count, int *is_number)
{
	uint64_t value = 0;

	*is_number = count == 1 || count == 2 || count == 4 || count == 8;
	if (*is_number)
		memcpy(&value, bytes, count); /* little-endian, as the LWK */
	return value;
}

static void format_hex(const uint8_t *bytes, size_t count, char *text)
{
	size_t shown = count < 64 ? count : 64;

	for (size_t i = 0; i < shown; i++)
		text += sprintf(text, "%02x", bytes[i]);
	strcpy(text, shown < count ? "..." : "");
}

static void format_text(const char *bytes, size_t count, char *text)
{
	size_t i;

	for (i = 0; i < count && bytes[i] && i < TEXT_BYTES - 1; i++)
		text[i] = isprint((unsigned char)bytes[i]) ? bytes[i] : '?';
	text[i] = 0;
}

void format_bytes(enum format format, const void *bytes, size_t count,
		  char text[TEXT_BYTES])
{
	int is_number;
	uint64_t value = number_of(bytes, count, &is_number);

	if (format == FORMAT_TEXT)
		format_text(bytes, count, text);
	else if (format == FORMAT_HEX || !is_number)
		format_hex(bytes, count, text);
	else if (format == FORMAT_SYSCALL && value <= UINT32_MAX &&
		 strcmp(syscall_name(value), "-") != 0)
		strcpy(text, syscall_name(value));
	else
		sprintf(text, "%" PRIu64, value);
}

static int parse_hex(const char *text, uint8_t *bytes, size_t count)
{
	if (strlen(text) != 2 * count)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (!isxdigit((unsigned char)text[2 * i]) ||
		    sscanf(text + 2 * i, "%2hhx", &bytes[i]) != 1)
			return -1;
	return 0;
}

/* Decimal, 0x..., or negative; what fits the bytes. */
static int parse_integer(const char *text, void *bytes, size_t count)
{
	unsigned int bits = 8 * count;
	uint64_t value;
	char *end;

	errno = 0;
	value = *text == '-' ? (uint64_t)strtoll(text, &end, 0)
			     : strtoull(text, &end, 0);
	if (errno || end == text || *end)
		return -1;
	if (*text == '-' && (int64_t)value >> (bits - 1) != -1)
		return -1;
	if (*text != '-' && bits < 64 && value >> bits)
		return -1;
	memcpy(bytes, &value, count);
	return 0;
}

static int parse_syscall(const char *text, void *bytes, size_t count)
{
	char number[16];

	for (uint32_t i = 0; i < 512; i++) {
		if (strcmp(syscall_name(i), text) != 0)
			continue;
		snprintf(number, sizeof(number), "%u", i);
		return parse_integer(number, bytes, count);
	}
	return parse_integer(text, bytes, count);
}

int parse_bytes(enum format format, const char *text, void *bytes, size_t count)
{
	int is_number;

	memset(bytes, 0, count);
	number_of(bytes, count, &is_number);
	if (format == FORMAT_TEXT) {
		if (strlen(text) > count)
			return -1;
		memcpy(bytes, text, strlen(text));
		return 0;
	}
	if (format == FORMAT_HEX || !is_number)
		return parse_hex(text, bytes, count);
	if (format == FORMAT_SYSCALL)
		return parse_syscall(text, bytes, count);
	return parse_integer(text, bytes, count);
}
