// SPDX-License-Identifier: MIT
// Keeps a CPU in a loop of PAUSE, in which QEMU lets the other CPUs go on.
// Where time is counted in instructions, PAUSE alone makes it pass slowly, so
// some others come in between.

int main(void)
{
	for (;;) {
		for (int i = 0; i < 10000; i++)
			__asm__ volatile("");
		__builtin_ia32_pause();
	}
}
