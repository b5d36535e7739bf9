/* SPDX-License-Identifier: GPL-2.0 */
/* /dev/lwkN: processes, log, extensions of one instance. */
#ifndef LWK_INSTFILE_H
#define LWK_INSTFILE_H

struct file_operations;

extern const struct file_operations lwk_instance_fops;

#endif
