"""`POST /hooks/NAME`: verified on the bytes that came, kept, answered 202; the work comes afterwards.

Nothing of a delivery is looked into before its sender is proven, and it is told 202 only once it is kept. One
whose id was seen before is told 200 and does nothing, so a sender's second try ends well and an attacker's
copy has no effect. Who cannot prove anything is told 401, whatever the reason, and whether or not there is
such a webhook.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import secrets as random
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import ClientError, hdrs, web

from botkit.model.events import WebhookReceived
from botkit.model.limits import Rate
from botkit.model.secret import Secret
from botkit.ports import metrics
from botkit.ports.clock import Clock
from botkit.ports.store import StoreError
from botkit.ports.telemetry import NoTelemetry, Telemetry

from .presets import Delivery, Standard, Webhook
from .rate import Pacer
from .server import WebServer, unavailable

log = logging.getLogger(__name__)

PATH = "/hooks/{name}"
BODY_SECONDS = 10.0
"""How long a sender may take for the body."""
DEEPEST = 32
"""Lists and mappings of a body inside one another."""

STRANGERS_TOLD = Rate(30, 60.0)
"""Lines of the log for calls that prove nothing."""

Receive = Callable[[WebhookReceived], Awaitable[bool]]
"""Keeps an event; True when it is new. It may raise `StoreError`."""


class TooLarge(Exception):
    """More came than a webhook takes."""


class Webhooks:
    """The routes of a bot's webhooks."""

    def __init__(
        self,
        webhooks: Mapping[str, Webhook],
        receive: Receive,
        clock: Clock,
        telemetry: Telemetry | None = None,
    ) -> None:
        self._webhooks = webhooks
        self._receive = receive
        self._clock = clock
        self._telemetry = telemetry or NoTelemetry()
        # Whoever asks for one that is not there is dealt with like one without the secret.
        key = "whsec_" + random.token_urlsafe(30).replace("-", "A").replace("_", "B")
        self._pacers = {name: Pacer(webhook.limit) for name, webhook in webhooks.items()}
        self._held_up: set[str] = set()
        """Webhooks whose sender was told to wait."""
        self._strangers = Pacer(STRANGERS_TOLD)
        self._untold = 0
        """Calls of strangers since the last one that the log tells."""
        self._nobodys = Webhook(preset=Standard(), secrets=(Secret(key),))

    def add_to(self, server: WebServer) -> None:
        """Serve them there."""
        server.add(hdrs.METH_POST, PATH, self._counted)

    async def _counted(self, request: web.Request) -> web.StreamResponse:
        answer = await self._deliver(request)
        name = request.match_info["name"]
        # Those who guess names shall not fill the numbers with them.
        known = name if name in self._webhooks else "unknown"
        self._telemetry.count(metrics.WEBHOOKS, known, str(answer.status))
        return answer

    async def _deliver(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        webhook = self._webhooks.get(name, self._nobodys)
        try:
            async with asyncio.timeout(BODY_SECONDS):
                delivery = Delivery(headers=_headers(request), body=await _body(request, webhook.largest))
        except TooLarge:
            self._tell_stranger(request, f"more than {webhook.largest:,} bytes (`largest`) are not read")
            return _answer(413, f"more than {webhook.largest:,} bytes")
        except TimeoutError:
            self._tell_stranger(request, f"the body did not come within {BODY_SECONDS:g} s")
            return _answer(408, "the body took too long")
        except (ClientError, ConnectionError, web.HTTPException, ValueError):
            return _answer(400, "the body did not come whole")
        now = self._clock.now()
        if not webhook.preset.proven(delivery, webhook.secrets, now, webhook.window):
            known = name in self._webhooks
            doubt = webhook.preset.doubt(delivery, now, webhook.window) if known else "there is none"
            self._tell_stranger(request, doubt)
            return _answer(401, "who are you?")
        if (seconds := self._too_soon(name)) > 0:
            return _later(seconds)
        return await self._proven(name, webhook, delivery)

    def _tell_stranger(self, request: web.Request, why: str) -> None:
        """A line of the log; of a flood a few, so that nobody fills the disk with them."""
        if self._strangers.one_more(self._clock.monotonic()) > 0:
            self._untold += 1
            return
        more = f" ({self._untold} more before are not told)" if self._untold else ""
        self._untold = 0
        text = "somebody (%s) who proves nothing calls the webhook %.40r: %s%s"
        log.info(text, request.remote, request.match_info["name"], why, more)

    def _too_soon(self, name: str) -> float:
        """Seconds until the next delivery is let in; 0 = this one is."""
        seconds = self._pacers[name].one_more(self._clock.monotonic())
        if not seconds:
            self._held_up.discard(name)
        elif name not in self._held_up:
            self._held_up.add(name)
            limit = self._webhooks[name].limit
            log.warning(
                "the webhook %s is called more often than its `limit` (%s): its sender is told to wait",
                name,
                limit,
            )
        return seconds

    async def _proven(self, name: str, webhook: Webhook, delivery: Delivery) -> web.StreamResponse:
        if (content_type := _not_json(delivery)) is not None:
            log.warning("the webhook %s got %.60r: let its sender send JSON as it is", name, content_type)
            return _answer(415, "send JSON (`Content-Type: application/json`), not compressed")
        try:
            body = parsed(delivery.body)
        except ValueError as error:
            log.warning("the webhook %s got what is no JSON: %s", name, error)
            return _answer(400, f"that is no JSON: {error}")
        identity = webhook.preset.identity(delivery, body)
        event = WebhookReceived(
            event_id=f"webhook:{name}:{identity.id or random.token_hex(16)}",
            at=self._clock.now(),
            webhook=name,
            body=body,
            kind=identity.kind,
        )
        try:
            new = await self._receive(event)
        except StoreError as error:
            log.error("a delivery to the webhook %s cannot be kept: %s", name, error)
            return unavailable("it cannot be kept now")
        return _answer(202, "kept") if new else _answer(200, "it came before")


def parsed(body: bytes) -> object:
    """The JSON of a body. Raises `ValueError` for what is none, and for what cannot be kept: what is nested
    too deep, numbers without end, halves of characters."""
    try:
        value: object = json.loads(body.decode())
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg} at character {error.pos}") from None
    except ValueError:  # Python turns no more than some thousand digits into a number
        raise ValueError("a number in it has too many digits") from None
    level: list[object] = [value]
    for _ in range(DEEPEST + 1):
        inner: list[object] = []
        for item in level:
            if isinstance(item, str):
                _check_text(item)
            elif isinstance(item, float) and not math.isfinite(item):
                raise ValueError("a number in it is none, or too large")
            elif isinstance(item, list):
                inner += item
            elif isinstance(item, dict):
                inner += item.keys()
                inner += item.values()
        if not inner:
            return value
        level = inner
    raise ValueError("it is nested too deep")


