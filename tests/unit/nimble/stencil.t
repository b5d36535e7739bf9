#!/bin/bash
# SPDX-License-Identifier: MIT
# The tool that makes stencils refuses what must not be copied, and says what that was;
# and handlers of threaded code dispatch by themselves, without thunks.
cd "$(dirname "$0")/../../.." || exit 1
. tests/tap.sh
build=${MARGAY_BUILD:-build}
tool=$build/nimble/stencil/stencil
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# refuses WHAT MESSAGE ASSEMBLY: as the body of a stencil; it ends as all do.
refuses()
{
	local said

	printf '%s\n' ".globl ${name:-stencil__add64__0_0}" \
		".type ${name:-stencil__add64__0_0}, @function" \
		"${name:-stencil__add64__0_0}:" "$3" 'jmp nimble_hole_next' \
		".size ${name:-stencil__add64__0_0}, . - ${name:-stencil__add64__0_0}" \
		'.section .note.GNU-stack' >"$work/s.s"
	if ! as "$work/s.s" -o "$work/s.o"; then
		fail "$1: assembled"
		return
	fi
	said=$("$tool" "$work/s.o" "$work/table.c" 2>&1) &&
		fail "$1 is refused" || like "$said" "$2" "$1 is refused"
}

# What is harmless gets as far as the families that are not there.
refuses 'an object with one stencil' 'sub64: it has no stencil' 'add %rdi, %rsi'
refuses 'a return' 'c3 is not known' 'ret'
refuses 'a call' 'a call' 'call nimble_hole_helper'
refuses 'an indirect call' 'indirect' 'call *%rax'
refuses 'an indirect jump' 'indirect' 'jmp *(%rax)'
refuses 'a push' '5[0-7] is not known' 'push %rax'
refuses 'a moved stack pointer' 'rsp' 'sub $8, %rsp'
refuses 'a copied stack pointer' 'rsp' 'mov %rsp, %rax'
refuses 'a store over the pointer to the run' 'rsp' 'mov %rax, (%rsp)'
refuses 'the host'"'"'s stack' 'rsp' 'mov 8(%rsp), %rax'
refuses 'a system call' '0f 05 is not known' 'syscall'
refuses 'a privileged instruction' 'fa is not known' 'cli'
refuses 'something else of the program' 'refers to other' 'mov other, %eax'
refuses 'an unknown hole' 'no hole' 'mov $nimble_hole_other, %eax'
refuses 'a hole of the wrong size' 'no hole' 'movb $nimble_hole_limit, %al'
refuses 'a hole and something' 'near' 'mov $nimble_hole_imm+1, %eax'
refuses 'an address of its own' 'without a hole' 'lea 0(%rip), %rax'
refuses 'a jump elsewhere' 'nowhere' '.byte 0xeb, 0x40'
refuses 'a jump into an instruction' 'nowhere' '.byte 0xeb, 1; mov $0, %eax'
refuses 'data' 'has data' '.section .rodata; .quad 1; .text'
name=stencil__other__0_0 refuses 'an unknown family' 'no such family' 'nop'
name=other refuses 'another function' 'no stencil' 'nop'

# One shared dispatch would be a few jumps; thunks of the kernel would be slow.
for object in "$build"/nimble{,-kernel}/threaded_{checked,unchecked}.o; do
	code=$(objdump -dr --no-show-raw-insn "$object")
	jumps=$(grep -cE 'jmp +\*' <<<"$code")
	ok "${object#"$build"/}: handlers dispatch by themselves ($jumps)" \
		[ "$jumps" -gt 150 ]
	is "$(grep -c thunk <<<"$code")" 0 "and without thunks"
done
done_testing
