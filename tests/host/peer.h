/* SPDX-License-Identifier: MIT */
/* For the module's tests in a guest: TAP, ioctls, and the stub as LWK.
 *
 * Each program leaves the guest as it found it: nothing reserved. A failure of something
 * that it needs ends the program.
 */
#ifndef PEER_H
#define PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "kernel/abi/ioctl.h"
#include "kernel/abi/layout.h"
#include "tests/host/stub/stub.h"

/* ---- TAP --------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) bool ok(bool passed, const char *name,
					      ...);
/* Two numbers are equal; shows both where not. */
__attribute__((format(printf, 3, 4))) bool is(long long got, long long expected,
					      const char *name, ...);
/* text contains part. */
void contains(const char *text, const char *part, const char *name);
int done_testing(void);
__attribute__((format(printf, 1, 2))) _Noreturn void fatal(const char *what,
							   ...);

/* ---- Calls ------------------------------------------------------------- */

/* As ioctl(), but returns -errno. */
int call(int fd, unsigned long cmd, void *args);

int control_open(void);
int instance_open(uint32_t instance);

/* CPUs as a bit mask below 64. */
int reserve(int control, uint32_t *instance, uint64_t cpus, uint64_t mib,
	    char *why);
int release(int control, uint32_t instance, char *why);
int boot(int control, uint32_t instance, enum stub_mode mode, char *why);
int shut_down(int control, uint32_t instance, uint32_t flags, char *why);
struct lwk_status status(int control, uint32_t instance);

/* The stub's file, for a test to change. */
struct file {
	char *data;
	size_t bytes;
};
struct file stub_file(enum stub_mode mode);
int boot_image(int control, uint32_t instance, const struct file *image,
	       char *why);

/* ---- A process on the stub --------------------------------------------- */

#define PEER_SPACE_BYTES (8UL << 20)

struct peer {
	int fd;
	int space; /* the file of its memory */
	uint32_t instance;
	uint64_t handle;
	struct lwk_slot_page *slots;
	volatile struct stub_report *report;
	uint32_t sent; /* commands */
};

/* Linux's number of an LWK's CPU. */
int linux_cpu(uint32_t instance, int index);

/* Opens, creates on the CPU of that index of the LWK, maps slots and 8 MiB of the
 * space. Fatal where it fails. */
struct peer peer_new(uint32_t instance, int index);
void peer_end(struct peer *p);
/* Sends a command; peer_do() waits until it was carried out, too. */
void peer_send(struct peer *p, enum stub_command command, unsigned int arg);
void peer_do(struct peer *p, enum stub_command command, unsigned int arg);
int value_call(struct peer *p, unsigned long cmd, uint32_t value, uint32_t pad);
int signal_call(struct peer *p, int signal, uint32_t from);
/* Waits at most a second for *word to reach value. */
bool wait_word(const volatile uint32_t *word, uint32_t value);

/* Page n of STUB_SMALL as words. */
static inline volatile uint64_t *page(unsigned int n)
{
	return (volatile uint64_t *)(STUB_SMALL + n * LWK_PAGE_SIZE);
}

/* Touches a word and says what happened: 0 or the signal. */
int try_read(volatile uint64_t *word);
int try_write(volatile uint64_t *word, uint64_t value);

/* ---- Linux ------------------------------------------------------------- */

/* A module parameter; file content as a number; a line of /proc/meminfo. */
void set_parameter(const char *name, unsigned int value);
long read_number(const char *path);
void write_text(const char *path, const char *text);
long meminfo_kib(const char *field);
/* Free memory, that in Linux's per-CPU lists included, without caches. */
long free_kib(void);
uint64_t online_cpus(void); /* bit mask */
void sleep_ms(unsigned int ms);
uint64_t now_ns(void);

#endif
