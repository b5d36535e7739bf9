// SPDX-License-Identifier: GPL-2.0
/* The table of instances, and what happens to one that fails. */
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "host-module/boot/boot.h"
#include "host-module/instance.h"
#include "host-module/partition/pci.h"
#include "host-module/proxy/proc.h"
#include "host-module/ikc/request.h"
#include "host-module/why.h"

static DEFINE_MUTEX(table_lock); /* innermost of the sleeping locks */
static struct lwk_instance *table[LWK_MAX_INSTANCES];

static void init_instance(struct lwk_instance *inst, u32 number)
{
	inst->id = number;
	inst->state = LWK_INSTANCE_RESERVED;
	inst->next_handle = 1;
	kref_init(&inst->ref);
	mutex_init(&inst->lock);
	init_rwsem(&inst->log_sem);
	spin_lock_init(&inst->rx_lock);
	init_waitqueue_head(&inst->log_wait);
	init_waitqueue_head(&inst->proc_wait);
	init_waitqueue_head(&inst->window_wait);
	xa_init(&inst->procs);
	xa_init(&inst->spaces);
}

static u32 free_number(void)
{
	u32 n = 0;

	while (n < LWK_MAX_INSTANCES && table[n])
		n++;
	return n;
}

static int enter(struct lwk_instance *inst, u32 number)
{
	int err = 0;

	mutex_lock(&table_lock);
	if (number == LWK_INSTANCE_ANY)
		number = free_number();
	if (number == LWK_MAX_INSTANCES)
		err = -ENOSPC;
	else if (number > LWK_MAX_INSTANCES)
		err = -ENODEV;
	else if (table[number])
		err = -EBUSY;
	if (!err) {
		init_instance(inst, number);
		table[number] = inst;
	}
	mutex_unlock(&table_lock);
	return err;
}

struct lwk_instance *lwk_instance_new(u32 number)
{
	struct lwk_instance *inst;
	int err;

	if (number != LWK_INSTANCE_ANY && number >= LWK_MAX_INSTANCES)
		return ERR_PTR(-ENODEV);
	inst = kzalloc(sizeof(*inst), GFP_KERNEL);
	if (!inst)
		return ERR_PTR(-ENOMEM);
	err = enter(inst, number);
	if (err) {
		kfree(inst);
		return ERR_PTR(err);
	}
	__module_get(THIS_MODULE);
	return inst;
}

void lwk_instance_show(struct lwk_instance *inst)
{
	mutex_lock(&table_lock);
	inst->shown = true;
	mutex_unlock(&table_lock);
}

int lwk_instance_hide(struct lwk_instance *inst)
{
	int err = 0;

	mutex_lock(&table_lock);
	if (inst->opens)
		err = -EBUSY;
	else
		inst->shown = false;
	mutex_unlock(&table_lock);
	return err;
}

static void free_instance(struct kref *ref)
{
	struct lwk_instance *inst = container_of(ref, struct lwk_instance, ref);

	xa_destroy(&inst->procs);
	kvfree(inst->cpu);
	kfree(inst);
}

void lwk_instance_put(struct lwk_instance *inst)
{
	kref_put(&inst->ref, free_instance);
}

void lwk_instance_remove(struct lwk_instance *inst)
{
	mutex_lock(&table_lock);
	table[inst->id] = NULL;
	mutex_unlock(&table_lock);
	lwk_instance_put(inst);
	module_put(THIS_MODULE);
}

/* Caller holds table_lock. */
static struct lwk_instance *find(u32 number)
{
	struct lwk_instance *inst = NULL;

	lockdep_assert_held(&table_lock);
	if (number < LWK_MAX_INSTANCES)
		inst = table[number];
	return inst && inst->shown ? inst : NULL;
}

struct lwk_instance *lwk_instance_get(u32 number)
{
	struct lwk_instance *inst;

	mutex_lock(&table_lock);
	inst = find(number);
	if (inst)
		kref_get(&inst->ref);
	mutex_unlock(&table_lock);
	return inst;
}

struct lwk_instance *lwk_instance_get_locked(u32 number, char *why, int *err)
{
	struct lwk_instance *inst = lwk_instance_get(number);

	if (!inst) {
		*err = lwk_why(why, -ENODEV, "lwk%u is not reserved", number);
		return NULL;
	}
	*err = mutex_lock_killable(&inst->lock);
	if (!*err && !READ_ONCE(inst->shown)) {
		mutex_unlock(&inst->lock);
		*err = lwk_why(why, -ENODEV, "lwk%u is being released", number);
	}
	if (*err) {
		lwk_instance_put(inst);
		return NULL;
	}
	return inst;
}

void lwk_instance_put_locked(struct lwk_instance *inst)
{
	mutex_unlock(&inst->lock);
	lwk_instance_put(inst);
}

