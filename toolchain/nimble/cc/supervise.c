/* SPDX-License-Identifier: MIT */
/* A compiler's children may outlive it and write where it was told to: so the
 * parent adopts them (PR_SET_CHILD_SUBREAPER), and removes the directory when none
 * is left. */
#define _GNU_SOURCE
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "toolchain/nimble/cc/supervise.h"

static char directory[PATH_MAX];

__attribute__((noreturn)) static void fail(const char *prog, const char *what)
{
	fprintf(stderr, "%s: cannot %s: %s\n", prog, what, strerror(errno));
	exit(1);
}

static int remove_entry(const char *path, const struct stat *is, int kind,
			struct FTW *where)
{
	(void)is, (void)kind, (void)where;
	remove(path);
	return 0;
}

/* End this program by a signal, as if it had never been caught. */
static void end_by(int number)
{
	sigset_t only;

	signal(number, SIG_DFL);
	sigemptyset(&only);
	sigaddset(&only, number);
	raise(number);
	sigprocmask(SIG_UNBLOCK, &only, NULL);
}

/* The signals that end the program, unless it was started with them ignored;
 * and SIGCHLD. */
static void waited_for(sigset_t *set)
{
	static const int fatal[] = {SIGHUP, SIGINT, SIGTERM};
	struct sigaction is;
	size_t i;

	sigemptyset(set);
	sigaddset(set, SIGCHLD);
	for (i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		if (!sigaction(fatal[i], NULL, &is) && is.sa_handler != SIG_IGN)
			sigaddset(set, fatal[i]);
}

/* Wait until the child has ended. Returns 0 and its status, or the signal
 * that ended all. */
static int watch(pid_t child, const sigset_t *set, int *status)
{
	for (;;) {
		int number = sigwaitinfo(set, NULL);

		if (number > 0 && number != SIGCHLD) {
			kill(-child, SIGKILL);
			return number;
		}
		if (waitpid(child, status, WNOHANG) == child)
			return 0;
	}
}

__attribute__((noreturn)) static void stay_behind(pid_t child,
						  const sigset_t *set)
{
	int status = 0, ended_by = watch(child, set, &status);

	while (waitpid(-1, NULL, 0) > 0)
		;
	nftw(directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	if (!ended_by && WIFSIGNALED(status))
		ended_by = WTERMSIG(status);
	if (ended_by)
		end_by(ended_by);
	_exit(ended_by ? 128 + ended_by : WEXITSTATUS(status));
}

const char *supervised_directory(const char *prog)
{
	const char *where = getenv("TMPDIR");
	sigset_t set, before;
	pid_t child;

	if (snprintf(directory, sizeof(directory), "%s/%s-XXXXXX",
		     where && *where ? where : "/tmp",
		     prog) >= (int)sizeof(directory)) {
		errno = ENAMETOOLONG;
		fail(prog, "use TMPDIR");
	}
	if (!mkdtemp(directory))
		fail(prog, "make a directory for temporary files; see TMPDIR");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	waited_for(&set);
	sigprocmask(SIG_BLOCK, &set, &before);
	child = fork();
	if (child < 0) {
		rmdir(directory);
		fail(prog, "fork");
	}
	setpgid(child, child);
	if (child)
		stay_behind(child, &set);
	sigprocmask(SIG_SETMASK, &before, NULL);
	setenv("TMPDIR", directory, 1);
	return directory;
}
