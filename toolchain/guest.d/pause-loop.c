// SPDX-License-Identifier: MIT
// Keeps a CPU in a loop of PAUSE, in which QEMU lets the other CPUs go on.

int main(void)
{
	for (;;)
		__builtin_ia32_pause();
}
