// SPDX-License-Identifier: MIT
/* host-module/boot/image.c: any file is refused, or loads into its own bytes. */
#include "host-module/boot/image.h"
#include "kernel/abi/layout.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void expect(bool truth)
{
	if (!truth)
		abort();
}

static void load(const void *file, const struct lwk_image *image)
{
	void *to = calloc(1, image->bytes);

	expect(to != NULL);
	lwk_image_load(file, to);
	free(to);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct lwk_image image;
	const char *why = NULL;
	/* Exactly as large, and aligned as the module's copy is. */
	void *file = malloc(bytes ? bytes : 1);

	expect(file != NULL);
	memcpy(file, data, bytes);
	if (lwk_image_check(file, bytes, 8 << 20, &image, &why)) {
		expect(why != NULL);
	} else {
		expect(image.bytes <= 8 << 20);
		expect(image.entry >= LWK_IMAGE_BASE);
		expect(image.entry - LWK_IMAGE_BASE < image.bytes);
		load(file, &image);
	}
	free(file);
	return 0;
}
