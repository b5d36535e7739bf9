/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Virtual addresses that the module, the LWK and the proxy agree on.
 *
 *   0x0000_0000_0001_0000   application, from LWK_APP_MIN (mmap_min_addr)
 *   0x0000_7000_0000_0000   LWK_APP_END: end of the application's range; the
 *                           proxy's own image, stack and libraries lie above
 *   0xffff_8000_0000_0000   LWK_PHYS_MAP: the LWK's memory, at its physical
 *                           address; nothing else is mapped there
 *   0xffff_ffff_8000_0000   LWK_IMAGE_BASE: the LWK's image; LWK_CODE_BASE: what it
 *                           has made of extensions; LWK_DEVICE_BASE: memory of
 *                           devices
 */
#ifndef LWK_ABI_LAYOUT_H
#define LWK_ABI_LAYOUT_H

#define LWK_APP_MIN 0x10000ULL
#define LWK_APP_END 0x700000000000ULL

#define LWK_PHYS_MAP 0xffff800000000000ULL
#define LWK_IMAGE_BASE 0xffffffff80000000ULL
/* The image, its .bss included, may not be larger. */
#define LWK_IMAGE_MAX (16ULL << 20)
/* Machine code of extensions. */
#define LWK_CODE_BASE (LWK_IMAGE_BASE + 2 * LWK_IMAGE_MAX)
#define LWK_CODE_BYTES (2ULL << 20)

/* Memory of devices: this much for each of LWK_MAX_DEVICES. */
#define LWK_DEVICE_BASE (LWK_IMAGE_BASE + (512ULL << 20))
#define LWK_DEVICE_BYTES (64ULL << 20)

#define LWK_PAGE_SIZE 4096ULL
/* Memory is taken from Linux in pieces aligned to this and a multiple of it. */
#define LWK_CHUNK_SIZE (2ULL << 20)

/* Interrupt vectors of the LWK's CPUs. Linux's own system vectors are 0xec and
 * above; its broadcasts may hit LWK CPUs there, and are counted. */
#define LWK_VECTOR_DEVICE 0xc0 /* + index of a device in boot.device[] */
#define LWK_VECTOR_DOORBELL 0xd0 /* from the module: look at the ring */
#define LWK_VECTOR_TIMER 0xd1 /* local APIC timer */
#define LWK_VECTOR_IPI 0xd2 /* from another CPU of the same LWK */
#define LWK_VECTOR_SHOOTDOWN 0xd3 /* the same: forget translations */
#define LWK_VECTOR_SPURIOUS 0xff

#endif
