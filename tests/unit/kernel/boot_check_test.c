/* SPDX-License-Identifier: GPL-2.0 */
/* kernel/core/boot_check.c: a good block, and every field spoilt. */
#include <string.h>

#include "kernel/abi/layout.h"
#include "kernel/abi/ring.h"
#include "kernel/core/boot_check.h"
#include "tests/unit/kernel/host.h"

#define BASE 0x40000000UL

static struct lwk_boot good, b;

static int begin(void **state)
{
	(void)state;
	memset(&good, 0, sizeof(good));
	good.magic = LWK_BOOT_MAGIC;
	good.version = LWK_BOOT_VERSION;
	good.bytes = sizeof(good);
	good.cpu_count = 1;
	good.region_count = 2;
	good.tsc_khz = 2000000;
	good.region[0] = (struct lwk_region){BASE, 4 * LWK_CHUNK_SIZE, 0, 0};
	good.region[1] = (struct lwk_region){0x80000000, LWK_CHUNK_SIZE, 0, 0};
	good.image_bytes = 0x10000;
	good.free_offset = 0x200000;
	good.time_page = BASE + 0x11000;
	good.log = BASE + 0x12000;
	good.log_bytes = 0x10000;
	good.window = BASE + 0x22000;
	good.window_bytes = 0x1000;
	good.cpu[0].ring_to_lwk = BASE + 0x30000;
	good.cpu[0].ring_to_linux = BASE + 0x38000;
	b = good;
	return 0;
}

#define REFUSED(change)                                    \
	do {                                               \
		b = good;                                  \
		change;                                    \
		if (!boot_check(&b))                       \
			fail_msg("accepted: %s", #change); \
	} while (0)

static void fields_are_checked(void **state)
{
	(void)state;
	assert_int_equal(boot_check(&good), 0);
	REFUSED(b.magic++);
	REFUSED(b.version++);
	REFUSED(b.bytes--);
	REFUSED(b.cpu_count = 0);
	REFUSED(b.cpu_count = LWK_MAX_CPUS + 1);
	REFUSED(b.region_count = 0);
	REFUSED(b.region_count = LWK_MAX_REGIONS + 1);
	REFUSED(b.tsc_khz = 0);
	REFUSED(b.region[0].base += 4096);
	REFUSED(b.region[1].bytes = 0);
	REFUSED(b.region[1].base = BASE + LWK_CHUNK_SIZE); /* overlap */
	REFUSED(b.region[1].base = 1UL << 60);
	REFUSED(b.region[1].bytes = ~0UL & ~(LWK_CHUNK_SIZE - 1));
	REFUSED(b.image_bytes = LWK_IMAGE_MAX + 1);
	REFUSED(b.image_bytes = 0x300000);
	REFUSED(b.free_offset = 5 * LWK_CHUNK_SIZE);
	REFUSED(b.free_offset++);
	REFUSED(b.time_page = BASE); /* in the image */
	REFUSED(b.log_bytes = 1UL << 40);
	REFUSED(b.log_bytes = 16);
	REFUSED(b.window = 0xfee00000);
	REFUSED(b.window_bytes = ~0UL);
	REFUSED(b.cpu[0].ring_to_lwk = 0);
	REFUSED(b.cpu[0].ring_to_linux = BASE + 0x200000 - 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(fields_are_checked, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
