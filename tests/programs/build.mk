# SPDX-License-Identifier: MIT
# Debian's programs on Linux and on the LWK, side by side.
TESTS_LONG += tests/programs/compare.t
