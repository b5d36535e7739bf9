/* SPDX-License-Identifier: MIT */
/* The atomic operations that bpf-gcc calls by name: __sync_* and __atomic_*. */
/*
 * Written in assembly because the compiler itself knows only an addition
 * without a result; as numbers, because its assembler does not know the rest.
 * Each function is a section of its own, so that only what is called is
 * linked. p is r1, the operand r2; the instruction with BPF_FETCH leaves the
 * old value in r2, compare-and-exchange leaves it in r0.
 */

/* opcode db: 64 bits, c3: 32 bits; registers src << 4 | dst; imm: what to do */
#define FETCH_8(op) ".8byte 0x000000" op "000021db\n"
#define FETCH_4(op) ".8byte 0x000000" op "000021c3\n"
#define CMPXCHG_8 ".8byte 0x000000f1000031db\n"
#define CMPXCHG_4 ".8byte 0x000000f1000031c3\n"

#define FUNCTION(name, body)                                           \
	__asm__(".section .text." name ",\"ax\",@progbits\n"           \
		".global " name "\n"                                   \
		".type " name ", @function\n" name ":\n" body "exit\n" \
		".size " name ", . - " name "\n"                       \
		".text\n");

#define OPERATION(op, imm, bytes, w)                                    \
	FUNCTION("__sync_fetch_and_" op "_" #bytes,                     \
		 FETCH_##bytes(imm) "mov" w " %r0, %r2\n")              \
	FUNCTION("__atomic_fetch_" op "_" #bytes,                       \
		 FETCH_##bytes(imm) "mov" w " %r0, %r2\n")              \
	FUNCTION("__sync_" op "_and_fetch_" #bytes,                     \
		 "mov %r3, %r2\n" FETCH_##bytes(imm) "mov" w            \
						     " %r0, %r2\n" op w \
						     " %r0, %r3\n")     \
	FUNCTION("__atomic_" op "_fetch_" #bytes,                       \
		 "mov %r3, %r2\n" FETCH_##bytes(imm) "mov" w            \
						     " %r0, %r2\n" op w \
						     " %r0, %r3\n")

#define ALL(bytes, w)                                                     \
	OPERATION("add", "01", bytes, w)                                  \
	OPERATION("or", "41", bytes, w)                                   \
	OPERATION("and", "51", bytes, w)                                  \
	OPERATION("xor", "a1", bytes, w)                                  \
	FUNCTION("__sync_fetch_and_sub_" #bytes,                          \
		 "neg %r2\n" FETCH_##bytes("01") "mov" w " %r0, %r2\n")   \
	FUNCTION("__atomic_fetch_sub_" #bytes,                            \
		 "neg %r2\n" FETCH_##bytes("01") "mov" w " %r0, %r2\n")   \
	FUNCTION("__sync_sub_and_fetch_" #bytes,                          \
		 "neg %r2\nmov %r3, %r2\n" FETCH_##bytes(                 \
			 "01") "mov" w " %r0, %r2\nadd" w " %r0, %r3\n")  \
	FUNCTION("__atomic_sub_fetch_" #bytes,                            \
		 "neg %r2\nmov %r3, %r2\n" FETCH_##bytes(                 \
			 "01") "mov" w " %r0, %r2\nadd" w " %r0, %r3\n")  \
	FUNCTION("__sync_lock_test_and_set_" #bytes,                      \
		 FETCH_##bytes("e1") "mov" w " %r0, %r2\n")               \
	FUNCTION("__atomic_exchange_" #bytes,                             \
		 FETCH_##bytes("e1") "mov" w " %r0, %r2\n")               \
	FUNCTION("__sync_val_compare_and_swap_" #bytes,                   \
		 "mov %r0, %r2\n" CMPXCHG_##bytes)                        \
	FUNCTION("__sync_bool_compare_and_swap_" #bytes,                  \
		 "mov" w " %r0, %r2\nmov" w " %r2, %r2\n" CMPXCHG_##bytes \
		 "mov %r3, %r0\nmov %r0, 1\njeq %r3, %r2, 1\nmov %r0, 0\n")

ALL(8, "")
ALL(4, "32")

/* r2 points to what is expected; on failure it gets what was found. */
FUNCTION("__atomic_compare_exchange_8",
	 "ldxdw %r0, [%r2+0]\nmov %r4, %r0\n" CMPXCHG_8
	 "jeq %r0, %r4, 3\nstxdw [%r2+0], %r0\nmov %r0, 0\nexit\n"
	 "mov %r0, 1\n")
FUNCTION("__atomic_compare_exchange_4",
	 "ldxw %r0, [%r2+0]\nmov %r4, %r0\n" CMPXCHG_4
	 "jeq %r0, %r4, 3\nstxw [%r2+0], %r0\nmov %r0, 0\nexit\n"
	 "mov %r0, 1\n")
