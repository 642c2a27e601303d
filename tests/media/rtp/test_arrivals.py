"""A datagram's moment is that of its coming, not of its reading."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from botkit.media.rtp.arrivals import Arrivals

CLOCKS_APART = 0.001
"""Seconds by which two clocks may differ that are read at once."""
READINGS = 5
"""Of one moment, the latest of which counts: a process that stands still between its two clocks is told
too early a one."""


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    with socket.socket(type=socket.SOCK_DGRAM) as here, socket.socket(type=socket.SOCK_DGRAM) as there:
        here.bind(("127.0.0.1", 0))
        there.connect(here.getsockname())
        yield here, there


def until_the_kernel_notes_it(arrivals: Arrivals, here: socket.socket, there: socket.socket) -> None:
    """It begins to a moment after it was asked, at its leisure; what came before is stamped as it is read."""
    for _ in range(200):
        there.send(b"x")
        time.sleep(5 * CLOCKS_APART)
        here.recv(10)
        if arrivals.last() < time.monotonic() - 3 * CLOCKS_APART:
            return
    pytest.fail("the kernel notes nothing")


def test_it_came_when_it_was_sent(pair: tuple[socket.socket, socket.socket]) -> None:
    """In the kernel's own time, which no test can move."""
    here, there = pair
    arrivals = Arrivals(here)
    until_the_kernel_notes_it(arrivals, here, there)
    sent = []
    for _ in range(3):
        begun = time.monotonic()
        there.send(b"x")
        sent.append((begun, time.monotonic()))
        time.sleep(5 * CLOCKS_APART)  # nobody reads meanwhile
    for begun, over in sent:
        here.recv(10)
        at = max(arrivals.last() for _ in range(READINGS))
        assert begun - CLOCKS_APART <= at <= over + CLOCKS_APART


def test_without_the_kernels_word_it_is_now() -> None:
    """A socket of this kind is not stamped."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        before = time.monotonic()
        assert before <= Arrivals(other).last() <= time.monotonic()
