/* SPDX-License-Identifier: GPL-2.0 */
/* Results that say how an interrupted call goes on; never seen by a program. Numbers
 * and meaning as Linux's own. */
#ifndef LWK_IKC_RESTART_H
#define LWK_IKC_RESTART_H

#define RESTART_SYS 512 /* again if every handler has SA_RESTART, else -EINTR */
#define RESTART_ALWAYS 513 /* again whatever ran */
#define RESTART_NOHAND 514 /* again if no handler ran, else -EINTR */

#endif
