/* SPDX-License-Identifier: MIT */
/* Fixed-width types that every side of Nimble's interfaces understands. */
#ifndef NIMBLE_ABI_TYPES_H
#define NIMBLE_ABI_TYPES_H

/*
 * Extensions are compiled by bpf-gcc and clang for a machine without a libc,
 * so this header leans on the compilers' own macros and on nothing else.
 */
typedef __UINT8_TYPE__ nx_u8;
typedef __UINT16_TYPE__ nx_u16;
typedef __UINT32_TYPE__ nx_u32;
typedef __UINT64_TYPE__ nx_u64;
typedef __INT32_TYPE__ nx_s32;
typedef __INT64_TYPE__ nx_s64;

#endif
