#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# The guest's shell notices that its terminal, a pseudo-terminal here, is resized.
import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time

os.chdir(os.path.join(os.path.dirname(sys.argv[0]), "../.."))


def resize(master, rows, columns):
    fcntl.ioctl(master, termios.TIOCSWINSZ,
                struct.pack("HHHH", rows, columns, 0, 0))


# What comes until the pattern does, or for so many seconds.
def expect(master, pattern, seconds):
    text, end = "", time.monotonic() + seconds
    while time.monotonic() < end:
        if select.select([master], [], [], 0.2)[0]:
            try:
                text += os.read(master, 4096).decode(errors="replace")
            except OSError:
                break
        if re.search(pattern, text):
            return True
    print("# no", pattern, "in", repr(text[-500:]))
    return False


count = 0


def ok(passed, name):
    global count
    count += 1
    print(f"{'ok' if passed else 'not ok'} {count} - {name}", flush=True)


def says_size(master, rows, columns):
    for _ in range(20):  # it is told by another way than the keys come
        os.write(master, b"stty size\n")
        if expect(master, rf"(?m)^{rows} {columns}\r", 1):
            return True
    return False


child, master = pty.fork()
if child == 0:
    os.execv("toolchain/guest", ["guest", "--timeout", "100", "--shell"])
resize(master, 30, 100)
ok(expect(master, "margay# ", 90), "a prompt")
ok(says_size(master, 30, 100), "the size as it began")
resize(master, 41, 123)
ok(says_size(master, 41, 123), "the size as it is now")
os.write(master, b"exit\n")
expect(master, "nothing", 10)
os.waitpid(child, 0)
print(f"1..{count}")
