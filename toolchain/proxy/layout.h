/* SPDX-License-Identifier: MIT */
/* Where the proxy itself lies: outside the application's range
 * (kernel/abi/layout.h). A static-PIE stands at 0x7f... as long as the stack
 * limit is moderate; with an unlimited one Linux puts it and all mappings
 * lower. */
#ifndef PROXY_LAYOUT_H
#define PROXY_LAYOUT_H

#include <stdint.h>

/* The soft stack limit that the proxy lives with. */
#define LAYOUT_STACK_BYTES (8ULL << 20)

/* If the soft stack limit is larger, lowers it, and executes the proxy again
 * with `--stack LIMIT` as its first arguments. Returns the limit, or -1 and
 * errno. */
int layout_lower_stack(char **argv, uint64_t *limit);

/* 0 where [LWK_APP_MIN, LWK_APP_END) is empty; -EEXIST and `line` of
 * /proc/self/maps where it is not; other -errno. */
int layout_check(char *line, int bytes);

/* The application's first address, which vm.mmap_min_addr may have raised. */
uint64_t layout_app_start(void);

#endif
