"""Where the C library takes a bot's memory from."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import ctypes, sys
from botkit.cli import allocating

class Info(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in "arena ordblks smblks hblks hblkhd a b c d e".split()]

info = ctypes.CDLL(None).mallinfo2
info.restype = Info
if sys.argv[1] == "compact":
    allocating.keep_compact()
bytes(20 << 20)  # is freed at once
before = info().hblks
large = bytes(allocating.LARGE)
read = bytes(256 << 10)
print(info().hblks - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it is glibc that is told")
@pytest.mark.parametrize(("how", "blocks"), [("as it is", 0), ("compact", 1)])
def test_large_blocks_have_pages_of_their_own_whatever_was_freed_before(how: str, blocks: int) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, how], capture_output=True, text=True, check=True, timeout=60
    )
    assert int(ran.stdout) == blocks
