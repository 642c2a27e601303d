"""What a media process does, in this one."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pytest

from botkit.media.workers import wire
from botkit.media.workers.memory import Memory
from botkit.media.workers.worker import MOST_BEHIND, Worker, _copy


class Socket(asyncio.WriteTransport):
    """To a bot that reads as much as it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.unread = 0
        self.written: list[bytes] = []

    def get_write_buffer_size(self) -> int:
        return self.unread

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))


async def test_a_bot_that_stands_still_is_spared_what_callers_say() -> None:
    worker, socket = Worker(Memory()), Socket()
    worker.channel.connection_made(socket)
    for socket.unread in (0, MOST_BEHIND, 0):
        worker._pass_on(wire.Heard(2, 1.0, bytes(640), None))
        await asyncio.sleep(0)
    assert len(socket.written) == 2


def test_a_recording_that_nobody_waits_for_any_more_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        _copy(io.BytesIO(b"what a caller said"), tmp_path / "gone.wav")
    assert not list(tmp_path.iterdir())
