/* SPDX-License-Identifier: MIT */
/* The tables of handlers that each file of them offers. */
#ifndef NIMBLE_ENGINE_TABLES_H
#define NIMBLE_ENGINE_TABLES_H

#include "nimble/engine/ops.h"

extern const nimble_handler *const nimble_tail_alu[];
extern const nimble_handler *const nimble_tail_jump[];
extern const nimble_handler *const nimble_tail_checked[];
extern const nimble_handler *const nimble_tail_unchecked[];

#endif
