/* SPDX-License-Identifier: MIT */
/* Product of two 16x16 matrices of 32-bit integers. */
#include "kernel.h"

#define N 16

struct matmul_memory {
	u32 a[N][N], b[N][N], c[N][N];
};

KERNEL(matmul)(struct matmul_memory *m)
{
	u32 i, j, k, trace = 0;

	for (i = 0; i < N; i++)
		for (j = 0; j < N; j++) {
			u32 sum = 0;

			for (k = 0; k < N; k++)
				sum += m->a[i][k] * m->b[k][j];
			m->c[i][j] = sum;
		}
	for (i = 0; i < N; i++)
		trace += m->c[i][i];
	return trace;
}

#ifndef __NIMBLE__
INIT(matmul)(struct matmul_memory *m, u64 (*random)(void))
{
	u32 i;

	for (i = 0; i < N * N; i++) {
		m->a[i / N][i % N] = (u32)random();
		m->b[i / N][i % N] = (u32)random();
	}
}
#endif
