# SPDX-License-Identifier: MIT
# nimble-cc, nimble-dis, nimble-run.
