"""Performs `Http`: makes the request, again where that may help, and reads what comes back.

At least once: after a crash the request is made anew, with the same `Idempotency-Key`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from botkit.flow.masking import hushed, hushed_within
from botkit.flow.values import Fault, as_json, largest_number
from botkit.model.effects import Http
from botkit.model.inputs import HttpFinished, HttpOutcome
from botkit.model.secret import Secret, spellings
from botkit.ports.clock import Clock
from botkit.ports.http import AT_ONCE, HttpAnswer, HttpClient, HttpFailed, HttpRefused, HttpRequest
from botkit.ports.store import Commit, OutboxRow

from . import journal
from .handlers import LARGEST_RESULT
from .results import result_row

log = logging.getLogger(__name__)

FIRST_PAUSE = 1.0
"""Seconds before the second try; each further pause is twice as long. All are up to a half shorter, by
chance, so that the bots whom a server has failed do not come back at once."""


@dataclass(frozen=True, slots=True)
class _Ended:
    """How one try ended."""

    outcome: HttpOutcome
    status: int = 0
    value: object = None
    detail: str = ""
    again: bool = False
    """Another try may end better."""
    pause: float = 0.0
    """Seconds that the server asks for before it."""


class HttpRequests:
    """Makes the requests of flows."""

    def __init__(
        self,
        client: HttpClient,
        secrets: Mapping[str, Secret],
        clock: Clock,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`secrets` are those of bot.yaml; `chance` gives numbers in [0, 1)."""
        self._client = client
        self._secrets = secrets
        self._hidden = spellings(secrets.values())
        self._clock = clock
        self._chance = chance
        self._turns: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(AT_ONCE))
        """By server; flows name few."""

    async def perform(self, row: OutboxRow, effect: Http) -> Commit:
        """All tries of it."""
        turns = self._turns[urlsplit(effect.url).netloc]
        begun = self._clock.monotonic()
        tries = 1
        ended = await self._try(effect, turns)
        while ended.again and tries < effect.tries:
            await self._clock.sleep(self._pause(tries, ended.pause))
            tries += 1
            ended = await self._try(effect, turns)
        seconds = self._clock.monotonic() - begun
        # A server may send back what it was sent, and the answer goes into the journal.
        detail = hushed(ended.detail, self._hidden)
        if ended.outcome is not HttpOutcome.DONE:
            log.warning("%s: %s %s: %s", effect.id, effect.method, ended.outcome, detail)
        finished = HttpFinished(
            effect_id=effect.id,
            outcome=ended.outcome,
            status=ended.status,
            value=ended.value,
            detail=detail,
        )
        now = self._clock.now()
        line = journal.requested(row.session_id, finished, effect.method, seconds, tries, now)
        return Commit(
            confirmed=(row.id,),
            journal=(line,),
            inbox=(result_row(row.session_id, effect.id, finished, now),),
        )

    def _pause(self, tries: int, asked: float) -> float:
        """Seconds after so many tries."""
        own = FIRST_PAUSE * 2.0 ** (tries - 1) * (1 - self._chance() / 2)
        return min(max(own, asked), Http.longest_pause)

    async def _try(self, effect: Http, turns: asyncio.Semaphore) -> _Ended:
        try:
            async with turns:
                if effect.until is not None and self._clock.now() >= effect.until:
                    return _Ended(HttpOutcome.TIMEOUT, detail="too many others waited for this server")
                answer = await self._client.send(self._request(effect))
        except HttpRefused as error:
            return _Ended(HttpOutcome.REFUSED, detail=error.paragraph())
        except HttpFailed as error:
            outcome = HttpOutcome.TIMEOUT if error.timed_out else HttpOutcome.FAILED
            return _Ended(outcome, detail=error.paragraph(), again=True)
        except _SecretMissing as error:
            return _Ended(HttpOutcome.REFUSED, detail=str(error))
        status = answer.status
        if not 200 <= status < 300:
            again = status == 429 or status >= 500
            pause = answer.retry_after or 0.0
            return _Ended(_outcome(status), status, detail=f"status {status}", again=again, pause=pause)
        try:
            value = self._value(answer) if effect.wanted else None
        except _Unreadable as error:
            return _Ended(HttpOutcome.FAILED, status, detail=str(error))
        return _Ended(HttpOutcome.DONE, status, value)

    def _request(self, effect: Http) -> HttpRequest:
        headers: dict[str, str | Secret] = dict(effect.headers)
        revealed = {name: secret.reveal() for name, secret in self._secrets.items()}
        for name, text in effect.secret_headers.items():
            try:
                headers[name] = Secret(text.format_map(revealed))
            except KeyError as missing:
                raise _SecretMissing(f"bot.yaml has no secret {missing.args[0]}") from None
        if not any(name.lower() == "idempotency-key" for name in headers):
            headers["Idempotency-Key"] = effect.id
        return HttpRequest(
            method=effect.method,
            url=effect.url,
            headers=headers,
            body=effect.body.encode(),
            timeout=effect.timeout,
        )

    def _value(self, answer: HttpAnswer) -> object:
        """JSON, or text; None when there is nothing. Raises `_Unreadable`."""
        try:
            text = answer.body.decode("utf-8-sig")
        except UnicodeDecodeError:
            kind = answer.content_type or "it does not say what"
            raise _Unreadable(f"the answer is no UTF-8 ({kind})") from None
        value: object = text or None
        if text and (answer.content_type == "application/json" or answer.content_type.endswith("+json")):
            try:
                value = as_json(json.loads(text, parse_int=_number))
            except (ValueError, RecursionError):
                raise _Unreadable("the answer says that it is JSON, and is none") from None
            except Fault as fault:
                raise _Unreadable(f"the answer cannot be kept: {fault}") from None
        # Not before it is read: JSON may write the signs of a secret in another way.
        value = hushed_within(value, self._hidden)
        size = len(json.dumps(value))
        if size > LARGEST_RESULT:
            raise _Unreadable(
                f"the answer is {size:,} bytes of JSON, and a flow takes {LARGEST_RESULT:,}; "
                "ask for less, or fetch it in a handler (`run`) that returns what is needed"
            )
        return value


class _SecretMissing(Exception):
    """bot.yaml has no secret of that name."""


class _Unreadable(Exception):
    """A flow can do nothing with the answer."""


def _outcome(status: int) -> HttpOutcome:
    """Of a status that is not good."""
    if status in (404, 410):
        return HttpOutcome.NOT_FOUND
    return HttpOutcome.REFUSED if 400 <= status < 500 else HttpOutcome.FAILED


def _number(text: str) -> int | str:
    """What is longer than a flow's numbers is an id, and stays text."""
    if len(text) > 17:
        return text
    number = int(text)
    return number if -largest_number <= number <= largest_number else text
