"""When a datagram came, by the kernel's clock: what a process that is itself late cannot tell."""

from __future__ import annotations

import fcntl
import struct
import time
from typing import Protocol

SIOCGSTAMPNS = 0x8907
"""Linux: when the datagram came that was last read from a socket. The first call makes the kernel note it."""
_timespec = struct.Struct("@ll")


class HasFileno(Protocol):
    """A socket, or what asyncio shows of one."""

    def fileno(self) -> int: ...


class Arrivals:
    """Of one socket, from now on."""

    def __init__(self, socket: HasFileno) -> None:
        self._socket = socket
        self.last()

    def last(self) -> float:
        """When the datagram that was last read came (`time.monotonic()`, s); now, where the kernel does not
        tell."""
        now = time.monotonic()
        try:
            stamp = fcntl.ioctl(self._socket.fileno(), SIOCGSTAMPNS, bytes(_timespec.size))
        except OSError:
            return now
        seconds, nanoseconds = map(int, _timespec.unpack(stamp))
        return now - max(0.0, time.time() - (seconds + nanoseconds / 1e9))
