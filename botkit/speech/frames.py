"""What host and child say to each other: a JSON head and a body of bytes, each with its length in front."""

from __future__ import annotations

import asyncio
import json
import struct
from typing import BinaryIO

LENGTHS = struct.Struct("!II")
MOST_HEAD = 1 << 20
MOST_BODY = 1 << 28
"""About 90 minutes of sound at 24 kHz."""

Frame = tuple[dict[str, object], bytes]


class BrokenFrame(Exception):
    """The other side does not speak this language, or not any more."""


def pack(head: dict[str, object], body: bytes = b"") -> bytes:
    """One frame."""
    text = json.dumps(head).encode()
    return LENGTHS.pack(len(text), len(body)) + text + body


def read_blocking(stream: BinaryIO) -> Frame | None:
    """The next frame; None at the end of the stream."""
    lengths = stream.read(LENGTHS.size)
    if len(lengths) < LENGTHS.size:
        return None
    head, body = _checked(lengths)
    data = stream.read(head + body)
    return None if len(data) < head + body else _frame(data, head)


async def read(stream: asyncio.StreamReader) -> Frame:
    """The next frame. Raises `BrokenFrame`, also when the stream ends."""
    try:
        head, body = _checked(await stream.readexactly(LENGTHS.size))
        return _frame(await stream.readexactly(head + body), head)
    except (asyncio.IncompleteReadError, ConnectionError) as fault:
        raise BrokenFrame("the stream ended") from fault


def _checked(lengths: bytes) -> tuple[int, int]:
    head, body = LENGTHS.unpack(lengths)
    if head > MOST_HEAD or body > MOST_BODY:
        raise BrokenFrame(f"a frame of {head} + {body} bytes")
    return head, body


def _frame(data: bytes, head: int) -> Frame:
    try:
        decoded = json.loads(data[:head])
    except ValueError as fault:
        raise BrokenFrame("a head that is no JSON") from fault
    if not isinstance(decoded, dict):
        raise BrokenFrame("a head that is no object")
    return decoded, data[head:]
