"""What a media process does, in this one."""

from __future__ import annotations

import asyncio
import socket

from botkit.media.workers import wire
from botkit.media.workers.files import FileSocket
from botkit.media.workers.memory import Memory
from botkit.media.workers.worker import MOST_BEHIND, Worker


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
    to_bot, files = Socket(), FileSocket(socket.socket(socket.AF_UNIX))
    worker = Worker(Memory(), files)
    worker.channel.connection_made(to_bot)
    for to_bot.unread in (0, MOST_BEHIND, 0):
        worker._pass_on(wire.Heard(2, 1.0, bytes(640), None))
        await asyncio.sleep(0)
    assert len(to_bot.written) == 2
    files.close()
