"""Where the C library takes the memory of long-lived processes from."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import asyncio, ctypes, socket, sys
from asyncio.sslproto import SSLProtocol
from botkit import allocating

class Info(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in "arena ordblks smblks hblks hblkhd a b c d e".split()]

info = ctypes.CDLL(None).mallinfo2
info.restype = Info

async def read_sizes():
    ours, theirs = socket.socketpair()
    _, writer = await asyncio.open_connection(sock=ours)
    datagrams, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0)
    )
    sizes = writer.transport.max_size, datagrams.max_size, SSLProtocol.max_size
    for each in (writer, datagrams, theirs):
        each.close()
    return sizes

async def look(*_):
    reads = await read_sizes()
    bytes(20 << 20)  # is freed at once
    before = info().hblks
    large = bytes(8 * allocating.LARGE)
    print(info().hblks - before, *(size < allocating.LARGE for size in reads))

match sys.argv[1]:
    case "as it is":
        asyncio.run(look())
    case "compact":
        allocating.keep_compact()
        asyncio.run(look())
    case "media process":
        from botkit.media.workers import worker
        worker._serve = look
        worker.main(*(end.detach() for end in socket.socketpair()))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it is glibc that is told")
@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("as it is", "0 False False False"),
        ("compact", "1 True True True"),
        ("media process", "1 True True True"),
    ],
)
def test_what_is_large_has_pages_of_its_own_whatever_was_freed_before(how: str, told: str) -> None:
    """And no read of asyncio is large."""
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, how], capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout.split() == told.split()
