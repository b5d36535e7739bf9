# SPDX-License-Identifier: MIT
# The only Makefile: variables and the user's commands. What is built from a
# folder, and how, stands in that folder's build.mk; host-module/ also has the
# Kbuild that Linux's build system wants. All output goes to $(O).

O	?= build
CC	= gcc
WARN	= -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes \
	  -Wshadow -Wundef
CFLAGS	?= -O2 -g
HOST_CFLAGS = -std=gnu11 $(WARN) $(CFLAGS) -I.

# Each build.mk appends to these; see the targets below for their use.
ALL	=
TESTS	=

.PHONY: all
all:

.SECONDEXPANSION:

include $(sort $(wildcard */build.mk */*/build.mk))

all: $$(ALL)

.PHONY: clean
clean:
	rm -rf $(O)
