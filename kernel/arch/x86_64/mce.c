/* SPDX-License-Identifier: GPL-2.0 */
/* Machine checks (Intel SDM vol. 3, 15). One ends the instance. The banks are logged,
 * and left as they are for Linux, which gets the CPU back. */
#include "kernel/arch/x86_64/arch_priv.h"
#include "kernel/core/log.h"

#define MCG_CAP_BANKS 0xff
#define MCI_STATUS_VALID (1ULL << 63)
#define MCI_STATUS_ADDRESS (1ULL << 58)

void mce_init_cpu(void)
{
	/* Without it a machine check, which may be broadcast, resets the machine. */
	write_cr4(read_cr4() | CR4_MCE);
}

static void log_bank(uint32_t bank)
{
	uint64_t status = rdmsr(MSR_MC0_STATUS + 4 * bank);

	if (!(status & MCI_STATUS_VALID))
		return;
	log_line("bank %u: status %016lx, address %lx", bank, status,
		 status & MCI_STATUS_ADDRESS ? rdmsr(MSR_MC0_ADDR + 4 * bank)
					     : 0);
}

void mce_report(void)
{
	uint32_t banks = (uint32_t)rdmsr(MSR_MCG_CAP) & MCG_CAP_BANKS, i;

	log_line("machine check, status %lx", rdmsr(MSR_MCG_STATUS));
	for (i = 0; i < banks; i++)
		log_bank(i);
	/* While this says "in progress", the next one resets the machine: Linux's,
	 * when it has the CPU again. */
	wrmsr(MSR_MCG_STATUS, 0);
}
