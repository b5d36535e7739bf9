/* SPDX-License-Identifier: MIT */
/* Takes memory until there is none, says so, and keeps it. */
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#define PIECE (1 << 20)

static void full(int signal)
{
	(void)signal;
	if (write(STDOUT_FILENO, "full\n", 5) != 5)
		_exit(1);
	for (;;)
		pause();
}

int main(void)
{
	signal(SIGBUS, full);
	for (;;) {
		volatile char *piece = mmap(NULL, PIECE, PROT_READ | PROT_WRITE,
					    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (piece == MAP_FAILED)
			full(0);
		for (int i = 0; i < PIECE; i += 4096)
			piece[i] = 1;
	}
}
