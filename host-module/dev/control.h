/* SPDX-License-Identifier: GPL-2.0 */
/* /dev/lwk: reserve, boot, shut down, release, status. */
#ifndef LWK_CONTROL_H
#define LWK_CONTROL_H

struct file_operations;

extern const struct file_operations lwk_control_fops;

#endif
