/* SPDX-License-Identifier: GPL-2.0 */
/* PCI devices that Linux has handed over. See device.h.
 *
 * Each has room for its memory from LWK_DEVICE_BASE on, mapped from ADD to GONE. An
 * access to it holds `lock`; GONE takes the device out of the list of windows under that
 * lock, then unmaps it, and answers when all CPUs have forgotten it.
 *
 * A device may reach memory for one user at a time, an extension. Only Linux writes
 * the device's configuration, so Linux is asked to allow it. `master_lock` is held
 * from the decision to Linux's answer, so that the last decision is the last one
 * carried out. The module's thread, which answers, never waits for an LWK. */
#include <asm/errno.h>

#include "kernel/abi/layout.h"
#include "kernel/arch/cpu.h"
#include "kernel/arch/device.h"
#include "kernel/core/log.h"
#include "kernel/core/percpu.h"
#include "kernel/ikc/device.h"
#include "kernel/ikc/ring.h"
#include "kernel/ikc/upcalls.h"
#include "kernel/lib/string.h"
#include "kernel/mm/shootdown.h"
#include "kernel/sync/spinlock.h"

#define PADDR_END (1ULL << 52)

/* Guards all of this; interrupts off. */
static struct spinlock lock = SPINLOCK_INIT;
static struct device {
	bool present;
	struct lwk_device about; /* a copy of what Linux has written */
} devices[LWK_MAX_DEVICES];
static struct window {
	paddr_t base;
	uint64_t bytes;
	vaddr_t at;
	uint32_t device;
} windows[LWK_MAX_DEVICES * LWK_DEVICE_BARS];
static uint32_t window_count;

/* Guards which user has which device; taken with interrupts on, before
 * `lock`. */
static struct spinlock master_lock = SPINLOCK_INIT;
static uint32_t users[LWK_MAX_DEVICES]; /* 0: nobody */

static uint64_t lock_devices(void)
{
	uint64_t flags = arch_irq_save();

	spin_lock(&lock);
	return flags;
}

static void unlock_devices(uint64_t flags)
{
	spin_unlock(&lock);
	arch_irq_restore(flags);
}

/* ---- Coming and going --------------------------------------------------- */

static vaddr_t room_of(uint64_t index)
{
	return LWK_DEVICE_BASE + index * LWK_DEVICE_BYTES;
}

/* Whether it can be a device's memory: it is not the LWK's own. */
static bool is_sane(paddr_t base, uint64_t bytes)
{
	uint32_t i;

	if (!bytes || base >= PADDR_END || bytes > PADDR_END - base)
		return false;
	for (i = 0; i < boot->region_count; i++) {
		const struct lwk_region *r = &boot->region[i];

		if (base < r->base + r->bytes && r->base < base + bytes)
			return false;
	}
	return true;
}

static uint64_t pages_of(paddr_t base, uint64_t bytes)
{
	return ALIGN_UP(base % PAGE_SIZE + bytes, PAGE_SIZE);
}

/* Maps the memory of a device, piece after piece, and makes a window of each. A piece
 * without room is left out. */
static uint32_t map(uint64_t index, const struct lwk_device *about,
		    struct window *window)
{
	vaddr_t at = room_of(index), end = at + LWK_DEVICE_BYTES;
	uint32_t i, count = 0;

	for (i = 0; i < LWK_DEVICE_BARS; i++) {
		paddr_t base = about->bar[i].base;
		uint64_t bytes = about->bar[i].bytes;

		if (!is_sane(base, bytes))
			continue;
		if (bytes > end - at || pages_of(base, bytes) > end - at ||
		    arch_device_map(at, base - base % PAGE_SIZE,
				    pages_of(base, bytes))) {
			log_line(
				"no room for memory of device %lu: %lx bytes at %lx",
				index, bytes, base);
			continue;
		}
		window[count++] = (struct window){
			base, bytes, at + base % PAGE_SIZE, (uint32_t)index};
		at += pages_of(base, bytes);
	}
	return count;
}

static bool is_present(uint64_t index)
{
	return index < LWK_MAX_DEVICES &&
	       __atomic_load_n(&devices[index].present, __ATOMIC_ACQUIRE);
}

int device_add(uint64_t index)
{
	struct window window[LWK_DEVICE_BARS];
	struct lwk_device about;
	uint32_t count;
	uint64_t flags;

	if (index >= LWK_MAX_DEVICES || is_present(index))
		return -EINVAL;
	about = boot->device[index];
	if (about.vector && about.vector != LWK_VECTOR_DEVICE + index)
		return -EINVAL;
	count = map(index, &about, window);
	flags = lock_devices();
	memcpy(&windows[window_count], window, count * sizeof(*window));
	window_count += count;
	devices[index].about = about;
	/* release: pairs with is_present(), which takes no lock */
	__atomic_store_n(&devices[index].present, true, __ATOMIC_RELEASE);
	unlock_devices(flags);
	log_line("device %lu: %04x:%04x, vector %x, %u pieces of memory", index,
		 about.vendor, about.device, about.vector, count);
	return 0;
}

