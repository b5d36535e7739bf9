// SPDX-License-Identifier: MIT
/* Prints what a program finds about itself in /proc: the same lines on Linux and on the LWK. */
#define _GNU_SOURCE
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <unistd.h>

#define THREADS 3
#define MAPPED "/tmp/proc-self.map"

static int written; /* in the program's data */
static pthread_barrier_t barrier;

/* ---- maps -------------------------------------------------------------- */

/* Rights, offset and name of what is at `address`, as `path` says. */
static void at(const char *path, const char *what, const void *address)
{
	FILE *f = fopen(path, "re");
	char line[512], rights[8], *name;
	unsigned long start, end, offset;

	if (!f) {
		printf("%s: %s\n", path, strerror(errno));
		return;
	}
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx %7s %lx", &start, &end, rights,
			   &offset) != 4) {
			printf("no line of maps: %s", line);
			continue;
		}
		if ((uintptr_t)address < start || (uintptr_t)address >= end)
			continue;
		line[strcspn(line, "\n")] = 0;
		name = strpbrk(line, "/[");
		printf("%s: %s %d %s\n", what, rights,
		       name && *name == '/' ? (int)offset : -1,
		       name ? strrchr(name, '/') ?: name : "anonymous");
		break;
	}
	fclose(f);
}

static void maps(void)
{
	int fd = open(MAPPED, O_RDWR | O_CREAT | O_TRUNC, 0600);
	int shm = shmget(IPC_PRIVATE, 8192, IPC_CREAT | 0600);
	int on_stack = ftruncate(fd, 16384);
	char *mine = mmap(NULL, 12288, PROT_READ, MAP_PRIVATE, fd, 4096);
	char *shared =
		mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 8192);
	char *none =
		mmap(NULL, 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *segment = shmat(shm, NULL, 0);

	shmctl(shm, IPC_RMID, NULL);
	at("/proc/self/maps", "code", (const void *)(uintptr_t)at);
	at("/proc/self/maps", "data", &written);
	at("/proc/self/maps", "stack", &on_stack);
	at("/proc/self/maps", "heap", (char *)sbrk(65536));
	at("/proc/self/maps", "vdso", (void *)getauxval(AT_SYSINFO_EHDR));
	at("/proc/self/maps", "private file", mine);
	mprotect(mine + 4096, 4096, PROT_READ | PROT_WRITE);
	at("/proc/self/maps", "its middle", mine + 4096);
	at("/proc/self/maps", "its end", mine + 8192);
	munmap(mine, 4096);
	at("/proc/self/maps", "nothing", mine);
	at("/proc/self/maps", "shared file", shared);
	at("/proc/self/maps", "no rights", none);
	at("/proc/self/maps", "segment", segment);
}

/* By the other names of the same file. */
static void names(void)
{
	char path[64], here[256] = "";
	int dir = open("/proc/self", O_RDONLY | O_DIRECTORY);
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/maps", getpid());
	at(path, "by number", &written);
	snprintf(path, sizeof(path), "/proc//self/./task/%d/maps", getpid());
	at(path, "by thread", &written);
	at("/proc/thread-self/maps", "thread-self", &written);
	snprintf(path, sizeof(path), "/dev/fd/%d",
		 fd = openat(dir, "maps", O_RDONLY));
	at(path, "by folder", &written);
	close(fd);
	if (!getcwd(here, sizeof(here)) || chdir("/proc/self"))
		perror("chdir");
	at("maps", "relative", &written);
	if (chdir(here))
		perror("chdir");
	printf("no such thread: %s\n",
	       open("/proc/self/task/4194999/stat", O_RDONLY) < 0
		       ? strerror(errno)
		       : "there");
	close(dir);
}

/* ---- status, stat, comm ------------------------------------------------ */

static void status(const char *key)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key)))
			fputs(line, stdout);
	if (f)
		fclose(f);
}

