#!/bin/sh
# SPDX-License-Identifier: MIT
# device.t, with CPUs that run at once.
exec ./device.t
