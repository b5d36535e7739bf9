/* SPDX-License-Identifier: MIT */
/* On Linux, as root: runs many random-calls on the LWK at once, each as a user of its own,
 * with all its processes killed at random, until so many calls were made; says how many.
 *
 *	random-drive AT-ONCE CALLS SECONDS SEED EXT.nx...
 *
 * SECONDS is a limit. Exit status 1: it was reached, or the LWK has failed. Every user's
 * processes are gone at the end.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST_AT_ONCE 32
#define FIRST_UID 20000
#define COUNTER "/tmp/random-calls"
#define LIVES_MS 15000 /* of a run, at most */
#define LWK_FAILED 70 /* exit status of a program whose LWK has */

static struct {
	uint64_t calls, stop;
} * counter;

static struct run {
	pid_t pid; /* 0: none */
	uid_t uid;
	uint64_t end_ms;
} runs[MOST_AT_ONCE];

static char **extensions; /* ends with NULL */
static uint64_t next_seed;
static unsigned long started, killed;

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void limit(int what, rlim_t n)
{
	const struct rlimit l = {n, n};

	setrlimit(what, &l);
}

/* Neither files, processes nor System V's objects may fill Linux. */
static void confine(const struct run *r)
{
	char dir[64];
	int null = open("/dev/null", O_RDWR);

	snprintf(dir, sizeof(dir), "/tmp/random.%u", r->uid);
	if (unshare(CLONE_NEWIPC) || (mkdir(dir, 0700) && chdir(dir)) ||
	    chown(dir, r->uid, r->uid) || chdir(dir))
		perror(dir);
	limit(RLIMIT_FSIZE, 1 << 20);
	limit(RLIMIT_NPROC, 200);
	limit(RLIMIT_NOFILE, 128);
	limit(RLIMIT_CORE, 0);
	setsid();
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	if (setresgid(r->uid, r->uid, r->uid) ||
	    setresuid(r->uid, r->uid, r->uid))
		_exit(1);
}

static _Noreturn void become(const struct run *r, uint64_t seed)
{
	char text[32];
	char *argv[16] = {"lwk", "run", "/tests/random-calls", text, COUNTER};

	snprintf(text, sizeof(text), "%lu", seed);
	for (int i = 0; extensions[i] && i < 8; i++)
		argv[5 + i] = extensions[i];
	confine(r);
	execvp(argv[0], argv);
	_exit(1);
}

static void start(struct run *r)
{
	static uid_t next_uid = FIRST_UID;
	uint64_t seed = next_seed++;

	r->uid = next_uid++;
	r->end_ms = now_ms() + 100 + (uint64_t)random() % LIVES_MS;
	r->pid = fork();
	if (r->pid == 0)
		become(r, seed);
	started++;
}

/* Ends all that its user runs. It becomes that user first, so that it cannot end
 * others' programs. */
static void kill_all(const struct run *r)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (setresuid(r->uid, r->uid, r->uid))
			_exit(1);
		kill(-1, SIGKILL);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

static void clean_up(const struct run *r)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf /tmp/random.%u", r->uid);
	if (system(command))
		fprintf(stderr, "%s fails\n", command);
}

/* Ends it, at its time or where it has ended by itself: false: the LWK has failed. */
static bool end(struct run *r)
{
	int status = 0;

	kill_all(r);
	waitpid(r->pid, &status, 0);
	clean_up(r);
	killed += WIFSIGNALED(status);
	r->pid = 0;
	return !(WIFEXITED(status) && WEXITSTATUS(status) == LWK_FAILED);
}

static bool has_ended(const struct run *r)
{
	siginfo_t info = {};

	return waitid(P_PID, (id_t)r->pid, &info,
		      WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid;
}

static bool look_after(struct run *r)
{
	if (r->pid && (now_ms() >= r->end_ms || has_ended(r)) && !end(r))
		return false;
	if (!r->pid)
		start(r);
	return true;
}

static void make_counter(void)
{
	int fd = open(COUNTER, O_RDWR | O_CREAT | O_TRUNC, 0666);

	if (fd < 0 || ftruncate(fd, 4096) || fchmod(fd, 0666)) {
		perror(COUNTER);
		exit(1);
	}
	counter = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
}

int main(int argc, char **argv)
{
	const struct timespec pause = {0, 10000000};
	uint64_t calls, begin = now_ms();
	int at_once, i;
	bool well = true;

	if (argc < 5)
		return 2;
	at_once = atoi(argv[1]);
	calls = strtoul(argv[2], NULL, 0);
	next_seed = strtoul(argv[4], NULL, 0);
	srandom((unsigned int)next_seed);
	extensions = argv + 5;
	umask(0);
	make_counter();
	while (well && counter->calls < calls &&
	       now_ms() - begin < strtoul(argv[3], NULL, 0) * 1000) {
		for (i = 0; i < at_once && well; i++)
			well = look_after(&runs[i]);
		nanosleep(&pause, NULL);
	}
	for (i = 0; i < at_once; i++)
		if (runs[i].pid)
			end(&runs[i]);
	printf("%lu calls, %lu programs, %lu of them killed, %lu ms%s\n",
	       counter->calls, started, killed, now_ms() - begin,
	       well ? "" : "; the LWK has failed");
	return !well || counter->calls < calls;
}
