"""A datagram's moment is that of its coming, not of its reading."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from botkit.media.rtp.arrivals import Arrivals

CLOCKS_APART = 0.001
"""Seconds by which two readings of two clocks may differ."""


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    with socket.socket(type=socket.SOCK_DGRAM) as here, socket.socket(type=socket.SOCK_DGRAM) as there:
        here.bind(("127.0.0.1", 0))
        there.connect(here.getsockname())
        yield here, there


def test_it_came_before_the_next_one_was_sent(pair: tuple[socket.socket, socket.socket]) -> None:
    here, there = pair
    arrivals = Arrivals(here)
    sent = []
    for _ in range(3):
        there.send(b"x")
        sent.append(time.monotonic())
        time.sleep(0.01)  # nobody reads meanwhile
    came = []
    for _ in sent:
        here.recv(10)
        came.append(arrivals.last())
    for at, read in zip(came, sent, strict=True):
        assert at <= read + CLOCKS_APART
    assert came == sorted(came)


def test_without_the_kernels_word_it_is_now() -> None:
    """A socket of this kind is not stamped."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        before = time.monotonic()
        assert before <= Arrivals(other).last() <= time.monotonic()
