#!/bin/sh
# SPDX-License-Identifier: MIT
# random.t, with CPUs that run at once.
exec ./random.t
