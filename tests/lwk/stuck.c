/* SPDX-License-Identifier: MIT */
/* On Linux: asks an LWK's extensions with a buffer whose page never comes (userfaultfd, as
 * a file system in user space would do it): stuck in | out. Says "stuck" when Linux waits
 * for the page, and waits to be killed. */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/abi/ioctl.h"
#include "kernel/abi/nimble_ctl.h"

#define PAGE 4096UL

static int fail(const char *what)
{
	perror(what);
	return 1;
}

static void *ask(void *ctl)
{
	int fd = open("/dev/lwk0", O_RDWR);

	ioctl(fd, LWK_IOC_NIMBLE, ctl);
	perror("it came back");
	return NULL;
}

int main(int argc, char **argv)
{
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register range = {.mode = UFFDIO_REGISTER_MODE_MISSING};
	struct nimble_ctl ctl = {.version = NIMBLE_CTL_VERSION};
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int faults = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	struct uffd_msg message;
	pthread_t thread;

	if (argc != 2 || page == MAP_FAILED)
		return 2;
	if (faults < 0 || ioctl(faults, UFFDIO_API, &api))
		return fail("userfaultfd");
	range.range.start = (__u64)page;
	range.range.len = PAGE;
	if (ioctl(faults, UFFDIO_REGISTER, &range))
		return fail("register");
	if (!strcmp(argv[1], "in")) {
		ctl.op = NIMBLE_OP_LOAD;
		ctl.in = (uint64_t)page;
		ctl.in_bytes = PAGE;
	} else {
		ctl.op = NIMBLE_OP_LIST;
		ctl.out = (uint64_t)page;
		ctl.out_bytes = PAGE;
	}
	pthread_create(&thread, NULL, ask, &ctl);
	if (read(faults, &message, sizeof(message)) != sizeof(message))
		return fail("read");
	puts("stuck");
	fflush(stdout);
	pause();
	return 0;
}