def _check_text(text: str) -> None:
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("a text in it has half a character") from None


async def _body(request: web.Request, largest: int) -> bytes:
    if (request.content_length or 0) > largest:
        raise TooLarge
    read = bytearray()
    async for part in request.content.iter_any():
        read += part
        if len(read) > largest:
            raise TooLarge
    return bytes(read)


def _headers(request: web.Request) -> Mapping[str, tuple[str, ...]]:
    headers: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for name, value in request.headers.items():
        headers[name.lower()] += (value,)
    return dict(headers)


def _not_json(delivery: Delivery) -> str | None:
    """What it is instead; None for JSON, and for what does not say."""
    encoding = ", ".join(delivery.headers.get("content-encoding", ()))
    if encoding not in ("", "identity"):
        return encoding
    told = ", ".join(delivery.headers.get("content-type", ()))
    content_type = told.partition(";")[0].strip().lower()
    return None if content_type in ("", "application/json") or content_type.endswith("+json") else told


def _later(seconds: float) -> web.Response:
    headers = {hdrs.RETRY_AFTER: str(math.ceil(seconds))}
    return web.Response(status=429, text="too many: come again later\n", headers=headers)


def _answer(status: int, text: str) -> web.Response:
    answer = web.Response(status=status, text=f"{text}\n")
    if status in (400, 408, 413):
        answer.force_close()  # what is left of the body is nobody's next request
    return answer
