"""Performs `SendWebhook`: signs it, sends it, and if need be again, for days.

At least once: after a crash a try is made anew, with the same `webhook-id` and the same body, by which the
receiver knows it. Between two tries it rests in the outbox, so a restart neither hurries nor forgets it.
Each delivery has a key of its own there: the order of webhooks is nobody's promise, and a receiver that is
down keeps nobody else waiting.

Source of the tries: Standard Webhooks, "Deliverability and reliability".
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from botkit.model import standard_webhooks
from botkit.model.effects import SendWebhook
from botkit.model.secret import Secret
from botkit.ports.clock import Clock
from botkit.ports.http import HttpClient, HttpFailed, HttpRefused, HttpRequest
from botkit.ports.receivers import Receiver
from botkit.ports.store import Commit, OutboxRow

from . import journal
from .ledger import Ledger
from .letters import dead_letter

log = logging.getLogger(__name__)

_minute, _hour = 60.0, 3600.0

PAUSES = (5.0, 5 * _minute, 30 * _minute, *(hours * _hour for hours in (2, 5, 10, 14, 20, 24)))
"""Seconds after each try that came to nothing; after one more, three days after the first, it is given up."""
JITTER = 0.2
"""By up to this share a pause is longer, by chance: what failed together is not to come back together."""
LONGEST_ASKED = 24 * _hour
"""Seconds that a receiver may ask for (`Retry-After`)."""
TIMEOUT = 20.0
"""Seconds that a receiver has for its answer."""
GONE = 410
"""The receiver wants it never again."""


@dataclass(frozen=True, slots=True)
class _Failed:
    """How a try came to nothing."""

    cause: str
    asked: float = 0.0
    """Seconds until the next one, if the receiver says so."""
    lasting: bool = False


class Deliveries:
    """Sends webhooks."""

    def __init__(
        self,
        ledger: Ledger,
        client: HttpClient,
        receivers: Mapping[str, Receiver],
        clock: Clock,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`receivers` are those of bot.yaml; `chance` gives numbers in [0, 1)."""
        self._ledger = ledger
        self._client = client
        self._receivers = receivers
        self._clock = clock
        self._chance = chance

    async def perform(self, row: OutboxRow, effect: SendWebhook) -> Commit:
        """One try. Raises `StoreError`."""
        receiver = self._receivers.get(effect.receiver)
        if receiver is None:
            return self._given_up(row, f"bot.yaml has no receiver {effect.receiver}", row.tries)
        await self._ledger.store.attempt(row.id, self._clock.now())
        ended = await self._try(effect, receiver)
        tries = row.tries + 1
        if isinstance(ended, int):
            return Commit(
                confirmed=(row.id,),
                journal=(journal.delivered(row.session_id, effect, ended, tries, self._clock.now()),),
            )
        if ended.lasting or tries > len(PAUSES):
            return self._given_up(row, ended.cause, tries)
        return self._later(row, effect, ended, tries)

    def _later(self, row: OutboxRow, effect: SendWebhook, ended: _Failed, tries: int) -> Commit:
        own = PAUSES[tries - 1] * (1 + JITTER * self._chance())
        pause = max(own, min(ended.asked, LONGEST_ASKED))
        log.warning("%s: %s: %s; tried again in %.0f s", row.id, effect.receiver, ended.cause, pause)
        return Commit(postponed={row.id: self._clock.now() + timedelta(seconds=pause)})

    def _given_up(self, row: OutboxRow, cause: str, tries: int) -> Commit:
        now = self._clock.now()
        log.error("the webhook %s is given up, and is a dead letter now: %s", row.id, cause)
        return Commit(
            confirmed=(row.id,),
            dead=(dead_letter(row, cause, now, tries=tries),),
            journal=(journal.failed(row.session_id, row.id, cause, now),),
        )

    async def _try(self, effect: SendWebhook, receiver: Receiver) -> int | _Failed:
        """The status when it was taken."""
        try:
            answer = await self._client.send(self._request(effect, receiver))
        except HttpRefused as error:
            # Whom the bot may talk to, bot.yaml says: time alone does not change it.
            return _Failed(error.paragraph(), lasting=True)
        except HttpFailed as error:
            return _Failed(error.paragraph())
        except ValueError as error:
            return _Failed(str(error), lasting=True)
        if 200 <= answer.status < 300:
            return answer.status
        return _Failed(
            f"status {answer.status}", asked=answer.retry_after or 0.0, lasting=answer.status == GONE
        )

    def _request(self, effect: SendWebhook, receiver: Receiver) -> HttpRequest:
        body = standard_webhooks.body_of(effect.type, effect.at, effect.data)
        message_id = message_id_of(effect.id)
        timestamp = int(self._clock.now().timestamp())
        signatures = (
            standard_webhooks.signature(
                standard_webhooks.key_of(secret.reveal()), message_id, timestamp, body
            )
            for secret in receiver.secrets
        )
        headers: dict[str, str | Secret] = {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": " ".join(signatures),
        }
        return HttpRequest(
            method="POST",
            url=receiver.url,
            headers=headers,
            body=body,
            timeout=TIMEOUT,
            follows=False,
        )


def message_id_of(effect_id: str) -> str:
    """What `webhook-id` says: the effect's id, of signs that headers take; a dot would end it."""
    return quote(effect_id, safe=":").replace(".", "%2E")
