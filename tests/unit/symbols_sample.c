/* SPDX-License-Identifier: MIT */
/* Linked where an LWK is, for test_lwk_symbols.c, which knows these lines. */
int sample_first(int x);
int sample_second(int x);

int sample_first(int x)
{
	return x + 1;
}

int sample_second(int x)
{
	return sample_first(x) * 2;
}
