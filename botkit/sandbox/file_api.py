"""`/fileapi`: uploads, downloads and the taking back of files, for clients and the page alike."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import NoReturn
from urllib.parse import quote, unquote_to_bytes

import aiohttp
from aiohttp import hdrs, web

from .file_store import FileStore, NotKept, TooLarge
from .hub.files import AddFile, DropFile, check_upload, file_limit, find_file
from .hub.machine import Refusal, Refused
from .hub.state import State
from .sockets import Sockets

log = logging.getLogger(__name__)

chunk_size = 256 * 1024
upload_seconds = 300.0
"""How long one upload may take."""
uploads_limit = 8
"""Uploads at a time."""
_unknown_type = "application/octet-stream"
_media_type = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,99}/[a-z0-9][a-z0-9!#$&^_.+-]{0,99}")
# What a browser may show in place, since none of it can run anything. SVG can.
_shown = re.compile(r"audio/.+|image/(png|jpeg|gif|webp|bmp)")
_statuses: Mapping[Refusal, type[web.HTTPException]] = {
    Refusal.NOT_FOUND: web.HTTPNotFound,
    Refusal.FORBIDDEN: web.HTTPForbidden,
}


class FileApi:
    """The routes, for somebody whom a server has let in."""

    def __init__(self, state: State, sockets: Sockets, store: FileStore) -> None:
        self._state = state
        self._sockets = sockets
        self._store = store
        self._uploads = 0

    async def serve(self, request: web.Request, user_id: str) -> web.StreamResponse:
        """Answer for this person. Raises `web.HTTPException`."""
        try:
            match request.method:
                case hdrs.METH_POST:
                    return await self._upload(request, user_id)
                case hdrs.METH_DELETE:
                    return self._discard(request, user_id)
                case _:
                    return self._download(request, user_id)
        except Refused as refused:
            if refused.refusal is Refusal.TOO_MUCH:
                _refuse_size(refused.why)
            _refuse(_statuses.get(refused.refusal, web.HTTPBadRequest), refused.refusal, refused.why)

    async def _upload(self, request: web.Request, user_id: str) -> web.Response:
        given = request.query.get("itemid", "NULL")
        item_id = "" if given == "NULL" else given
        check_upload(self._state, user_id, item_id)
        if (request.content_length or 0) > file_limit:
            _refuse_size()
        if self._uploads >= uploads_limit:
            _refuse(web.HTTPServiceUnavailable, "overloaded", f"at most {uploads_limit} uploads at a time")
        self._uploads += 1
        try:
            return await self._receive(request, user_id, item_id)
        finally:
            self._uploads -= 1

    async def _receive(self, request: web.Request, user_id: str, item_id: str) -> web.Response:
        try:
            async with asyncio.timeout(upload_seconds):
                name, size = await self._store.receive(_chunks(request), file_limit)
        except TooLarge:
            _refuse_size()
        except TimeoutError:
            _refuse(web.HTTPRequestTimeout, "too_slow", f"an upload may take {upload_seconds:.0f} s")
        except (ConnectionError, aiohttp.ClientPayloadError):
            # Nobody is there to read this.
            _refuse(web.HTTPBadRequest, "broken_off", "the upload broke off")
        except NotKept as error:
            log.error("an upload cannot be kept: %s", error)
            _refuse(web.HTTPInsufficientStorage, "not_kept", "the sandbox cannot write the file")
        command = AddFile(
            by=user_id,
            item_id=item_id,
            name=_file_name(request.headers.get(hdrs.CONTENT_DISPOSITION, "")),
            media_type=_declared_type(request.headers.get(hdrs.CONTENT_TYPE, "")),
            size=size,
        )
        try:
            uploaded = self._sockets.do(command)
        except Refused:
            self._store.drop(name)
            raise
        self._store.keep(name, uploaded.file.id)
        self._store.sweep(self._state.files.keys())
        answer = {
            "id": uploaded.file.item_id,
            "fileid": list(uploaded.file_ids),
            "mimeType": uploaded.file.media_type,
        }
        return web.json_response([answer])

    def _download(self, request: web.Request, user_id: str) -> web.StreamResponse:
        file = find_file(self._state, request.query.get("fileid", ""), user_id)
        shown = _shown.fullmatch(file.media_type) is not None
        headers = {
            hdrs.CONTENT_TYPE: file.media_type if shown else _unknown_type,
            hdrs.CONTENT_DISPOSITION: (
                f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{quote(file.name, safe='')}"
            ),
            hdrs.CACHE_CONTROL: "private, no-cache",
            "Content-Security-Policy": "default-src 'none'; media-src 'self'; sandbox",
            "X-Content-Type-Options": "nosniff",
        }
        return web.FileResponse(self._store.path(file.id), chunk_size=chunk_size, headers=headers)

    def _discard(self, request: web.Request, user_id: str) -> web.Response:
        self._sockets.do(DropFile(by=user_id, file_id=request.query.get("fileid", "")))
        self._store.sweep(self._state.files.keys())
        return web.json_response({})


def file_routes(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> list[web.RouteDef]:
    """All of `/fileapi`, to one handler that lets people in and then asks `FileApi`."""
    return [
        web.post("/fileapi", handler),
        web.get("/fileapi", handler),
        web.get("/fileapi/{name}", handler),
        web.delete("/fileapi", handler),
    ]


async def _chunks(request: web.Request) -> AsyncIterator[bytes]:
    async for chunk in request.content.iter_chunked(chunk_size):
        yield chunk


def _declared_type(header: str) -> str:
    """What a client says that its file is; clients that do not know write `null`."""
    declared = header.partition(";")[0].strip().lower()
    return declared if _media_type.fullmatch(declared) else _unknown_type


def _file_name(disposition: str) -> str:
    """The name in a `Content-Disposition`: raw in UTF-8 or Latin-1, or percent-encoded."""
    extended = re.search(r"filename\*\s*=\s*utf-8''([^;]*)", disposition, re.IGNORECASE)
    # A quote within the name is not escaped by every client, so the last one ends it.
    plain = re.search(r'filename\s*=\s*(?:"(.*)"|([^;"]*))', disposition)
    if extended:
        raw = unquote_to_bytes(extended[1].strip())
    elif plain:
        raw = (plain[1] or plain[2] or "").encode("utf-8", "surrogateescape")
    else:
        return ""
    text = _decoded(raw)
    if not extended and re.fullmatch(r"(?:[^%]|%[0-9A-Fa-f]{2})*", text):
        text = _decoded(unquote_to_bytes(text))
    return text


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _refuse_size(why: str = f"a file has at most {file_limit} bytes") -> NoReturn:
    _refuse(_TooLarge, "too_large", why)


class _TooLarge(web.HTTPException):
    # aiohttp's own wants to word the reason itself.
    status_code = 413


def _refuse(status: type[web.HTTPException], error: str, why: str) -> NoReturn:
    body = web.json_response({"error": error, "error_description": why}).text
    raise status(text=body, content_type="application/json")
