/* SPDX-License-Identifier: MIT */
/* What Nimble needs of its host: kernel/nimble/port.c, nimble/user/port.c. */
#ifndef NIMBLE_PORT_H
#define NIMBLE_PORT_H

/*
 * Besides these functions Nimble uses memcpy, memmove, memset, memcmp and
 * strlen. Context says from where Nimble calls: "task", where it may sleep;
 * "any", where interrupts may be off and nothing may sleep or fault.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nimble/nimble.h"

#define NIMBLE_PAGE 4096

/* Zeroed, page-aligned, contiguous addresses; NULL: no memory. Task. */
void *nimble_port_alloc(size_t bytes);
void nimble_port_free(void *memory, size_t bytes);

/*
 * Memory for machine code, whole pages, within 2 GiB of the engine. take: the address
 * where it will run, and in *write where it is written until seal; nobody else takes
 * memory or sleeps in between. seal: executable there, and not writable anywhere; 0 or
 * -errno. NULL, or an error: it cannot be had, and threaded code does. Task.
 */
void *nimble_port_code_take(size_t bytes, void **write);
int nimble_port_code_seal(void *code, size_t bytes);
void nimble_port_code_free(void *code, size_t bytes);
/* Does such memory lie there? Any. */
bool nimble_port_is_code(uint64_t address);

/* The CPU that this runs on, below nimble_port_cpus(), which is constant and at most
 * NIMBLE_MOST_CPUS. */
#define NIMBLE_MOST_CPUS 64
unsigned int nimble_port_cpu(void); /* any */
unsigned int nimble_port_cpus(void); /* any */

/* A cheap rising clock for counters (the TSC will do), and nanoseconds. */
uint64_t nimble_port_clock(void); /* any */
uint64_t nimble_port_time_ns(void); /* any */

/*
 * Copy from or to the memory of the application whose context this is, never
 * faulting pages in: 0, or -EFAULT for anything that is not present and
 * allowed, all of the kernel's half included. Context: a run at task level.
 */
int nimble_port_user_read(void *to, uint64_t from, size_t bytes);
int nimble_port_user_write(uint64_t to, const void *from, size_t bytes);

/* One line of text, without a line end. Any. */
void nimble_port_log(const char *line);

/* Interrupts of this CPU off, and back to what they were. Any. */
uint64_t nimble_port_irq_save(void);
void nimble_port_irq_restore(uint64_t state);

/* One turn of a wait for another CPU; task, interrupts on. */
void nimble_port_relax(void);

/*
 * Helpers. All have this form: up to five integers from the extension, of
 * which nothing may be believed, and the run. The result goes to r0.
 */
struct nimble_run;
/* Few use all of them. */
#define NIMBLE_ARG(name) uint64_t name __attribute__((unused))
#define NIMBLE_HELPER_ARGS                                              \
	NIMBLE_ARG(a1), NIMBLE_ARG(a2), NIMBLE_ARG(a3), NIMBLE_ARG(a4), \
		NIMBLE_ARG(a5), struct nimble_run *run __attribute__((unused))
typedef uint64_t (*nimble_helper_fn)(NIMBLE_HELPER_ARGS);

#define NIMBLE_HELPER_ENGINE(name)
#define NIMBLE_HELPER_HOST(name) \
	uint64_t nimble_host_##name(NIMBLE_HELPER_ARGS);
#define HELPER(name, r, a, b, c, d, e, levels, who, supplier, what) \
	NIMBLE_HELPER_##supplier(name)
#include "nimble/abi/helpers.def"
#undef HELPER
#undef NIMBLE_HELPER_ENGINE
#undef NIMBLE_HELPER_HOST

struct nimble_helper {
	const char *name;
	const char *signature;
	nimble_helper_fn function;
	uint8_t levels; /* bit for each enum nimble_level */
	bool app_allowed;
};

/* A helper of the host's own beyond helpers.def (tests), or NULL. Task. */
const struct nimble_helper *nimble_port_helper(const char *name);

/* For helpers. */
/* Host address of extension memory, or NULL (and the run will be unwound). */
void *nimble_arg_memory(struct nimble_run *run, uint64_t address,
			uint64_t bytes, bool write);
/* The same for memory that it may write, checked in trusted code as well: false, and the run
 * goes on. */
bool nimble_owns(const struct nimble_run *run, uint64_t address,
		 uint64_t bytes);
/* Take units from the budget; false: exceeded, return at once. */
bool nimble_charge(struct nimble_run *run, uint64_t units);
/* Unwind when the helper returns. */
void nimble_helper_fault(struct nimble_run *run, enum nimble_fault_kind kind,
			 uint64_t value);
/* Format what an extension wants to say, from its memory: `to` always ends with zero.
 * Charged; the run is unwound where format or values lie outside. size > 0. */
void nimble_say(struct nimble_run *run, char *to, size_t size, uint64_t format,
		uint64_t bytes, uint64_t values, uint64_t values_bytes);
struct nimble_ext *nimble_run_ext(const struct nimble_run *run);
enum nimble_level nimble_run_level(const struct nimble_run *run);
void *nimble_run_host(const struct nimble_run *run); /* nimble_call.host */
/* The same after nimble_charge(); NULL: exceeded, too. */
void *nimble_run_host_for(struct nimble_run *run, uint64_t units);
bool nimble_run_trusted(const struct nimble_run *run);

/*
 * Before a helper takes something that must be given back: release(what) is
 * called if the run is unwound before nimble_done(). At most NIMBLE_HELD at
 * once; false: no room, do not take it.
 */
#define NIMBLE_HELD 4
bool nimble_hold(struct nimble_run *run, void (*release)(void *), void *what);
void nimble_done(struct nimble_run *run, void *what);

#endif