static void numbers(void)
{
	FILE *f = fopen("/proc/self/stat", "re");
	int pid = 0, threads = 0, parent = 0, fields = 0;
	char name[32] = "", state = '?', word[64];
	unsigned long size = 0, resident = 0;

	if (!f ||
	    fscanf(f, "%d (%31[^)]) %c %d", &pid, name, &state, &parent) != 4)
		printf("no stat\n");
	for (fields = 5; f && fscanf(f, "%63s", word) == 1; fields++)
		if (fields == 20)
			threads = atoi(word);
	if (f)
		fclose(f);
	printf("stat: %s %s %c %s, %d threads, %d fields\n",
	       pid == getpid() ? "own" : "another's", name, state,
	       parent == getppid() ? "parent" : "nobody", threads, fields - 1);
	f = fopen("/proc/self/statm", "re");
	if (!f || fscanf(f, "%lu %lu", &size, &resident) != 2)
		printf("no statm\n");
	printf("statm: %s\n", size > resident && resident && size < 100000
				      ? "likely"
				      : "unlikely");
	if (f)
		fclose(f);
}

static void name_of(const char *path)
{
	char name[32] = "";
	int fd = open(path, O_RDONLY);

	printf("%s: %s", path,
	       read(fd, name, sizeof(name) - 1) > 0 ? name : "none\n");
	close(fd);
}

static int entries(const char *path)
{
	DIR *dir = opendir(path);
	int n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

static void *wait_there(void *unused)
{
	prctl(PR_SET_NAME, "waiting");
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	return unused;
}

static void ignore(int signal)
{
	(void)signal;
}

static void threads_and_signals(void)
{
	pthread_t thread[THREADS];
	sigset_t set;

	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, ignore);
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	kill(getpid(), SIGHUP);
	pthread_barrier_init(&barrier, NULL, THREADS + 1);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, wait_there, NULL);
	pthread_barrier_wait(&barrier);
	prctl(PR_SET_NAME, "first");
	status("Name:");
	status("State:");
	status("Threads:");
	status("ShdPnd:");
	status("SigBlk:");
	status("SigIgn:");
	status("SigCgt:");
	status("Uid:");
	numbers();
	name_of("/proc/self/comm");
	printf("task: %d entries\n", entries("/proc/self/task"));
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	printf("then: %d entries\n", entries("/proc/self/task"));
	name_of("/proc/thread-self/comm");
}

/* ---- What execve() leaves ----------------------------------------------- */

static void text_of(const char *path)
{
	char text[256];
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text));

	for (ssize_t i = 0; i < n; i++)
		if (!text[i])
			text[i] = ' ';
	printf("%s: %.*s\n", path, n < 0 ? 0 : (int)n, text);
	close(fd);
}

static void auxiliary(void)
{
	static const uint64_t some[] = {AT_PAGESZ, AT_ENTRY,  AT_PHDR,
					AT_RANDOM, AT_EXECFN, AT_SYSINFO_EHDR};
	Elf64_auxv_t v[64];
	int fd = open("/proc/self/auxv", O_RDONLY), same = 0;
	ssize_t n = read(fd, v, sizeof(v));

	for (size_t i = 0; n > 0 && v[i].a_type; i++)
		for (size_t k = 0; k < sizeof(some) / sizeof(some[0]); k++)
			same += v[i].a_type == some[k] &&
				getauxval(some[k]) == v[i].a_un.a_val;
	printf("auxv: %d of mine\n", same);
	close(fd);
}

int main(int argc, char **argv)
{
	char *const environment[] = {"FIRST=1", "SECOND=2", NULL};
	char *const again[] = {argv[0], "again", NULL};

	if (argc < 2) {
		execve("/proc/self/exe", again, environment);
		return 1;
	}
	if (!strcmp(argv[1], "named")) {
		prctl(PR_SET_NAME, "renamed");
		for (;;)
			pause();
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	text_of("/proc/self/cmdline");
	text_of("/proc/self/environ");
	auxiliary();
	printf("fd: %d entries\n", entries("/proc/self/fd"));
	maps();
	names();
	threads_and_signals();
	return 0;
}
