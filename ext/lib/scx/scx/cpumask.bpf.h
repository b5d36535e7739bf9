/* SPDX-License-Identifier: MIT */
/* Masks of CPUs: one word each. */
#ifndef EXT_LIB_SCX_CPUMASK_H
#define EXT_LIB_SCX_CPUMASK_H

/* Masks of the scheduler's own, SCX_MASKS at once; NULL: all are in use. */
struct bpf_cpumask *scx_mask_create(void);
void scx_mask_release(struct bpf_cpumask *mask);
#define bpf_cpumask_create() scx_mask_create()
#define bpf_cpumask_release(mask) scx_mask_release(mask)
#define bpf_cpumask_acquire(mask) (mask)

/* A snapshot, which the next one overwrites. */
const struct cpumask *scx_mask_of(u64 which);
#define SCX_MASK_ALL 0
#define SCX_MASK_IDLE 1
#define scx_bpf_get_possible_cpumask() scx_mask_of(SCX_MASK_ALL)
#define scx_bpf_get_online_cpumask() scx_mask_of(SCX_MASK_ALL)
#define scx_bpf_get_idle_cpumask() scx_mask_of(SCX_MASK_IDLE)
#define scx_bpf_get_idle_smtmask() scx_mask_of(SCX_MASK_IDLE)
#define scx_bpf_put_cpumask(mask) ((void)(mask))
#define scx_bpf_put_idle_cpumask(mask) ((void)(mask))

SCX_FUNCTION const struct cpumask *cast_mask(struct bpf_cpumask *mask)
{
	return &mask->cpumask;
}

/* Both types of mask are taken, as Linux's are. */
#define SCX_BITS(mask) (((struct cpumask *)(mask))->bits[0])
#define SCX_BIT(cpu) ((u64)((u32)(cpu) < 64) << ((cpu)&63))

int __ctzdi2(u64 x);
int __popcountdi2(u64 x);

SCX_FUNCTION u32 scx_first(u64 bits)
{
	return bits ? (u32)__ctzdi2(bits) : (u32)cpu_count();
}

#define bpf_cpumask_first(mask) scx_first(SCX_BITS(mask))
#define bpf_cpumask_first_zero(mask) scx_first(~SCX_BITS(mask))
#define bpf_cpumask_first_and(a, b) scx_first(SCX_BITS(a) & SCX_BITS(b))
#define bpf_cpumask_any_distribute(mask) bpf_cpumask_first(mask)
#define bpf_cpumask_any_and_distribute(a, b) bpf_cpumask_first_and(a, b)
#define bpf_cpumask_weight(mask) ((u32)__popcountdi2(SCX_BITS(mask)))
#define bpf_cpumask_test_cpu(cpu, mask) ((SCX_BITS(mask) & SCX_BIT(cpu)) != 0)
#define bpf_cpumask_empty(mask) (!SCX_BITS(mask))
#define bpf_cpumask_full(mask) \
	(!(scx_mask_of(SCX_MASK_ALL)->bits[0] & ~SCX_BITS(mask)))
#define bpf_cpumask_equal(a, b) (SCX_BITS(a) == SCX_BITS(b))
#define bpf_cpumask_intersects(a, b) ((SCX_BITS(a) & SCX_BITS(b)) != 0)
#define bpf_cpumask_subset(a, b) (!(SCX_BITS(a) & ~SCX_BITS(b)))

/* Changes are atomic, as Linux's are; of whole masks they are not, as there. */
#define bpf_cpumask_set_cpu(cpu, mask) \
	((void)__sync_fetch_and_or(&SCX_BITS(mask), SCX_BIT(cpu)))
#define bpf_cpumask_clear_cpu(cpu, mask) \
	((void)__sync_fetch_and_and(&SCX_BITS(mask), ~SCX_BIT(cpu)))
#define bpf_cpumask_test_and_set_cpu(cpu, mask)                \
	((__sync_fetch_and_or(&SCX_BITS(mask), SCX_BIT(cpu)) & \
	  SCX_BIT(cpu)) != 0)
#define bpf_cpumask_test_and_clear_cpu(cpu, mask)                \
	((__sync_fetch_and_and(&SCX_BITS(mask), ~SCX_BIT(cpu)) & \
	  SCX_BIT(cpu)) != 0)
#define bpf_cpumask_setall(mask) \
	((void)(SCX_BITS(mask) = scx_mask_of(SCX_MASK_ALL)->bits[0]))
#define bpf_cpumask_clear(mask) ((void)(SCX_BITS(mask) = 0))
#define bpf_cpumask_and(to, a, b) \
	((SCX_BITS(to) = SCX_BITS(a) & SCX_BITS(b)) != 0)
#define bpf_cpumask_or(to, a, b) \
	((void)(SCX_BITS(to) = SCX_BITS(a) | SCX_BITS(b)))
#define bpf_cpumask_xor(to, a, b) \
	((void)(SCX_BITS(to) = SCX_BITS(a) ^ SCX_BITS(b)))
#define bpf_cpumask_copy(to, from) ((void)(SCX_BITS(to) = SCX_BITS(from)))

#endif
