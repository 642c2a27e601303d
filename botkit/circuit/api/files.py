"""Files that go with messages. They travel over HTTP, before the message that names them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from botkit.circuit import read
from botkit.circuit.errors import MalformedAnswer, RequestRefused
from botkit.circuit.shapes import Attached
from botkit.circuit.transport import HttpRequest
from botkit.circuit.wire import WireError
from botkit.ports.connector import Attachment

from .asking import Asking

MOST_FILES = 10
"""Of one message."""
MOST_BYTES = 100 * 1024 * 1024
"""Of one file."""


class Files:
    """`session.files`."""

    def __init__(self, session: Asking) -> None:
        self._session = session

    async def upload(self, attachments: Sequence[Attachment]) -> Sequence[Attached]:
        """Upload the files of one message, in order, for `items.post`. Raises `RequestRefused` when they
        are too many or too large."""
        if len(attachments) > MOST_FILES or any(len(each.data) > MOST_BYTES for each in attachments):
            raise RequestRefused(
                f"A message has at most {MOST_FILES} files of {MOST_BYTES >> 20} MB each.",
                remedy="Send less, or in several messages.",
            )
        uploaded: list[Attached] = []
        for attachment in attachments:
            item_id = uploaded[0].item_id if uploaded else "NULL"
            uploaded.append(await self._upload(attachment, item_id))
        return uploaded

    async def download(self, file: Attached, most_bytes: int = MOST_BYTES) -> bytes:
        """A file's bytes. Raises `MalformedAnswer` when there are more than `most_bytes`."""
        return await self._session.fetch(
            HttpRequest(
                method="GET",
                path=f"/fileapi/{quote(file.name, safe='')}",
                query={"fileid": file.id, "itemid": file.item_id},
                most_bytes=most_bytes,
            )
        )

    async def _upload(self, attachment: Attachment, item_id: str) -> Attached:
        name = quote(attachment.name, safe="")
        body = await self._session.fetch(
            HttpRequest(
                method="POST",
                path="/fileapi",
                query={"itemid": item_id},
                headers={
                    "Content-Type": attachment.content_type,
                    "Content-Disposition": f'attachment; filename="{name}"',
                },
                body=attachment.data,
            )
        )
        try:
            told = _first(body)
            return Attached(
                id=read.strings(told, "fileid")[-1],
                item_id=read.string(told, "id"),
                name=attachment.name,
                media_type=read.optional(told, "mimeType") or attachment.content_type,
                size=len(attachment.data),
            )
        except (WireError, IndexError):
            raise MalformedAnswer("The answer to an upload does not name the file.") from None


def _first(body: bytes) -> Mapping[str, object]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        raise WireError("no JSON") from None
    if not isinstance(answer, list) or not answer or not isinstance(answer[0], dict):
        raise WireError("no list of objects")
    return answer[0]
