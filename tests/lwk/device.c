/* SPDX-License-Identifier: MIT */
/* A program on the LWK that uses QEMU's edu device, by its driver (ext/trusted/edu.c) or by
 * an extension that was granted a piece of it. Prints a line for the script to look at.
 *
 *	device edu REQUEST [ARG]	one request of the driver: error and args[1]
 *	device copy SEED		bytes there and back: "same", or what is wrong
 *	device loop			copy again and again; print "begun" after the first time,
 *					and the error that ends it
 *	device both			four threads at once: "ok"
 *	device serve			print our pid; then do what each line of standard input
 *					says, and print a line: load FILE, attach, call ARG...,
 *					grant BASE BYTES
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ext/trusted/edu.h"
#include "libnimble/libnimble.h"

static struct libnimble *n;

static int fail(const char *what)
{
	printf("%s: %s\n", what, libnimble_message());
	return 1;
}

/* The driver's answer, or that of the call. */
static long ask(uint32_t id, uint64_t request, uint64_t a, uint64_t b,
		uint64_t c, uint64_t *result)
{
	uint64_t args[8] = {request, a, b, c};
	int error = libnimble_call(id, args);

	*result = args[1];
	return error ? error : (long)args[0];
}

/* ---- The driver --------------------------------------------------------------- */

static int copy(uint32_t id, unsigned int seed)
{
	static unsigned char there[EDU_BYTES], back[EDU_BYTES];
	uint64_t unused;
	long error;

	for (size_t i = 0; i < sizeof(there); i++)
		there[i] = (unsigned char)(i * 7 + seed + i / 256);
	memset(back, 1, sizeof(back));
	error = ask(id, EDU_WRITE, (uintptr_t)there, sizeof(there), 100,
		    &unused);
	if (!error)
		error = ask(id, EDU_READ, (uintptr_t)back, sizeof(back), 100,
			    &unused);
	if (error)
		printf("error %ld\n", error);
	else
		puts(memcmp(there, back, sizeof(back)) ? "different" : "same");
	return 0;
}

static int loop(uint32_t id)
{
	static unsigned char bytes[16];
	uint64_t unused;
	long error = 0;

	for (int i = 0; !error; i++) {
		error = ask(id, EDU_WRITE, (uintptr_t)bytes, sizeof(bytes), 0,
			    &unused);
		if (!i)
			puts("begun");
		fflush(stdout);
	}
	printf("%ld\n", error);
	return 0;
}

static uint32_t edu;

static void *factorials(void *arg)
{
	static const uint32_t of[] = {1, 1, 2, 6, 24, 120, 720, 5040, 40320};
	uintptr_t first = (uintptr_t)arg;
	uint64_t result;

	for (uintptr_t i = 0; i < 16; i++) {
		uintptr_t number = (first + i) % 9;

		if (ask(edu, EDU_FACTORIAL, number, 0, 0, &result) ||
		    result != of[number])
			return (void *)1;
	}
	return NULL;
}

static int both(void)
{
	pthread_t thread[4];
	uintptr_t bad = 0;

	for (uintptr_t i = 0; i < 4; i++)
		pthread_create(&thread[i], NULL, factorials, (void *)i);
	for (int i = 0; i < 4; i++) {
		void *result;

		pthread_join(thread[i], &result);
		bad |= (uintptr_t)result;
	}
	puts(bad ? "wrong" : "ok");
	return 0;
}

static int driver(char **argv)
{
	uint64_t result = 0;
	long error;

	if (libnimble_find(n, "edu", &edu))
		return fail("find");
	if (!strcmp(argv[1], "copy"))
		return copy(edu, (unsigned int)atoi(argv[2]));
	if (!strcmp(argv[1], "loop"))
		return loop(edu);
	if (!strcmp(argv[1], "both"))
		return both();
	error = ask(edu, strtoul(argv[2], NULL, 0),
		    argv[3] ? strtoul(argv[3], NULL, 0) : 0, 0, 0, &result);
	printf("%ld %#lx\n", error, result);
	return 0;
}

/* ---- An extension of this job ---------------------------------------------------- */

static uint32_t own;

static int serve_call(const char *line)
{
	uint64_t args[8] = {};
	int error;

	sscanf(line, "%*s %li %li %li %li", &args[0], &args[1], &args[2],
	       &args[3]);
	error = libnimble_call(own, args);
	return printf("%d %#lx %#lx\n", error, args[1], args[2]);
}

/* What only the administrator may do. */
static int serve_grant(const char *line)
{
	struct nimble_grant g = {.kind = NIMBLE_GRANT_MMIO};

	sscanf(line, "%*s %li %li", &g.base, &g.bytes);
	return printf("%d\n", libnimble_grant(n, own, &g));
}

static int serve_load(const char *line)
{
	char path[256];
	int error;

	sscanf(line, "%*s %255s", path);
	error = libnimble_load_file(n, path, 0, NULL, &own);
	return error ? printf("%d %s\n", error, libnimble_message())
		     : printf("0 %u\n", own);
}

static int serve_attach(void)
{
	int error = libnimble_attach(n, own, NIMBLE_ALL, 0);

	return printf("%d %s\n", error, error ? libnimble_message() : "");
}

static int serve(void)
{
	char line[300];

	printf("%d\n", getpid());
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		if (!strncmp(line, "load", 4))
			serve_load(line);
		else if (!strncmp(line, "attach", 6))
			serve_attach();
		else if (!strncmp(line, "grant", 5))
			serve_grant(line);
		else
			serve_call(line);
		fflush(stdout);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 2 || libnimble_open(&n, NULL))
		return fail("open");
	return strcmp(argv[1], "serve") ? driver(argv) : serve();
}
