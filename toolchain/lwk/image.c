// SPDX-License-Identifier: MIT
/* Which image an instance runs; see lwk.h. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "toolchain/lwk/lwk.h"

#define INSTALLED "/usr/lib/margay/lwk.elf"
#define RUN_DIR "/run/lwk"

const char *find_beside(const char *name, const char *beside, char *path,
			size_t bytes)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0)
		return NULL;
	self[n] = 0;
	*strrchr(self, '/') = 0;
	snprintf(path, bytes, "%s/%s", self, name);
	if (access(path, F_OK) == 0)
		return path;
	snprintf(path, bytes, "%s/../%s/%s", self, beside, name);
	return access(path, F_OK) == 0 ? path : NULL;
}

/* The image that is named without an instance: the option, $LWK_IMAGE. */
static const char *image_named(const struct options *o)
{
	return o->image ?: getenv("LWK_IMAGE");
}

static const char *image_installed(char *path, size_t bytes)
{
	const char *beside = find_beside("lwk.elf", "lib/margay", path, bytes);

	if (beside)
		return beside;
	if (access(INSTALLED, F_OK) == 0)
		return INSTALLED;
	return find_beside("lwk.elf", "kernel", path, bytes);
}

const char *image_to_boot(const struct options *o, char *path, size_t bytes)
{
	return image_named(o) ?: image_installed(path, bytes);
}

const char *image_booted(const struct options *o, unsigned int instance,
			 char *path, size_t bytes)
{
	const char *named = image_named(o);

	if (named)
		return named;
	snprintf(path, bytes, RUN_DIR "/%u/image", instance);
	if (access(path, R_OK) == 0)
		return path;
	return image_installed(path, bytes);
}

/* A link, so that `ls -l` shows it. Without it, only symbols are missing. */
void image_remember(unsigned int instance, const char *image)
{
	char path[64], real[PATH_MAX];

	if (!realpath(image, real))
		return;
	mkdir(RUN_DIR, 0755);
	snprintf(path, sizeof(path), RUN_DIR "/%u", instance);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), RUN_DIR "/%u/image", instance);
	unlink(path);
	if (symlink(real, path))
		complain("%s: not written; `lwk log` may not find symbols",
			 path);
}
