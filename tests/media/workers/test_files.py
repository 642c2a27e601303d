"""Files that go from one process to another, here within one."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from typing import BinaryIO

import pytest

from botkit.media.workers.files import FileSocket


@pytest.fixture
def ends() -> Iterator[tuple[FileSocket, FileSocket]]:
    one, other = map(FileSocket, socket.socketpair())
    yield one, other
    one.close()
    other.close()


def test_files_come_as_they_went_and_outlive_who_sent_them(ends: tuple[FileSocket, FileSocket]) -> None:
    here, there = ends
    for said in (b"first", b"second"):
        with tempfile.TemporaryFile() as file:
            file.write(said)
            here.send(file)
    for said in (b"first", b"second"):
        with there.receive() as file:
            assert file.read() == said


def test_one_that_was_not_sent_is_an_error(ends: tuple[FileSocket, FileSocket]) -> None:
    here, there = ends
    with pytest.raises(OSError, match="temporarily unavailable"):
        there.receive()
    here.close()
    with pytest.raises(OSError, match="has sent no file"):
        there.receive()


def test_more_than_there_is_room_for_is_an_error(ends: tuple[FileSocket, FileSocket]) -> None:
    here, _ = ends
    with tempfile.TemporaryFile() as file, pytest.raises(OSError):  # noqa: PT011 - the kernel says which
        send_for_ever(here, file)


def send_for_ever(end: FileSocket, file: BinaryIO) -> None:
    while True:
        end.send(file)
