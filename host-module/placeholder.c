// SPDX-License-Identifier: GPL-2.0
// A module that does nothing, to prove that it builds and loads.
#include <linux/module.h>

static int __init placeholder_init(void)
{
	pr_info("lwk: placeholder loaded\n");
	return 0;
}
module_init(placeholder_init);

static void __exit placeholder_exit(void)
{
}
module_exit(placeholder_exit);

MODULE_DESCRIPTION("Placeholder for Margay's module");
MODULE_LICENSE("GPL");
