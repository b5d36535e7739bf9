/* SPDX-License-Identifier: MIT */
/* Path names of an application that mean the proxy on Linux.
 *
 * /proc/self/exe, /proc/thread-self/exe and /proc/PID/exe of the process itself (and
 * below task/) are replaced by the descriptor that the proxy keeps of the program. The
 * descriptor's name is a link of the same kind to the same file, so readlink(), open(),
 * stat() and lstat() all answer as for the real one.
 *
 * Left as they are, and so about the proxy: relative names of it (with /proc as working
 * directory or dirfd); symbolic links that lead to /proc/self/exe. The file of
 * a running program may be written to: ETXTBSY is absent. The other files of /proc/self:
 * view.h, proc_dir.h, title.h.
 */
#ifndef PROXY_PATH_H
#define PROXY_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Copy a path of the application's, as far as it can be read and there is room, with a zero
 * behind. What lies in the page behind its end is not touched. */
void path_copy(char *to, unsigned long from, size_t room);

/* What of `path` is below /proc/self, /proc/thread-self, /proc/PID of process pid, or one
 * of their threads (task/N): "maps", "". NULL: it is elsewhere. *thread: 0 for the
 * process; PATH_THREAD_SELF; or N. */
#define PATH_THREAD_SELF 1
const char *path_in_self(const char *path, pid_t pid, unsigned int *thread);

/* Is it a name for the program of process pid? */
bool path_is_exe(const char *path, pid_t pid);

/* Sets the descriptor of the program, which is guarded. Called once. */
void path_set_exe(int fd);
/* Replaces the program by fd, which becomes guarded. */
void path_move_exe(int fd);
/* The name that replaces it; NULL before path_set_exe(). */
const char *path_of_exe(void);

/* Reads a name at an address of the application, and returns what to pass to
 * Linux in its place: that address, or that of path_of_exe(). */
unsigned long path_replace(unsigned long address);

#endif
