#!/bin/sh
# SPDX-License-Identifier: MIT
# In the guest: an application inserts extensions, good and bad.
. ./lwk.sh

lwk_up
adopt LWK lwk run ./app-ext .
is "$(nimble ls --json | tr -d ' \n')" '{"extensions":[]}' \
	"its extensions have gone with it"
lwk_down
lwk_up --no-app-ext
like "$(lwk run ./app-ext . 2>&1)" 'no-app-ext' \
	"lwk boot --no-app-ext turns application extensions off"
lwk_down
