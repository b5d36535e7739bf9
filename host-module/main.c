// SPDX-License-Identifier: GPL-2.0
/* Loading and unloading the module, and Linux going to sleep or down. */
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/panic_notifier.h>
#include <linux/reboot.h>
#include <linux/suspend.h>

#include "host-module/boot/boot.h"
#include "host-module/partition/cpu.h"
#include "host-module/dev/device.h"
#include "host-module/ikc/doorbell.h"
#include "host-module/instance.h"
#include "host-module/partition/pci.h"
#include "host-module/proxy/proc.h"
#include "host-module/ikc/time_page.h"

/* Linux cannot suspend CPUs and memory that it does not have. */
static int refuse_suspend(struct notifier_block *nb, unsigned long event,
			  void *data)
{
	bool prepares =
		event == PM_SUSPEND_PREPARE || event == PM_HIBERNATION_PREPARE;

	if (!prepares || !lwk_instance_mask())
		return NOTIFY_DONE;
	pr_warn("lwk: Linux cannot sleep while an LWK has CPUs and memory of it; `lwk release` first\n");
	return notifier_from_errno(-EBUSY);
}

/* Before the memory under a running LWK gets another owner (kexec, too). */
static int stop_for_reboot(struct notifier_block *nb, unsigned long event,
			   void *data)
{
	lwk_instance_each(lwk_halt_now);
	return NOTIFY_DONE;
}

/* The LWK's CPUs must neither write to nor interrupt a Linux that dumps or boots anew.
 * With a crash kernel, Linux comes here only if crash_kexec_post_notifiers is set; see
 * docs/design.md. */
static int stop_for_panic(struct notifier_block *nb, unsigned long event,
			  void *data)
{
	lwk_instances_halt_now();
	return NOTIFY_DONE;
}

static struct notifier_block panic_notifier = {
	.notifier_call = stop_for_panic,
};
static struct notifier_block suspend_notifier = {
	.notifier_call = refuse_suspend,
};
static struct notifier_block reboot_notifier = {
	.notifier_call = stop_for_reboot,
};

static const struct step {
	int (*init)(void);
	void (*exit)(void);
} steps[] = {
	{lwk_proc_init, lwk_proc_exit}, {lwk_cpus_init, lwk_cpus_exit},
	{lwk_time_init, lwk_time_exit}, {lwk_doorbell_init, lwk_doorbell_exit},
	{lwk_pci_init, lwk_pci_exit},	{lwk_devices_init, lwk_devices_exit},
};

static void undo(unsigned int done)
{
	while (done)
		steps[--done].exit();
}

static int __init lwk_init(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(steps); i++) {
		int err = steps[i].init();

		if (err) {
			undo(i);
			return err;
		}
	}
	register_pm_notifier(&suspend_notifier);
	register_reboot_notifier(&reboot_notifier);
	atomic_notifier_chain_register(&panic_notifier_list, &panic_notifier);
	return 0;
}

static void __exit lwk_exit(void)
{
	atomic_notifier_chain_unregister(&panic_notifier_list, &panic_notifier);
	unregister_reboot_notifier(&reboot_notifier);
	unregister_pm_notifier(&suspend_notifier);
	undo(ARRAY_SIZE(steps));
}

module_init(lwk_init);
module_exit(lwk_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Margay: lightweight kernels beside Linux");
