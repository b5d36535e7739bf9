// SPDX-License-Identifier: MIT
/* LWKs that boot badly, stop badly, log, and take extensions. */
#include "tests/host/peer.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int control;
static uint32_t instance;
static char why[LWK_WHY_BYTES];

/* ---- The log ----------------------------------------------------------- */

static int read_log(int fd, struct lwk_log_read *args, char *buffer,
		    uint32_t bytes, uint32_t flags)
{
	args->version = LWK_IOC_ABI;
	args->instance = instance;
	args->buffer = (uintptr_t)buffer;
	args->bytes = bytes;
	args->flags = flags;
	return call(fd, LWK_IOC_LOG, args);
}

static void log_contains(const char *text, const char *name)
{
	static char buffer[1 << 18];
	struct lwk_log_read args = {0};
	uint32_t used = 0;
	int fd = instance_open(instance);

	do {
		is(read_log(fd, &args, buffer + used, sizeof(buffer) - used - 1,
			    0),
		   0, "%s: read the log", name);
		used += args.bytes;
	} while (args.bytes && used < sizeof(buffer) - 1);
	buffer[used] = 0;
	contains(buffer, text, name);
	close(fd);
}

struct follower {
	int fd, ret;
	struct lwk_log_read args;
	char text[4096];
};

static void *follow(void *arg)
{
	struct follower *f = arg;

	f->ret = read_log(f->fd, &f->args, f->text, sizeof(f->text) - 1,
			  LWK_LOG_WAIT);
	return NULL;
}

static void test_log(void)
{
	static struct follower f;
	struct peer p = peer_new(instance, 0);
	static char buffer[1 << 17];
	struct lwk_log_read args = {0};
	uint64_t lost;
	pthread_t thread;

	f.fd = p.fd;
	is(read_log(p.fd, &args, buffer, 0, 0), -EINVAL, "LOG: no room");
	is(read_log(p.fd, &args, buffer, 10, 2), -EINVAL, "LOG: flags");
	is(read_log(p.fd, &args, (char *)8, 10, 0), -EFAULT, "LOG: address");
	args.position = 0;
	is(read_log(p.fd, &args, buffer, 20, 0), 0, "LOG: the beginning");
	is(args.bytes, 20, "as much as there is room");
	is(args.position, 20, "and on from there");
	ok(!memcmp(buffer, "[0.000000] cpu0: stu", 20), "the first line");
	is(read_log(p.fd, &args, buffer, sizeof(buffer), 0), 0, "the rest");
	f.args.position = args.position;
	pthread_create(&thread, NULL, follow, &f);
	sleep_ms(50);
	peer_send(&p, STUB_LOG, 1);
	pthread_join(thread, NULL);
	is(f.ret, 0, "LOG waits");
	contains(f.text, "counting down 0\n", "for new text");
	peer_do(&p, STUB_LOG, 5000);
	args.position = 0;
	is(read_log(p.fd, &args, buffer, sizeof(buffer), 0), 0, "overwritten");
	lost = args.lost;
	ok(lost > 100000, "so much is lost: %llu", (unsigned long long)lost);
	is(args.position, lost + args.bytes, "and the position says so");
	peer_end(&p);
}

/* ---- Booting badly ----------------------------------------------------- */

static void test_bad_boot(enum stub_mode mode, int expected, const char *says,
			  const char *log)
{
	uint32_t generation = status(control, instance).generation;

	is(boot(control, instance, mode, why), expected, "mode %d", mode);
	contains(why, says, "it says so");
	is(status(control, instance).state, LWK_INSTANCE_RESERVED,
	   "reserved as before");
	is(status(control, instance).generation, generation + 1, "a boot");
	if (log)
		log_contains(log, "its log can be read");
	is(boot(control, instance, STUB_NORMAL, why), 0, "boots then %s", why);
	is(shut_down(control, instance, 0, why), 0, "shuts down %s", why);
}

