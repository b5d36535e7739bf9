/* SPDX-License-Identifier: GPL-2.0 */
/* Access to the current application's memory: range checks around user_copy.S. */
#include <asm/errno.h>

#include "kernel/arch/uaccess.h"
#include "kernel/arch/x86_64/uaccess_priv.h"
#include "kernel/lib/string.h"

int copy_from_user(void *dst, vaddr_t src, size_t bytes)
{
	if (!user_range_ok(src, bytes))
		return -EFAULT;
	return uaccess_copy(dst, (void *)src, bytes) ? -EFAULT : 0;
}

int copy_to_user(vaddr_t dst, const void *src, size_t bytes)
{
	if (!user_range_ok(dst, bytes))
		return -EFAULT;
	return uaccess_copy((void *)dst, src, bytes) ? -EFAULT : 0;
}

int copy_from_user_nofault(void *dst, vaddr_t src, size_t bytes)
{
	if (!user_range_ok(src, bytes))
		return -EFAULT;
	return uaccess_copy_nofault(dst, (void *)src, bytes) ? -EFAULT : 0;
}

int copy_to_user_nofault(vaddr_t dst, const void *src, size_t bytes)
{
	if (!user_range_ok(dst, bytes))
		return -EFAULT;
	return uaccess_copy_nofault((void *)dst, src, bytes) ? -EFAULT : 0;
}

int user_cmpxchg32_nofault(vaddr_t at, uint32_t old, uint32_t new,
			   uint32_t *seen)
{
	if (!user_range_ok(at, sizeof(*seen)) || at % sizeof(*seen))
		return -EFAULT;
	return uaccess_cmpxchg32((uint32_t *)at, old, new, seen) ? -EFAULT : 0;
}

int clear_user(vaddr_t dst, size_t bytes)
{
	if (!user_range_ok(dst, bytes))
		return -EFAULT;
	return uaccess_clear((void *)dst, bytes) ? -EFAULT : 0;
}

int copy_struct_from_user(void *dst, size_t known, vaddr_t src, uint64_t bytes)
{
	uint64_t at;
	char c;

	if (bytes > PAGE_SIZE)
		return -E2BIG;
	for (at = known; at < bytes; at++) {
		if (copy_from_user(&c, src + at, 1))
			return -EFAULT;
		if (c)
			return -E2BIG;
	}
	memset(dst, 0, known);
	return copy_from_user(dst, src, MIN(bytes, known));
}

long copy_string_from_user(char *dst, vaddr_t src, size_t size)
{
	size_t max = size;
	long n;

	if (src >= LWK_APP_END)
		return -EFAULT;
	max = MIN(max, LWK_APP_END - src);
	n = uaccess_string(dst, (const char *)src, max);
	if (n < 0)
		return -EFAULT;
	if ((size_t)n > max)
		return max < size ? -EFAULT : -ENAMETOOLONG;
	return n - 1;
}
