"""The files that go with a message: read from where they are kept, and given names for people."""

from __future__ import annotations

import logging
import mimetypes
from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePath

from msgspec.structs import replace

from botkit.model.items import OutgoingMessage
from botkit.ports.blobs import BlobFailed, Blobs
from botkit.ports.connector import Attachment

log = logging.getLogger(__name__)

TYPES = {".wav": "audio/wav"}
"""Content types of suffixes that systems do not agree on."""
LACKING = "(A file that belongs to this message is missing.)"


async def read(
    blobs: Blobs | None, refs: Sequence[str], now: datetime
) -> tuple[list[Attachment], dict[str, str]]:
    """The files of these refs, and why others of them are not there."""
    found: list[Attachment] = []
    missing: dict[str, str] = {}
    for number, ref in enumerate(refs, 1):
        try:
            if blobs is None:
                raise BlobFailed("Files are kept nowhere.")
            data = await blobs.get(ref)
        except BlobFailed as error:
            log.error("a message goes without the file %s: %s", ref, error)
            missing[ref] = error.paragraph()
        else:
            name = _name(ref, now, number if len(refs) > 1 else 0)
            found.append(Attachment(name=name, content_type=_content_type(name), data=data))
    return found, missing


def lacking(message: OutgoingMessage) -> OutgoingMessage:
    """The message, saying that not all of it is there."""
    return replace(message, text=f"{message.text}\n{LACKING}".lstrip())


def _name(ref: str, now: datetime, number: int) -> str:
    suffix = PurePath(ref).suffix
    return f"message-{now:%Y-%m-%d-%H%M}" + (f"-{number}" if number else "") + suffix


def _content_type(name: str) -> str:
    suffix = PurePath(name).suffix
    return TYPES.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream")