struct lwk_instance *lwk_instance_open(u32 number)
{
	struct lwk_instance *inst;

	mutex_lock(&table_lock);
	inst = find(number);
	if (inst) {
		kref_get(&inst->ref);
		inst->opens++;
	}
	mutex_unlock(&table_lock);
	return inst;
}

void lwk_instance_close(struct lwk_instance *inst)
{
	mutex_lock(&table_lock);
	inst->opens--;
	mutex_unlock(&table_lock);
	lwk_instance_put(inst);
}

u32 lwk_instance_mask(void)
{
	u32 mask = 0;

	mutex_lock(&table_lock);
	for (u32 n = 0; n < LWK_MAX_INSTANCES; n++)
		if (find(n))
			mask |= 1U << n;
	mutex_unlock(&table_lock);
	return mask;
}

void lwk_instance_each(void (*fn)(struct lwk_instance *inst))
{
	mutex_lock(&table_lock);
	for (u32 n = 0; n < LWK_MAX_INSTANCES; n++)
		if (table[n])
			fn(table[n]);
	mutex_unlock(&table_lock);
}

/* The holder of the lock does not run any more. */
void lwk_instances_halt_now(void)
{
	for (u32 n = 0; n < LWK_MAX_INSTANCES; n++) {
		struct lwk_instance *inst = READ_ONCE(table[n]);

		if (!inst || lwk_instance_state(inst) == LWK_INSTANCE_RESERVED)
			continue;
		lwk_halt_now(inst);
		pr_emerg("lwk%u: its CPUs are stopped\n", inst->id);
	}
}

static void fill_status(const struct lwk_instance *inst, struct lwk_status *s)
{
	const struct lwk_boot *boot = READ_ONCE(inst->boot);

	s->state = lwk_instance_state(inst);
	for (u32 i = 0; i < inst->cpu_count; i++)
		s->cpus[inst->cpu[i].linux_cpu / 64] |=
			1ULL << inst->cpu[i].linux_cpu % 64;
	s->bytes = inst->memory.bytes;
	s->cpu_count = inst->cpu_count;
	s->region_count = inst->memory.count;
	s->generation = READ_ONCE(inst->generation);
	s->processes = atomic_read(&inst->proc_count);
	s->doorbells = atomic64_read(&inst->doorbells);
	s->zaps = atomic64_read(&inst->zaps);
	s->populates = atomic64_read(&inst->populates);
	s->proxy_faults = atomic64_read(&inst->proxy_faults);
	if (!boot)
		return;
	s->lwk_state = READ_ONCE(boot->state);
	s->free_bytes = READ_ONCE(boot->free_bytes);
	s->objects = READ_ONCE(boot->objects);
	s->log_phys = inst->memory.region[0].base + inst->layout.log;
	s->log_bytes = LWK_LOG_BYTES;
	if (s->state != LWK_INSTANCE_RUNNING)
		return;
	s->boot_ns = inst->boot_ns;
	s->uptime_ns = ktime_get_ns() - inst->running_since_ns;
}

int lwk_instance_status(u32 number, struct lwk_status *status)
{
	struct lwk_instance *inst;

	mutex_lock(&table_lock);
	inst = find(number);
	if (inst)
		fill_status(inst, status);
	mutex_unlock(&table_lock);
	return inst ? 0 : -ENODEV;
}

int lwk_instance_check_running(const struct lwk_instance *inst)
{
	switch (lwk_instance_state(inst)) {
	case LWK_INSTANCE_RUNNING:
		return 0;
	case LWK_INSTANCE_FAILED:
		return -EIO;
	default:
		return -ENXIO;
	}
}

/* The state does not change during a boot: BOOT sees that `live` is cleared, and
 * undoes what it has done. */
static void mark_failed(struct lwk_instance *inst)
{
	cmpxchg(&inst->state, LWK_INSTANCE_RUNNING, LWK_INSTANCE_FAILED);
	cmpxchg(&inst->state, LWK_INSTANCE_STOPPING, LWK_INSTANCE_FAILED);
}

void lwk_instance_fail(struct lwk_instance *inst, const char *why, ...)
{
	struct va_format text = {.fmt = why};
	va_list args;

	if (!cmpxchg(&inst->live, true, false))
		return;
	mark_failed(inst);
	lwk_pci_silence_all(inst);
	va_start(args, why);
	text.va = &args;
	lwk_info(inst, "failed: %pV", &text);
	va_end(args);
	lwk_requests_end(inst);
	lwk_proc_fail_all(inst);
	wake_up_all(&inst->log_wait);
	wake_up_all(&inst->window_wait);
	wake_up_all(&inst->proc_wait);
}
