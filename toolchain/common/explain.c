// SPDX-License-Identifier: MIT
/* Words for errors; see explain.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kernel/abi/ioctl.h"
#include "toolchain/common/explain.h"

#define NO_MODULE                                                        \
	"the module lwk is not loaded: type `modprobe lwk`, or `insmod " \
	"PATH/lwk.ko`"

static int module_is_there(void)
{
	return access("/dev/lwk", F_OK) == 0;
}

const char *explain_control(int err, char text[EXPLAIN_BYTES])
{
	if (err == -ENOENT || err == -ENXIO || err == -ENODEV)
		snprintf(text, EXPLAIN_BYTES, "%s", NO_MODULE);
	else if (err == -EACCES || err == -EPERM)
		snprintf(text, EXPLAIN_BYTES,
			 "no permission for /dev/lwk: do this as root");
	else
		snprintf(text, EXPLAIN_BYTES, "/dev/lwk: %s", strerror(-err));
	return text;
}

/* What to do about it, or NULL. */
static const char *advice(int err)
{
	switch (err) {
	case -EIO:
		return "has failed; see `lwk log`, then `lwk shutdown --force`";
	case -EACCES:
	case -EPERM:
		return "may not be used by you: do this as root, or as a member of group lwk";
	case -EPROTO:
		return "speaks another version of the interface: the module and this command must come from one build";
	default:
		return NULL;
	}
}

/* The option that selects this instance, if a command needs one. */
static const char *option(unsigned int instance)
{
	static char words[24];

	snprintf(words, sizeof(words), " --instance %u", instance);
	return instance ? words : "";
}

const char *explain_instance(unsigned int instance, int err, const char *why,
			     char text[EXPLAIN_BYTES])
{
	if ((err == -ENOENT || err == -ENODEV) && !module_is_there())
		snprintf(text, EXPLAIN_BYTES, "%s", NO_MODULE);
	else if (err == -ENOENT || err == -ENODEV)
		snprintf(
			text, EXPLAIN_BYTES,
			"lwk%u has no CPUs and memory: type `lwk reserve%s --cpus 1-3 --memory 512M`",
			instance, option(instance));
	else if (err == -ENXIO)
		snprintf(text, EXPLAIN_BYTES,
			 "lwk%u is not booted: type `lwk boot%s`", instance,
			 option(instance));
	else if (advice(err))
		snprintf(text, EXPLAIN_BYTES, "lwk%u %s", instance,
			 advice(err));
	else if (why && *why)
		snprintf(text, EXPLAIN_BYTES, "%.*s", LWK_WHY_BYTES, why);
	else if (err == -ETIMEDOUT)
		snprintf(
			text, EXPLAIN_BYTES,
			"lwk%u does not answer; `lwk status` shows whether one of its CPUs hangs",
			instance);
	else
		snprintf(text, EXPLAIN_BYTES, "lwk%u: %s", instance,
			 strerror(-err));
	return text;
}
