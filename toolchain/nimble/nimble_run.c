/* SPDX-License-Identifier: MIT */
#include <string.h>
#include "toolchain/nimble/run.h"
int main(int argc, char **argv)
{
	(void)argc;
	nimble_init();
	return run_vectors(argv[1], argc > 2 ? (enum nimble_engine)(argv[2][0] - '0') : 0);
}
