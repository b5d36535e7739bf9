/* SPDX-License-Identifier: GPL-2.0 */
/* Signal masks that hold for the time of a delegated call: ppoll(2), pselect6(2),
 * epoll_pwait(2). The proxy does not see them; signals are the LWK's. */
#include <asm/errno.h>
#include <asm/unistd.h>

#include "kernel/arch/uaccess.h"
#include "kernel/proc/process.h"
#include "kernel/syscall/syscall.h"

/* Address and size of the call's mask; address 0 = none. */
static int find_mask(const struct regs *regs, uint64_t mask[2])
{
	mask[0] = 0;
	switch (regs_call(regs)) {
	case __NR_ppoll:
		mask[0] = sys_arg(regs, 3);
		mask[1] = sys_arg(regs, 4);
		return 0;
	case __NR_epoll_pwait:
	case __NR_epoll_pwait2:
		mask[0] = sys_arg(regs, 4);
		mask[1] = sys_arg(regs, 5);
		return 0;
	case __NR_pselect6:
		if (!sys_arg(regs, 5))
			return 0;
		return copy_from_user(mask, sys_arg(regs, 5),
				      2 * sizeof(mask[0]));
	default:
		return 0;
	}
}

int64_t apply_wait_mask(const struct regs *regs)
{
	uint64_t mask[2], set;

	if (find_mask(regs, mask))
		return -EFAULT;
	if (!mask[0])
		return 0;
	if (mask[1] != sizeof(set))
		return -EINVAL;
	if (copy_from_user(&set, mask[0], sizeof(set)))
		return -EFAULT;
	signals_block_until_return(set);
	return 0;
}
