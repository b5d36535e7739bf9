/* SPDX-License-Identifier: MIT */
/* From an operation's context, which is an array of u64, to its arguments. */
#ifndef EXT_LIB_SCX_BPF_TRACING_H
#define EXT_LIB_SCX_BPF_TRACING_H

/*
 * "s32 SCX_OPERATION(section, name, struct task_struct *p, u64 flags) { ... }" makes two
 * functions: the given one, which is inlined, and the one that the kernel calls, which
 * takes the arguments out of the context. Its result is widened as its type says.
 */
#define SCX_QUIET _Pragma("GCC diagnostic ignored \"-Wint-conversion\"")
#define SCX_OPERATION(section, name, args...)                                  \
	static __always_inline SCX_##name(u64 *ctx, ##args);                   \
	SEC(section) s64 name(u64 *ctx);                                       \
	SEC(section) s64 name(u64 *ctx)                                        \
	{                                                                      \
		(void)ctx;                                                     \
		_Pragma("GCC diagnostic push")                                 \
			SCX_QUIET return __builtin_choose_expr(                \
				__builtin_types_compatible_p(                  \
					typeof(SCX_##name(0 SCX_ZEROS(args))), \
					void),                                 \
				(SCX_##name(ctx SCX_WORDS(args)), 0),          \
				SCX_##name(ctx SCX_WORDS(args)));              \
		_Pragma("GCC diagnostic pop")                                  \
	}                                                                      \
	static __always_inline typeof(SCX_##name(                              \
		0 SCX_ZEROS(args))) SCX_##name(u64 *ctx, ##args)

#define BPF_PROG(name, args...) SCX_OPERATION("struct_ops/" #name, name, ##args)

/* How many arguments: 0 to 6. */
#define SCX_COUNT(args...) SCX_SEVENTH(_, ##args, 6, 5, 4, 3, 2, 1, 0)
#define SCX_SEVENTH(z, a, b, c, d, e, f, n, ...) n
#define SCX_PASTE(a, b) SCX_PASTE_(a, b)
#define SCX_PASTE_(a, b) a##b

#define SCX_ZEROS(args...) SCX_PASTE(SCX_ZEROS_, SCX_COUNT(args))
#define SCX_ZEROS_0
#define SCX_ZEROS_1 , 0
#define SCX_ZEROS_2 SCX_ZEROS_1, 0
#define SCX_ZEROS_3 SCX_ZEROS_2, 0
#define SCX_ZEROS_4 SCX_ZEROS_3, 0
#define SCX_ZEROS_5 SCX_ZEROS_4, 0
#define SCX_ZEROS_6 SCX_ZEROS_5, 0
#define SCX_WORDS(args...) SCX_PASTE(SCX_WORDS_, SCX_COUNT(args))
#define SCX_WORDS_0
#define SCX_WORDS_1 , (void *)ctx[0]
#define SCX_WORDS_2 SCX_WORDS_1, (void *)ctx[1]
#define SCX_WORDS_3 SCX_WORDS_2, (void *)ctx[2]
#define SCX_WORDS_4 SCX_WORDS_3, (void *)ctx[3]
#define SCX_WORDS_5 SCX_WORDS_4, (void *)ctx[4]
#define SCX_WORDS_6 SCX_WORDS_5, (void *)ctx[5]

#endif
