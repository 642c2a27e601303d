"""The sockets of all legs of one loop: read together, when it is time, without waiting."""

from __future__ import annotations

import logging
import selectors
import socket
from collections.abc import Callable

log = logging.getLogger(__name__)

Address = tuple[str, int]
Take = Callable[[bytes, Address], None]

LONGEST = 2048
"""Bytes of a datagram; the media that botkit speaks fits into an Ethernet frame."""
MOST_AT_ONCE = 200
"""Datagrams that one socket is read for in a row: 40,000 a second. The others wait for the next time, or are
lost, so that whoever floods one call disturbs no other. With fewer, a stranger's garbage would crowd out
what the caller says."""


class Sockets:
    """One look at all of them costs less than the event loop waking up for each packet."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def add(self, sock: socket.socket, take: Take) -> None:
        """Give what comes on this non-blocking UDP socket to `take`. An exception of it is logged, once."""
        self._selector.register(sock, selectors.EVENT_READ, _guarded(take))

    def remove(self, sock: socket.socket) -> None:
        """Read it no more; before it is closed."""
        self._selector.unregister(sock)

    def read(self) -> None:
        """Deal with what has come."""
        for key, _ in self._selector.select(0):
            sock, take = key.fileobj, key.data
            assert isinstance(sock, socket.socket)
            for _ in range(MOST_AT_ONCE):
                try:
                    data, address = sock.recvfrom(LONGEST)
                except OSError:  # there is nothing more, or an earlier packet was refused, or it is closed
                    break
                take(data, address)

    def close(self) -> None:
        """Whatever is registered is left to its owner."""
        self._selector.close()


def _guarded(take: Take) -> Take:
    failed = False

    def guarded(data: bytes, address: Address) -> None:
        nonlocal failed
        try:
            take(data, address)
        except Exception:
            if not failed:
                log.exception("a packet of the far end cannot be read; it is dropped, as are others like it")
            failed = True

    return guarded
