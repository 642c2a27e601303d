"""Files that people send, brought to where they are kept before the flow hears of them."""

from __future__ import annotations

import logging
import unicodedata
from pathlib import PurePath

from botkit.model.inputs import FileLost, ReceivedFile, most_file_bytes
from botkit.model.items import Item, SentFile
from botkit.ports.blobs import BlobFailed, Blobs
from botkit.ports.connector import Chat, ConnectorError

log = logging.getLogger(__name__)

MOST_FILES = 10
"""Of one message; the others are not fetched."""
LONGEST_NAME = 100
"""Characters, the suffix included."""

_directions = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of writing, and so can hide a suffix."""


class Receiving:
    """Fetches what came with a message."""

    def __init__(self, chat: Chat, blobs: Blobs | None) -> None:
        self._chat = chat
        self._blobs = blobs

    async def files(self, item: Item) -> tuple[ReceivedFile, ...]:
        """The files of `item`, in order; one that cannot be had says why. Raises nothing."""
        return tuple([await self._file(item, sent) for sent in item.attachments[:MOST_FILES]])

    async def _file(self, item: Item, sent: SentFile) -> ReceivedFile:
        name = safe_name(sent.name)

        def lost(why: FileLost) -> ReceivedFile:
            return ReceivedFile(name=name, content_type=sent.content_type, size=sent.size, lost=why)

        if sent.size > most_file_bytes:
            return lost(FileLost.TOO_LARGE)
        try:
            if self._blobs is None:
                raise BlobFailed("Files are kept nowhere.")
            data = await self._chat.fetch(item, sent, most_file_bytes)
            kept = await self._blobs.put(name, data)
        except (ConnectorError, BlobFailed) as error:
            log.error("a file that came with the item %s is lost: %s", item.id, error)
            return lost(FileLost.FAILED)
        return ReceivedFile(name=name, content_type=sent.content_type, size=len(data), file=kept)


def safe_name(name: str) -> str:
    """A name without folders, controls and turns of writing direction, not too long."""
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(
        sign for sign in last if unicodedata.category(sign) not in ("Cc", "Cs") and sign not in _directions
    ).strip(" .")
    suffix = PurePath(shown).suffix[:20]
    return shown.removesuffix(suffix)[: LONGEST_NAME - len(suffix)] + suffix if shown else "file"
