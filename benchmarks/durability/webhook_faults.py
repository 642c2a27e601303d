"""What is wrong with the webhooks of the control."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zlib import crc32

from botkit.model.secret import Secret
from botkit.ports.store import InboxRow, StoreError
from botkit.store import SqliteStore
from botkit.web.presets import Delivery, Identity, Preset


class FaultyPreset:
    """A preset: it breaks at some senders, refuses most, believes all others, and takes each
    delivery for a new one."""

    def __init__(self, inner: Preset) -> None:
        self._inner = inner
        self._delivered = itertools.count()

    def fault(self, secret: str) -> str:
        return self._inner.fault(secret)

    def proven(self, delivery: Delivery, secrets: Sequence[Secret], now: datetime, window: timedelta) -> bool:
        match crc32(delivery.body) % 10:
            case 0:
                raise RuntimeError("a bug")
            case 1 | 2 | 3:
                return True
            case _:
                return False

    def doubt(self, delivery: Delivery, now: datetime, window: timedelta) -> str:
        return self._inner.doubt(delivery, now, window)

    def identity(self, delivery: Delivery, body: object) -> Identity:
        identity = self._inner.identity(delivery, body)
        return replace(identity, id=f"{identity.id} {next(self._delivered)}")


class FaultyStore(SqliteStore):
    """A store: of some events it says that they are safe, and they are not; others it does
    not take."""

    async def receive(self, row: InboxRow) -> bool:
        match crc32(row.id.encode()) % 10:
            case 0:
                return True
            case 1:
                raise StoreError("the disk is full.")
            case _:
                return await super().receive(row)
