# SPDX-License-Identifier: GPL-2.0
# The LWK: build/kernel/lwk.elf.
