#!/bin/sh
# SPDX-License-Identifier: MIT
# The course from a fresh clone: nothing is built before its first command. The clone has
# what was committed.
cd "$(dirname "$0")/../.." || exit 1
COURSE_FRESH=1 exec tests/unit/nimble/course.t