static void forget_windows(uint64_t index)
{
	uint32_t i, kept = 0;

	for (i = 0; i < window_count; i++)
		if (windows[i].device != index)
			windows[kept++] = windows[i];
	window_count = kept;
}

/* From now on its user's accesses fail, and the user no longer has it. */
static void take_from_user(uint64_t index)
{
	spin_lock(&master_lock);
	__atomic_store_n(&users[index], 0, __ATOMIC_RELAXED);
	spin_unlock(&master_lock);
}

int device_gone(uint64_t index)
{
	vaddr_t room = room_of(index);
	uint64_t flags;

	if (!is_present(index))
		return -EINVAL;
	flags = lock_devices();
	__atomic_store_n(&devices[index].present, false, __ATOMIC_RELEASE);
	forget_windows(index);
	unlock_devices(flags);
	take_from_user(index);
	extension_device_gone((uint32_t)index);
	arch_device_unmap(room, LWK_DEVICE_BYTES);
	shootdown_kernel(room, room + LWK_DEVICE_BYTES);
	log_line("device %lu has gone", index);
	return 0;
}

/* ---- Finding ------------------------------------------------------------ */

int device_about(uint64_t index, struct lwk_device *about)
{
	uint64_t flags = lock_devices();
	bool present = is_present(index);

	if (present)
		*about = devices[index].about;
	unlock_devices(flags);
	return present ? 0 : -ENODEV;
}

uint32_t device_of_vector(uint32_t vector)
{
	uint32_t index = vector - LWK_VECTOR_DEVICE;

	return is_present(index) && devices[index].about.vector ? index
								: DEVICE_NONE;
}

uint32_t device_at_address(uint32_t address)
{
	uint64_t flags = lock_devices();
	uint32_t i, found = DEVICE_NONE;

	for (i = 0; i < LWK_MAX_DEVICES; i++)
		if (is_present(i) && devices[i].about.address == address)
			found = i;
	unlock_devices(flags);
	return found;
}

/* Caller holds the lock. */
static const struct window *find(paddr_t at, uint64_t bytes)
{
	uint32_t i;

	for (i = 0; i < window_count; i++) {
		uint64_t offset = at - windows[i].base;

		if (bytes <= windows[i].bytes &&
		    offset <= windows[i].bytes - bytes)
			return &windows[i];
	}
	return NULL;
}

uint32_t device_at(paddr_t at, uint64_t bytes)
{
	uint64_t flags = lock_devices();
	const struct window *w = find(at, bytes);
	uint32_t device = w ? w->device : DEVICE_NONE;

	unlock_devices(flags);
	return device;
}

/* ---- Registers ---------------------------------------------------------- */

static bool is_access(paddr_t at, uint64_t bytes)
{
	return (bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8) &&
	       !(at & (bytes - 1));
}

static int reach(paddr_t at, uint64_t bytes, uint64_t *value, bool write)
{
	const struct window *w;
	uint64_t flags;
	vaddr_t va;

	if (!is_access(at, bytes))
		return -EINVAL;
	flags = lock_devices();
	w = find(at, bytes);
	va = w ? w->at + (at - w->base) : 0;
	if (w && write)
		arch_mmio_write(va, (unsigned int)bytes, *value);
	else if (w)
		*value = arch_mmio_read(va, (unsigned int)bytes);
	unlock_devices(flags);
	return w ? 0 : -ENODEV;
}

int device_read(paddr_t at, uint64_t bytes, uint64_t *value)
{
	return reach(at, bytes, value, false);
}

int device_write(paddr_t at, uint64_t bytes, uint64_t value)
{
	return reach(at, bytes, &value, true);
}

/* ---- Reaching memory ---------------------------------------------------- */

/* Caller holds master_lock. */
static void ask(uint32_t index, bool on)
{
	const struct lwk_msg msg = {
		.type = LWK_MSG_DEVICE_MASTER,
		.arg = {index, on},
	};

	ikc_send_and_wait(&msg);
}

/* Caller holds master_lock. */
static int use(uint32_t index, uint32_t user)
{
	if (!is_present(index))
		return -ENODEV;
	if (users[index])
		return users[index] == user ? 0 : -EBUSY;
	__atomic_store_n(&users[index], user, __ATOMIC_RELAXED);
	ask(index, true);
	return 0;
}

int device_master(uint32_t index, uint32_t user)
{
	int error;

	spin_lock(&master_lock);
	error = use(index, user);
	spin_unlock(&master_lock);
	return error;
}

uint32_t device_user(uint32_t index)
{
	return __atomic_load_n(&users[index], __ATOMIC_RELAXED);
}

void device_end_master(uint32_t index, uint32_t user)
{
	uint32_t i;

	spin_lock(&master_lock);
	for (i = 0; i < LWK_MAX_DEVICES; i++) {
		if (users[i] != user || (index != DEVICE_NONE && index != i))
			continue;
		ask(i, false);
		__atomic_store_n(&users[i], 0, __ATOMIC_RELAXED);
	}
	spin_unlock(&master_lock);
}
