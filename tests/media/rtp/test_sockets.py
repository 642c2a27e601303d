"""Many sockets read in one look."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import pytest

from botkit.media.rtp import sockets as module
from botkit.media.rtp.sockets import LONGEST, Address, Sockets

Open = Callable[[], socket.socket]


@pytest.fixture
def sockets() -> Iterator[Sockets]:
    sockets = Sockets()
    yield sockets
    sockets.close()


@pytest.fixture
def udp() -> Iterator[Open]:
    opened: list[socket.socket] = []

    def udp() -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(False)
        opened.append(sock)
        return sock

    yield udp
    for sock in opened:
        sock.close()


def test_what_has_come_goes_to_its_own_taker(sockets: Sockets, udp: Open) -> None:
    mine, other, far = udp(), udp(), udp()
    heard: list[tuple[str, bytes, Address]] = []
    sockets.add(mine, lambda data, address: heard.append(("mine", data, address)))
    sockets.add(other, lambda data, address: heard.append(("other", data, address)))
    sockets.read()
    assert heard == []
    far.sendto(b"one", mine.getsockname())
    far.sendto(b"two", mine.getsockname())
    far.sendto(b"", other.getsockname())
    sockets.read()
    where = far.getsockname()
    assert sorted(heard) == [("mine", b"one", where), ("mine", b"two", where), ("other", b"", where)]


def test_whoever_sends_too_much_holds_nobody_up(
    sockets: Sockets, udp: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_AT_ONCE", 10)
    flooded, quiet, far = udp(), udp(), udp()
    heard = {"flooded": 0, "quiet": 0}
    sockets.add(flooded, lambda data, address: heard.update(flooded=heard["flooded"] + 1))
    sockets.add(quiet, lambda data, address: heard.update(quiet=heard["quiet"] + 1))
    for _ in range(30):
        far.sendto(b"flood", flooded.getsockname())
    far.sendto(b"hello", quiet.getsockname())
    sockets.read()
    assert heard == {"flooded": 10, "quiet": 1}
    sockets.read()
    assert heard["flooded"] == 20


def test_a_taker_that_fails_is_complained_about_once(
    sockets: Sockets, udp: Open, caplog: pytest.LogCaptureFixture
) -> None:
    mine, far = udp(), udp()

    def fail(data: bytes, address: Address) -> None:
        raise RuntimeError("nonsense")

    sockets.add(mine, fail)
    for _ in range(3):
        far.sendto(b"x", mine.getsockname())
    sockets.read()
    assert len(caplog.records) == 1


def test_one_whose_far_end_is_gone_is_read_on(sockets: Sockets, udp: Open) -> None:
    mine, far = udp(), udp()
    nobody = udp()
    gone = nobody.getsockname()
    nobody.close()
    heard: list[bytes] = []
    sockets.add(mine, lambda data, address: heard.append(data))
    mine.connect(gone)  # so that the refusal is told at the next read
    mine.send(b"is there anybody")
    sockets.read()
    mine.connect(far.getsockname())
    far.sendto(b"here", mine.getsockname())
    sockets.read()
    assert heard == [b"here"]


def test_what_is_longer_than_any_packet_is_cut(sockets: Sockets, udp: Open) -> None:
    mine, far = udp(), udp()
    heard: list[bytes] = []
    sockets.add(mine, lambda data, address: heard.append(data))
    far.sendto(bytes(9000), mine.getsockname())
    sockets.read()
    assert [len(data) for data in heard] == [LONGEST]


def test_a_socket_that_was_removed_is_left_alone(sockets: Sockets, udp: Open) -> None:
    mine, far = udp(), udp()
    heard: list[bytes] = []
    sockets.add(mine, lambda data, address: heard.append(data))
    sockets.remove(mine)
    far.sendto(b"late", mine.getsockname())
    sockets.read()
    assert heard == []
    assert mine.recv(10) == b"late"
