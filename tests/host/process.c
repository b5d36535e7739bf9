// SPDX-License-Identifier: MIT
/* Processes: each call of /dev/lwkN rightly and wrongly used, waits and events,
 * proxies that are killed. */
#include "kernel/abi/ring.h"
#include "tests/host/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int control;
static uint32_t instance = LWK_INSTANCE_ANY;
static char why[LWK_WHY_BYTES];

static uint32_t processes(void)
{
	return status(control, instance).processes;
}

/* A released process needs its answer from the LWK. */
static bool wait_processes(uint32_t count)
{
	for (int i = 0; i < 200 && processes() != count; i++)
		sleep_ms(10);
	return processes() == count;
}

/* ---- What all calls share ---------------------------------------------- */

static const unsigned long commands[] = {
	LWK_IOC_PROC_CREATE, LWK_IOC_PROC_START, LWK_IOC_WAIT,
	LWK_IOC_SLOT_DONE,   LWK_IOC_SIGNAL,	 LWK_IOC_EVENT,
	LWK_IOC_LOG,	     LWK_IOC_PS,	 LWK_IOC_NIMBLE,
	LWK_IOC_PROC_ADOPT,  LWK_IOC_SPACE,	 LWK_IOC_CLOSE_ON_EXEC,
	LWK_IOC_CREDENTIALS, LWK_IOC_LEND,	 LWK_IOC_TAKE_BACK,
	LWK_IOC_CHANGED,
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void test_shared(void)
{
	int fd = instance_open(instance);

	for (size_t i = 0; i < COMMANDS; i++) {
		uint32_t args[256] = {LWK_IOC_ABI + 1, instance};

		is(call(fd, commands[i], args), -EPROTO,
		   "call %zu: wrong version", i);
		args[0] = LWK_IOC_ABI;
		args[1] = instance + 1;
		is(call(fd, commands[i], args), -EINVAL,
		   "call %zu: wrong instance", i);
		is(call(fd, commands[i], (void *)8), -EFAULT,
		   "call %zu: bad pointer", i);
	}
	is(call(fd, LWK_IOC_RESERVE, 0), -ENOTTY, "a call of /dev/lwk");
	is(call(fd, _IO(LWK_IOC_MAGIC, 99), 0), -ENOTTY, "unknown call");
	close(fd);
}

static int create_with(int fd, int cpu, uint32_t pad, uint64_t stack)
{
	struct lwk_proc_create args = {
		.version = LWK_IOC_ABI,
		.instance = instance,
		.cpu = cpu,
		.pad = pad,
		.stack_bytes = stack,
	};
	int ret = call(fd, LWK_IOC_PROC_CREATE, &args);

	memcpy(why, args.why, sizeof(why));
	return ret ? ret : args.cpu;
}

static int create(int fd, int cpu, uint32_t pad)
{
	return create_with(fd, cpu, pad, 0);
}

static void test_not_booted(void)
{
	struct peer none = {.fd = instance_open(instance),
			    .instance = instance};
	struct lwk_ps ps = {.version = LWK_IOC_ABI, .instance = instance};
	struct lwk_log_read log = {
		.version = LWK_IOC_ABI,
		.instance = instance,
		.buffer = (uintptr_t)why,
		.bytes = sizeof(why),
	};
	struct nimble_ctl ctl = {
		.version = LWK_IOC_ABI,
		.instance = instance,
		.op = NIMBLE_OP_LIST,
	};

	is(create(none.fd, -1, 0), -ENXIO, "PROC_CREATE before boot");
	contains(why, "is not running", "says why");
	is(call(none.fd, LWK_IOC_PS, &ps), -ENXIO, "PS before boot");
	is(call(none.fd, LWK_IOC_LOG, &log), -ENXIO, "LOG before boot");
	is(call(none.fd, LWK_IOC_NIMBLE, &ctl), -ENXIO, "NIMBLE before boot");
	close(none.fd);
}

/* ---- Without a process ------------------------------------------------- */

static void *map_at(int fd, uint64_t at, size_t bytes, uint64_t offset,
		    int prot, int flags)
{
	void *got = mmap((void *)(uintptr_t)at, bytes, prot, flags, fd, offset);

	return got == MAP_FAILED ? (void *)(intptr_t)-errno : got;
}

#define RW (PROT_READ | PROT_WRITE)
#define FIXED (MAP_SHARED | MAP_FIXED)

static void test_no_process(void)
{
	struct peer none = {.fd = instance_open(instance),
			    .instance = instance};
	struct lwk_event event = {.version = LWK_IOC_ABI, .instance = instance};
	int cpu = linux_cpu(instance, 1);

	is(value_call(&none, LWK_IOC_PROC_START, 0, 0), -EINVAL,
	   "START without a process");
	is(value_call(&none, LWK_IOC_WAIT, 0, 0), -EINVAL, "WAIT");
	is(value_call(&none, LWK_IOC_SLOT_DONE, 0, 0), -EINVAL, "SLOT_DONE");
	is(signal_call(&none, 2, 0), -EINVAL, "SIGNAL");
	is(call(none.fd, LWK_IOC_EVENT, &event), -EINVAL, "EVENT");
	is((long)map_at(none.fd, 0, 4096, LWK_MMAP_SLOTS, RW, MAP_SHARED),
	   -EINVAL, "mmap");
	is(create(none.fd, 0, 0), -ERANGE, "a CPU that is Linux's");
	contains(why, "has no CPU 0, only ", "says why");
	is(create(none.fd, -2, 0), -ERANGE, "a negative CPU");
	is(create(none.fd, cpu, 1), -EINVAL, "PROC_CREATE: pad");
	is(processes(), 0, "no process came about");
	is(create(none.fd, cpu, 0), cpu, "then it works");
	is(create(none.fd, cpu, 0), -EBUSY, "only once");
	contains(why, "has a process already", "says why");
	close(none.fd);
	ok(wait_processes(0), "closing the file ends it");
}

static void test_mmap(struct peer *p)
{
	uint64_t far = STUB_SMALL + (1ULL << 30);

	is((long)map_at(p->fd, 0, 4096, LWK_MMAP_SLOTS, RW, MAP_PRIVATE),
	   -EINVAL, "a private mapping");
	is((long)map_at(p->fd, 0, (LWK_SLOT_PAGES + 1) * 4096, LWK_MMAP_SLOTS,
			RW, MAP_SHARED),
	   -EINVAL, "a slot page too many");
	is((long)map_at(p->fd, 0, 4096, 4096, RW, MAP_SHARED), -EINVAL,
	   "behind the first slot page");
	is((long)map_at(p->space, far, 4096, LWK_MMAP_SPACE + far + 4096, RW,
			FIXED),
	   -EINVAL, "at another address");
	is((long)map_at(p->space, LWK_APP_END - 4096, 8192,
			LWK_MMAP_SPACE + LWK_APP_END - 4096, RW, FIXED),
	   -EINVAL, "past the end of the range");
	is((long)map_at(p->space, far, 4096, LWK_MMAP_SPACE + far,
			RW | PROT_EXEC, FIXED),
	   -EACCES, "executable");
	is(mprotect((void *)STUB_SMALL, 4096, RW | PROT_EXEC) < 0 ? errno : 0,
	   EACCES, "made executable");
	is(mremap((void *)STUB_SMALL, 4096, 8192, MREMAP_MAYMOVE) == MAP_FAILED
		   ? errno
		   : 0,
	   EFAULT, "made larger");
	is((long)map_at(p->space, far, LWK_APP_END - far, LWK_MMAP_SPACE + far,
			RW, FIXED | MAP_NORESERVE),
	   far, "all the rest of the range");
	munmap((void *)far, LWK_APP_END - far);
	is(value_call(p, LWK_IOC_SPACE, 0, 0), -EBUSY, "one view at a time");
	is(value_call(p, LWK_IOC_SPACE, 1, 0), -EINVAL, "SPACE: a value");
}

/* Each zap walks them: so there are not many. */
static void test_many_mappings(struct peer *p)
{
	uint64_t far = STUB_SMALL + (1ULL << 30), at;
	unsigned int count = 0;
	long got;

	do {
		at = far + 2 * 4096ULL * count;
		got = (long)map_at(p->space, at, 4096, LWK_MMAP_SPACE + at, RW,
				   FIXED);
	} while (got == (long)at && ++count < 10000);
	is(got, -ENOMEM, "mappings of a space: after %u there are no more",
	   count);
	ok(count > 1000 && count < 4096, "which is enough");
	is(mprotect((void *)STUB_SMALL, 4096, PROT_READ) < 0 ? errno : 0,
	   ENOMEM, "nor by splitting one");
	munmap((void *)far, 2 * 4096ULL * count);
	is((long)map_at(p->space, far, 4096, LWK_MMAP_SPACE + far, RW, FIXED),
	   far, "then there are again");
	munmap((void *)far, 4096);
}

static int adopt(struct peer *p, uint64_t child)
{
	struct lwk_proc_adopt args = {
		.version = LWK_IOC_ABI, .instance = instance, .child = child};

	return call(p->fd, LWK_IOC_PROC_ADOPT, &args);
}

static void test_adopt(struct peer *p)
{
	is(adopt(p, p->handle), -EINVAL, "ADOPT: no child's handle");
	is(adopt(p, LWK_HANDLE_OF_LWK | 1), -ESRCH, "ADOPT: no such child");
	is(adopt(p, LWK_HANDLE_OF_LWK | 1), -ESRCH, "and again");
}

/* A process is there while its memory is mapped. */
static void test_view_outlives_file(void)
{
	struct peer p = peer_new(instance, 1);

	close(p.fd);
	is(try_read((uint64_t *)STUB_SMALL), 0, "the memory is still mapped");
	is(processes(), 1, "so the process is there");
	munmap((void *)STUB_SMALL, PEER_SPACE_BYTES);
	munmap(p.slots, LWK_PAGE_SIZE);
	close(p.space);
	ok(wait_processes(0), "unmapped, it goes");
}

/* ---- Messages, waits, events ------------------------------------------- */

struct waiter {
	struct peer *p;
	pthread_t thread;
	int ret;
};

static void *wait_once(void *arg)
{
	struct waiter *w = arg;

	w->ret = value_call(w->p, LWK_IOC_WAIT, 0, 0);
	return NULL;
}

static void expect_event(struct peer *p, uint32_t type, uint32_t value)
{
	struct lwk_event event = {.version = LWK_IOC_ABI, .instance = instance};

	is(call(p->fd, LWK_IOC_EVENT, &event), 0, "EVENT");
	is(event.type, type, "the right one");
	is(event.value, value, "with its value");
}

static void test_waits(struct peer *p)
{
	struct waiter w[2] = {{.p = p, .ret = 1}, {.p = p, .ret = 1}};

	peer_do(p, STUB_WAKE, 0);
	is(value_call(p, LWK_IOC_WAIT, 0, 0), 0, "a wake that came before");
	for (int i = 0; i < 2; i++)
		pthread_create(&w[i].thread, NULL, wait_once, &w[i]);
	__atomic_store_n(&p->slots->sleepers, 2, __ATOMIC_SEQ_CST);
	sleep_ms(50);
	peer_do(p, STUB_REQUEST, 5);
	sleep_ms(50);
	is(w[0].ret + w[1].ret, 1, "one wake wakes one worker");
	is(LWK_SLOT_STATE(p->slots->slot[5].state), LWK_SLOT_REQUEST,
	   "the request is there");
	peer_do(p, STUB_REQUEST, 6);
	for (int i = 0; i < 2; i++)
		pthread_join(w[i].thread, NULL);
	is(w[0].ret + w[1].ret, 0, "the next one the other");
	peer_do(p, STUB_FLOOD, 1000);
	peer_do(p, STUB_INTERRUPT, 1); /* comes after them */
	expect_event(p, LWK_EVENT_INTERRUPT, 1);
	for (int i = 0; i < LWK_SLOTS; i++)
		w[0].ret += value_call(p, LWK_IOC_WAIT, 0, 0);
	is(w[0].ret, 0, "a thousand wakes count as one for each slot");
	signal(SIGALRM, SIG_DFL);
}

static void on_alarm(int signal)
{
	(void)signal;
}

static void test_interrupted(struct peer *p)
{
	struct sigaction action = {.sa_handler = on_alarm};
	struct lwk_event event = {.version = LWK_IOC_ABI, .instance = instance};

	sigaction(SIGALRM, &action, NULL);
	ualarm(50000, 0);
	is(value_call(p, LWK_IOC_WAIT, 0, 0), -EINTR, "WAIT and a signal");
	ualarm(50000, 0);
	is(call(p->fd, LWK_IOC_EVENT, &event), -EINTR, "EVENT and a signal");
}

/* As a child may whose parent is killed while it is adopted. */
static void test_ends_before_it_is_known(void)
{
	struct peer p = {.fd = instance_open(instance), .instance = instance};

	ok(create_with(p.fd, -1, 0, STUB_STACK_ENDS) > 0,
	   "a process that ends before PROC_CREATE is answered");
	expect_event(&p, LWK_EVENT_EXIT, 0x900);
	close(p.fd);
	ok(wait_processes(0), "it is gone");
}

static void test_events(struct peer *p)
{
	peer_send(p, STUB_INTERRUPT, 62);
	expect_event(p, LWK_EVENT_INTERRUPT, 62);
	peer_do(p, STUB_EXIT, 0x1234);
	peer_do(p, STUB_INTERRUPT, 3);
	peer_do(p, STUB_INTERRUPT, 0);
	sleep_ms(20);
	expect_event(p, LWK_EVENT_INTERRUPT, 0);
	expect_event(p, LWK_EVENT_INTERRUPT, 3);
	expect_event(p, LWK_EVENT_EXIT, 0x1234);
}

static void test_messages(struct peer *p)
{
	is(value_call(p, LWK_IOC_PROC_START, 1, 0), -EINVAL, "START: value");
	is(value_call(p, LWK_IOC_PROC_START, 0, 0), 0, "START");
	is(value_call(p, LWK_IOC_PROC_START, 0, 0), -EALREADY, "again");
	is(signal_call(p, 0, 0), -EINVAL, "signal 0");
	is(signal_call(p, 65, 0), -EINVAL, "signal 65");
	is(signal_call(p, 15, 4711), 0, "SIGNAL");
	is(value_call(p, LWK_IOC_SLOT_DONE, LWK_SLOTS_MAX, 0), -EINVAL,
	   "a slot too far");
	is(value_call(p, LWK_IOC_SLOT_DONE, 0, 1), -EINVAL, "SLOT_DONE: pad");
	is(value_call(p, LWK_IOC_SLOT_DONE, LWK_SLOTS_MAX - 1, 0), 0,
	   "SLOT_DONE");
	ok(wait_word(&p->report->slot_done, 1), "all arrive");
	is(p->report->started, 1, "the start");
	is(p->report->signal, 15, "the signal");
	is(p->report->from, 4711, "its sender");
	peer_do(p, STUB_UNKNOWN_PROC, 0);
	peer_do(p, STUB_NOP, 0);
	is(status(control, instance).state, LWK_INSTANCE_RUNNING,
	   "messages for a process that is gone do no harm");
	for (int i = 0; i < 2000; i++)
		value_call(p, LWK_IOC_SLOT_DONE, 0, 0);
	ok(wait_word(&p->report->slot_done, 2001), "a full ring is waited for");
}

static void test_ps(struct peer *p)
{
	struct lwk_ps_entry e[2] = {0};
	struct lwk_ps_cpu cpu[4] = {0};
	struct lwk_ps ps = {
		.version = LWK_IOC_ABI,
		.instance = instance,
		.entries = (uintptr_t)e,
		.capacity = 2,
		.cpus = (uintptr_t)cpu,
		.cpu_capacity = 2,
	};

	is(call(p->fd, LWK_IOC_PS, &ps), 0, "PS");
	is(ps.count, 1, "one process");
	is(e[0].handle, p->handle, "this one");
	is(e[0].pid, getpid(), "by its PID");
	is(e[0].uid, 0, "of root");
	is(e[0].cpu, 1, "on CPU 1 of the LWK");
	is(e[0].linux_cpu, 3, "which Linux calls 3");
	ok(!strcmp(e[0].name, "s"), "by its name");
	ok(e[0].run_ns > 0, "it ran");
	ok(ps.cpu_count >= 2, "the CPUs are counted");
	is(cpu[1].linux_cpu, 3, "and said, by Linux's numbers");
	is(cpu[2].linux_cpu, 0, "no more than there is room for");
	ps.cpus = 8;
	is(call(p->fd, LWK_IOC_PS, &ps), -EFAULT, "PS: a bad address of CPUs");
	ps.cpu_capacity = 0;
	ps.capacity = 0;
	ps.entries = 0;
	is(call(p->fd, LWK_IOC_PS, &ps), 0, "PS without room");
	is(ps.count, 1, "counts all the same");
	ps.capacity = 1;
	ps.entries = 8;
	is(call(p->fd, LWK_IOC_PS, &ps), -EFAULT, "PS: a bad address");
}

/* ---- Extensions -------------------------------------------------------- */

static int nimble(int fd, struct nimble_ctl ctl)
{
	ctl.version = NIMBLE_CTL_VERSION;
	ctl.instance = instance;
	return call(fd, LWK_IOC_NIMBLE, &ctl);
}

static int nimble_unprivileged(int fd, uint32_t op)
{
	int code;
	pid_t child = fork();

	if (child == 0) {
		if (setuid(65534))
			_exit(255);
		_exit(-nimble(fd, (struct nimble_ctl){.op = op}));
	}
	waitpid(child, &code, 0);
	return -WEXITSTATUS(code);
}

static void test_nimble_checks(int fd)
{
	is(nimble(fd, (struct nimble_ctl){.op = 0}), -EINVAL, "op 0");
	is(nimble(fd, (struct nimble_ctl){.op = 12}), -EINVAL, "op 12");
	is(nimble(fd, (struct nimble_ctl){.op = 5, .pad = 1}), -EINVAL, "pad");
	is(nimble(fd, (struct nimble_ctl){.op = 5, .flags = 1}), -EINVAL,
	   "TRUSTED is for LOAD alone");
	is(nimble(fd, (struct nimble_ctl){.op = 1, .flags = 4}), -EINVAL,
	   "unknown flags");
	is(nimble(fd, (struct nimble_ctl){.op = 5,
					  .in_bytes = NIMBLE_CTL_MAX_IN + 1}),
	   -EINVAL, "too much in");
	is(nimble(fd, (struct nimble_ctl){.op = 5,
					  .out_bytes = NIMBLE_CTL_MAX_OUT + 1}),
	   -EINVAL, "too much out");
	is(nimble(fd, (struct nimble_ctl){.op = 5, .in = 8, .in_bytes = 8}),
	   -EFAULT, "in: a bad address");
	is(nimble(fd, (struct nimble_ctl){.op = 5, .out = 8, .out_bytes = 99}),
	   -EFAULT, "out: a bad address");
	for (uint32_t op = 1; op <= NIMBLE_OP_MAP_NEXT; op++) {
		bool open = op == NIMBLE_OP_LIST || op == NIMBLE_OP_SHOW ||
			    op == NIMBLE_OP_MAPS ||
			    op == NIMBLE_OP_MAP_LOOKUP ||
			    op == NIMBLE_OP_MAP_NEXT;

		is(nimble_unprivileged(fd, op), open ? 0 : -EPERM,
		   "op %u without the capability", op);
	}
}

/* A caller that is killed leaves the window to its request. */
static void test_nimble_killed(struct peer *p)
{
	pid_t child = fork();

	if (child == 0) {
		nimble(p->fd, (struct nimble_ctl){.op = NIMBLE_OP_REMOVE,
						  .ext_id = STUB_EXT_HELD});
		_exit(0);
	}
	sleep_ms(50);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	child = fork();
	if (child == 0)
		_exit(-nimble(p->fd,
			      (struct nimble_ctl){.op = NIMBLE_OP_LIST}));
	sleep_ms(50);
	is(waitpid(child, NULL, WNOHANG), 0, "the window is still in use");
	peer_send(p, STUB_LET_GO, 0);
	is(waitpid(child, NULL, 0), child, "then it is free");
}

/* A page that is not there before userfaultfd(2) brings it. */
static char *slow_page(int *uffd)
{
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register range = {.mode = UFFDIO_REGISTER_MODE_MISSING};
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	range.range.start = (uintptr_t)page;
	range.range.len = 4096;
	*uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (*uffd < 0 || page == MAP_FAILED || ioctl(*uffd, UFFDIO_API, &api) ||
	    ioctl(*uffd, UFFDIO_REGISTER, &range))
		fatal("userfaultfd: error %d", errno);
	return page;
}

struct slow_load {
	int fd;
	char *page;
	int ret;
};

static void *load_slowly(void *arg)
{
	struct slow_load *l = arg;

	l->ret = nimble(l->fd, (struct nimble_ctl){.op = NIMBLE_OP_LOAD,
						   .in = (uintptr_t)l->page,
						   .in_bytes = 16});
	return NULL;
}

/* A caller whose memory is slow does not keep others waiting. */
static void test_nimble_slow_user(struct peer *p)
{
	struct slow_load load = {.fd = p->fd};
	struct uffdio_zeropage zero = {.range.len = 4096};
	pthread_t thread;
	pid_t child;
	int uffd, i;

	load.page = slow_page(&uffd);
	pthread_create(&thread, NULL, load_slowly, &load);
	sleep_ms(50);
	child = fork();
	if (child == 0)
		_exit(-nimble(p->fd,
			      (struct nimble_ctl){.op = NIMBLE_OP_LIST}));
	for (i = 0; i < 300 && waitpid(child, NULL, WNOHANG) == 0; i++)
		sleep_ms(10);
	ok(i < 300,
	   "a request whose caller's memory is slow holds up no other");
	kill(child, SIGKILL);
	zero.range.start = (uintptr_t)load.page;
	is(ioctl(uffd, UFFDIO_ZEROPAGE, &zero), 0, "then its memory comes");
	pthread_join(thread, NULL);
	is(load.ret, -EINVAL, "and it is answered");
	close(uffd);
	munmap(load.page, 4096);
}

static void test_nimble(struct peer *p)
{
	char good[] = "good one";
	uint32_t out[3] = {0};
	struct nimble_ctl ctl = {
		.version = NIMBLE_CTL_VERSION,
		.instance = instance,
		.op = NIMBLE_OP_LOAD,
		.in = (uintptr_t)good,
		.in_bytes = sizeof(good),
	};

	test_nimble_checks(p->fd);
	is(call(p->fd, LWK_IOC_NIMBLE, &ctl), 0, "LOAD");
	is(ctl.ext_id, 7, "gives an id");
	is(ctl.in, (uintptr_t)good, "and leaves the caller's fields alone");
	ctl.in_bytes = 2;
	is(call(p->fd, LWK_IOC_NIMBLE, &ctl), -EINVAL, "LOAD of a bad one");
	contains(ctl.message, "does not begin with good", "says why");
	ctl.op = NIMBLE_OP_LIST;
	ctl.out = (uintptr_t)out;
	ctl.out_bytes = 8;
	is(call(p->fd, LWK_IOC_NIMBLE, &ctl), 0, "LIST");
	is(ctl.out_used, 12, "out_used");
	is(out[2], 0, "no more than there was room for");
	test_nimble_killed(p);
	test_nimble_slow_user(p);
}

/* ---- Killed proxies ---------------------------------------------------- */

static _Noreturn void be_busy(int cpu)
{
	struct peer p = peer_new(instance, cpu);

	for (unsigned int i = 0;; i++) {
		peer_send(&p, STUB_REMAP, i);
		try_write(page(i % STUB_PAGES) + 1, i);
		try_read((uint64_t *)(STUB_DEMAND + i % 512 * 4096));
		value_call(&p, LWK_IOC_SLOT_DONE, 0, 0);
	}
}

static void test_killed_busy(void)
{
	for (int i = 0; i < 40; i++) {
		pid_t child = fork();

		if (child == 0)
			be_busy(i % 2);
		sleep_ms(i % 8 * 3);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	ok(wait_processes(0), "proxies killed at any time leave nothing");
	is(status(control, instance).state, LWK_INSTANCE_RUNNING,
	   "the LWK goes on");
}

static _Noreturn void fault_for_ever(void)
{
	struct peer p = peer_new(instance, 0);

	peer_do(&p, STUB_HOLD, 0);
	try_read((uint64_t *)STUB_DEMAND);
	_exit(1);
}

static _Noreturn void copy_for_ever(void)
{
	struct peer p = peer_new(instance, 0);
	int pipes[2];

	peer_do(&p, STUB_HOLD, 0);
	if (pipe(pipes) || write(pipes[1], (void *)STUB_DEMAND, 8) != 8)
		_exit(2);
	_exit(1);
}

static void test_killed_faulting(void (*run)(void), const char *name)
{
	uint64_t start;
	int code;
	pid_t child = fork();

	if (child == 0)
		run();
	sleep_ms(150);
	start = now_ns();
	kill(child, SIGKILL);
	waitpid(child, &code, 0);
	ok(WIFSIGNALED(code) && WTERMSIG(code) == SIGKILL, "%s dies", name);
	ok(now_ns() - start < 1000000000ULL, "at once");
	ok(wait_processes(0), "and its process is released");
}

int main(void)
{
	struct peer p;

	control = control_open();
	is(reserve(control, &instance, 0xc, 128, why), 0, "reserve %s", why);
	test_not_booted();
	is(boot(control, instance, STUB_NORMAL, why), 0, "boot %s", why);
	test_shared();
	test_no_process();
	p = peer_new(instance, 1);
	test_mmap(&p);
	test_many_mappings(&p);
	test_adopt(&p);
	test_messages(&p);
	test_ps(&p);
	test_waits(&p);
	test_interrupted(&p);
	test_events(&p);
	test_nimble(&p);
	is(shut_down(control, instance, 0, why), -EBUSY, "a process exists");
	contains(why, "1 processes exist", "says why");
	peer_end(&p);
	ok(wait_processes(0), "it ends");
	test_ends_before_it_is_known();
	test_view_outlives_file();
	test_killed_busy();
	test_killed_faulting(fault_for_ever, "a faulting proxy");
	test_killed_faulting(copy_for_ever, "one that faults inside Linux");
	is(shut_down(control, instance, 0, why), 0, "shut down %s", why);
	is(release(control, instance, why), 0, "release %s", why);
	return done_testing();
}
