/* SPDX-License-Identifier: GPL-2.0 */
/* Access to the current application's memory: range checks around user_copy.S. */
#include <asm/errno.h>

#include "kernel/arch/uaccess.h"
#include "kernel/arch/x86_64/uaccess_priv.h"

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

int clear_user(vaddr_t dst, size_t bytes)
{
	if (!user_range_ok(dst, bytes))
		return -EFAULT;
	return uaccess_clear((void *)dst, bytes) ? -EFAULT : 0;
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