static void test_bad_stop(void)
{
	is(boot(control, instance, STUB_SAYS_BUSY, why), 0, "boot %s", why);
	is(shut_down(control, instance, 0, why), -EBUSY, "the LWK is busy");
	is(status(control, instance).state, LWK_INSTANCE_RUNNING, "it runs on");
	is(shut_down(control, instance, LWK_SHUTDOWN_FORCE, why), 0,
	   "stopped by force %s", why);
	is(boot(control, instance, STUB_NEVER_STOPS, why), 0, "boot %s", why);
	is(shut_down(control, instance, 0, why), -ETIMEDOUT, "never stops");
	is(status(control, instance).state, LWK_INSTANCE_FAILED, "it failed");
	is(shut_down(control, instance, LWK_SHUTDOWN_FORCE, why), 0,
	   "stopped by force %s", why);
}

/* ---- Extensions -------------------------------------------------------- */

static int boot_with(struct lwk_blob *exts, uint32_t count, uint32_t *failed)
{
	struct file image = stub_file(STUB_NORMAL);
	struct lwk_boot_args args = {
		.version = LWK_IOC_ABI,
		.instance = instance,
		.image = {(uintptr_t)image.data, image.bytes},
		.exts = (uintptr_t)exts,
		.ext_count = count,
	};
	int ret = call(control, LWK_IOC_BOOT, &args);

	*failed = args.failed_ext;
	memcpy(why, args.why, sizeof(why));
	free(image.data);
	return ret;
}

static int nimble(int fd, struct nimble_ctl *ctl)
{
	ctl->version = NIMBLE_CTL_VERSION;
	ctl->instance = instance;
	return call(fd, LWK_IOC_NIMBLE, ctl);
}

static void test_boot_extensions(void)
{
	char good[] = "good extension", bad[] = "bad extension";
	struct lwk_blob exts[] = {
		{(uintptr_t)good, sizeof(good)},
		{(uintptr_t)bad, sizeof(bad)},
		{(uintptr_t)good, 1 << 20},
		{8, 100},
	};
	uint32_t out[4] = {0}, failed = 0;
	struct nimble_ctl list = {
		.op = NIMBLE_OP_LIST,
		.out = (uintptr_t)out,
		.out_bytes = sizeof(out),
	};
	int fd;

	is(boot_with(exts, 2, &failed), -EINVAL, "a bad extension");
	is(failed, 1, "the second");
	contains(why, "does not begin with good", "in the LWK's words");
	is(status(control, instance).state, LWK_INSTANCE_RESERVED,
	   "not booted");
	is(boot_with(exts + 2, 1, &failed), -EINVAL, "a huge extension");
	is(boot_with(exts + 3, 1, &failed), -EFAULT, "at a bad address");
	is(boot_with(exts, 1, &failed), 0, "a good extension %s", why);
	fd = instance_open(instance);
	is(nimble(fd, &list), 0, "LIST");
	is(out[2], NIMBLE_OP_ATTACH, "it was attached");
	is(out[1], NIMBLE_ALL, "to all its hooks");
	close(fd);
	is(shut_down(control, instance, 0, why), 0, "shut down %s", why);
}

/* ---- The doorbell ------------------------------------------------------ */

/* Number of the doorbell's interrupt. */
static int doorbell_irq(void)
{
	FILE *f = fopen("/proc/interrupts", "r");
	char line[512];
	int irq = -1;

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, "LWK"))
			irq = atoi(line);
	if (f)
		fclose(f);
	return irq;
}

static void test_bell_rings(struct peer *p, const char *name)
{
	uint64_t before;
	struct lwk_value wait = {LWK_IOC_ABI, instance, 0, 0};

	sleep_ms(20); /* the thread sleeps */
	before = status(control, instance).doorbells;
	peer_send(p, STUB_WAKE, 0);
	is(call(p->fd, LWK_IOC_WAIT, &wait), 0, "%s: the wake arrives", name);
	ok(status(control, instance).doorbells > before, "%s: by a bell", name);
}

