#!/bin/sh
# SPDX-License-Identifier: MIT
# The guest suite on the other kernels that Margay supports.
KERNELS="6.1 6.12" exec "$(dirname "$0")/suite.t"
