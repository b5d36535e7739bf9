// SPDX-License-Identifier: MIT
/* The log ring (kernel/abi/log.h). */
#include "stub_priv.h"

static uint32_t lock;

static void put(struct lwk_log *log, char ch)
{
	log->text[log->written % log->size] = ch;
	__atomic_store_n(&log->written, log->written + 1, __ATOMIC_RELEASE);
}

static void put_text(struct lwk_log *log, const char *text)
{
	while (*text)
		put(log, *text++);
}

static void put_number(struct lwk_log *log, uint64_t n)
{
	if (n >= 10)
		put_number(log, n / 10);
	put(log, '0' + n % 10);
}

void log_line(struct cpu *c, const char *text, uint64_t number)
{
	struct lwk_log *log = at_phys(boot->log);

	while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))
		relax();
	put_text(log, "[0.000000] cpu");
	put_number(log, c->index);
	put_text(log, ": ");
	put_text(log, text);
	put(log, ' ');
	put_number(log, number);
	put(log, '\n');
	__atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
	fence();
	if (__atomic_load_n(&boot->log_waiting, __ATOMIC_RELAXED))
		ring_send(c, &(struct lwk_msg){.type = LWK_MSG_LOG});
}