/* Wakes while the interrupt moves to and fro; how many came only because the
 * module looks from time to time, four times a second. */
static int slow_wakes(struct peer *p, const char *affinity)
{
	uint64_t end = now_ns() + 1500000000ULL;
	int slow = 0;

	for (int i = 0; now_ns() < end; i++) {
		struct lwk_value wait = {LWK_IOC_ABI, instance, 0, 0};
		uint64_t start = now_ns();

		write_text(affinity, i % 2 ? "2" : "4");
		peer_send(p, STUB_WAKE, 0);
		call(p->fd, LWK_IOC_WAIT, &wait);
		slow += now_ns() - start > 200000000;
	}
	return slow;
}

static void test_doorbell(void)
{
	struct peer p = peer_new(instance, 0);
	int irq = doorbell_irq();
	char path[64];

	ok(irq > 0, "/proc/interrupts names the doorbell");
	test_bell_rings(&p, "at first");
	snprintf(path, sizeof(path), "/proc/irq/%d/smp_affinity", irq);
	write_text(path, "4");
	test_bell_rings(&p, "on CPU 2");
	write_text("/sys/devices/system/cpu/cpu2/online", "0");
	test_bell_rings(&p, "after CPU 2 went");
	write_text("/sys/devices/system/cpu/cpu2/online", "1");
	test_bell_rings(&p, "after it came back");
	write_text(path, "1");
	test_bell_rings(&p, "on CPU 0");
	peer_do(&p, STUB_NOP, 0);
	is(p.report->bell, 1, "the LWK has its bell, too");
	is(slow_wakes(&p, path), 0, "no bell is lost while it moves");
	test_bell_rings(&p, "after many moves");
	peer_end(&p);
}

/* ---- Time -------------------------------------------------------------- */

static void test_time(void)
{
	struct peer p = peer_new(instance, 0);

	for (int i = 0; i < 3; i++) {
		uint64_t before = now_ns(), after;

		peer_do(&p, STUB_TIME, 0);
		after = now_ns();
		ok(p.report->ns >= before && p.report->ns <= after,
		   "the LWK has Linux's time");
		sleep_ms(300);
	}
	peer_end(&p);
}

int main(void)
{
	unsigned int timeout_ms =
		read_number("/sys/module/lwk/parameters/timeout_ms");
	uint32_t only = LWK_INSTANCE_ANY;

	control = control_open();
	set_parameter("timeout_ms", 500);
	instance = LWK_INSTANCE_ANY;
	is(reserve(control, &instance, 0xc, 64, why), 0, "reserve %s", why);
	test_bad_boot(STUB_REFUSES, -EIO, "refused to boot (error 95)", NULL);
	test_bad_boot(STUB_NEVER_ALIVE, -ETIMEDOUT, "CPU 2 did not come", NULL);
	test_bad_boot(STUB_SECOND_NEVER_ALIVE, -ETIMEDOUT, "CPU 3 did not come",
		      "stub: booting");
	test_bad_boot(STUB_NEVER_RUNNING, -ETIMEDOUT, "from state 1 to 2",
		      "stub: booting");
	test_bad_boot(STUB_PANICS_BOOTING, -EIO, "failed while booting",
		      "stub: booting");
	test_bad_stop();
	test_boot_extensions();
	is(boot(control, instance, STUB_NORMAL, why), 0, "boot %s", why);
	test_log();
	test_time();
	is(shut_down(control, instance, 0, why), 0, "shut down %s", why);
	log_contains("counting down", "the log outlives the LWK");
	is(release(control, instance, why), 0, "release %s", why);

	instance = only;
	is(reserve(control, &instance, 8, 64, why), 0, "reserve CPU 3 %s", why);
	is(boot(control, instance, STUB_NORMAL, why), 0, "boot %s", why);
	test_doorbell();
	is(shut_down(control, instance, 0, why), 0, "shut down %s", why);
	is(release(control, instance, why), 0, "release %s", why);
	set_parameter("timeout_ms", timeout_ms);
	return done_testing();
}
