"""The addresses of incoming webhooks: what somebody sends there is posted."""

from __future__ import annotations

import html
import json
import re
from collections import OrderedDict
from collections.abc import Mapping
from typing import NoReturn

from aiohttp import hdrs, web

from botkit.ports.clock import Clock

from .allowance import Allowance, Verdict
from .hub.items import content_limit
from .hub.machine import Refusal, Refused
from .hub.webhooks import PostByWebhook
from .sockets import Sockets

PATH = "/rest/v2/webhooks/incoming/"
rate = 5.0
"""Posts a second that one webhook takes for long."""
burst = 50.0
"""And at once."""
counted = 1000
"""Webhooks whose posts are counted, those used last: unknown ids are counted too."""
_marks = (
    (re.compile(r"(?<!\w)\*(\S(?:[^*\n]*\S)?)\*(?!\w)"), r"<b>\1</b>"),
    (re.compile(r"(?<!\w)_(\S(?:[^_\n]*\S)?)_(?!\w)"), r"<i>\1</i>"),
    (re.compile(r"`([^`\n]+)`"), r"<code>\1</code>"),
)


class WebhookApi:
    """The route."""

    def __init__(self, sockets: Sockets, clock: Clock) -> None:
        self._sockets = sockets
        self._clock = clock
        self._allowances: OrderedDict[str, Allowance] = OrderedDict()

    async def serve(self, request: web.Request) -> web.Response:
        """Post it. The body counts as JSON whatever the request says it is: curl says that it is a form."""
        webhook_id = request.match_info["webhook_id"][:100]
        if self._allowance(webhook_id).ask(self._clock.monotonic()) is not Verdict.SERVE:
            why = f"a webhook takes {rate:.0f} posts a second"
            _refuse(web.HTTPTooManyRequests, "too_many_requests", why, {hdrs.RETRY_AFTER: "1"})
        command = _command(webhook_id, await request.read())
        try:
            self._sockets.do(command)
        except Refused as refused:
            gone = refused.refusal is Refusal.NOT_FOUND
            _refuse(web.HTTPNotFound if gone else web.HTTPBadRequest, refused.refusal, refused.why)
        return web.json_response({})

    def _allowance(self, webhook_id: str) -> Allowance:
        found = self._allowances.pop(webhook_id, None)
        found = found or Allowance(self._clock.monotonic(), rate=rate, burst=burst)
        self._allowances[webhook_id] = found
        if len(self._allowances) > counted:
            self._allowances.popitem(last=False)
        return found


def _command(webhook_id: str, body: bytes) -> PostByWebhook:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        _refuse(web.HTTPBadRequest, "illegal_argument", "the body is no JSON")
    if not isinstance(fields, dict):
        _refuse(web.HTTPBadRequest, "illegal_argument", "the body is no JSON object")
    text, subject = _text(fields, "text"), _text(fields, "subject")
    if not text.strip():
        _refuse(web.HTTPBadRequest, "illegal_argument", "`text` is missing")
    markup = fields.get("markdown")
    if markup is not None and not isinstance(markup, bool):
        _refuse(web.HTTPBadRequest, "illegal_argument", "`markdown` must be true or false")
    rich = markup is not False
    content = _marked_up(text) if rich else text
    link = _text(fields, "fileURL")
    if link:
        name = _text(fields, "filename") or link
        anchor = f'<a href="{html.escape(link)}">{html.escape(name)}</a>'
        content += f"<br>{anchor}" if rich else f"\n{link}"
    if len(content) > content_limit:
        _refuse(web.HTTPBadRequest, "illegal_argument", f"a text has at most {content_limit} characters")
    return PostByWebhook(webhook_id=webhook_id, content=content, rich=rich, subject=subject)


def _text(fields: Mapping[str, object], key: str) -> str:
    value = fields.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        _refuse(web.HTTPBadRequest, "illegal_argument", f"`{key}` must be a text")
    try:
        value.encode()
    except UnicodeEncodeError:
        _refuse(web.HTTPBadRequest, "illegal_argument", f"`{key}` holds half a character")
    return value


def _marked_up(text: str) -> str:
    """`*bold*`, `_italic_` and code as markup; what is HTML already stays."""
    for pattern, markup in _marks:
        text = pattern.sub(markup, text)
    return text.replace("\n", "<br>")


def _refuse(
    status: type[web.HTTPException], error: str, why: str, headers: Mapping[str, str] | None = None
) -> NoReturn:
    body = web.json_response({"error": error, "error_description": why}).text
    raise status(text=body, content_type="application/json", headers=headers)
