"""How senders of webhooks prove who they are, and by what their repeated deliveries are recognised.

| Preset | Proof | What tells a repeated delivery |
|---|---|---|
| `standard` | signature over id, time and body (Standard Webhooks) | the signed id |
| `github` | signature over the body | the body: nothing else is signed |
| `gitlab` | that of `standard`, or a token | the signed id, `Idempotency-Key`, or event id and body |
| `alertmanager` | a token, as bearer or as password | group, status and its alerts with their times |
| `bearer` | a token | `Idempotency-Key`; without it every request is one of its own |

Everything here is pure: what came, and the moment, in; the verdict out. Secrets are compared in constant
time, and all of them always, so that how long it takes tells nothing of which was meant.

Sources: Standard Webhooks (https://www.standardwebhooks.com), GitHub "Validating webhook deliveries", GitLab
"Webhooks", Prometheus Alertmanager `webhook_config`, RFC 6750, RFC 7617.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from botkit.model.limits import Rate
from botkit.model.secret import Secret
from botkit.model.standard_webhooks import PREFIX, key_of, signature

MOST_SIGNATURES = 10
"""Of one delivery: a sender that changes its secret signs with both."""
DEFAULT_LARGEST = 256_000
"""Bytes of a body."""
DEFAULT_WINDOW = timedelta(minutes=5)
DEFAULT_LIMIT = Rate(6000, 60.0)
"""A sender that runs wild is held up, and an alert storm is not."""
LONGEST_ID = 200
_ANOTHER = "no secret that bot.yaml has for it fits"
SHORTEST_TOKEN = 16
"""Characters: what is shorter can be guessed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What came, as it came."""

    headers: Mapping[str, Sequence[str]]
    """Name in small letters -> every value that came under it."""
    body: bytes

    def header(self, name: str) -> str:
        """The one value of a header; empty when there is none, or more than one: nobody knows who of those on
        the way goes by which."""
        values = self.headers.get(name, ())
        return values[0] if len(values) == 1 else ""


@dataclass(frozen=True, slots=True)
class Identity:
    """Which message it is."""

    id: str
    """Empty = nothing tells: every delivery is a message of its own."""
    kind: str = ""
    """What the sender calls it."""


class Preset(Protocol):
    """One kind of sender."""

    def fault(self, secret: str) -> str:
        """What is wrong with a secret, without a word of it; empty when nothing is."""
        ...

    def proven(self, delivery: Delivery, secrets: Sequence[Secret], now: datetime, window: timedelta) -> bool:
        """Whether somebody who knows one of the secrets sent it."""
        ...

    def doubt(self, delivery: Delivery, now: datetime, window: timedelta) -> str:
        """What is amiss with a delivery that is not proven, for the operator alone; nothing of a secret."""
        ...

    def identity(self, delivery: Delivery, body: object) -> Identity:
        """Of a delivery that was proven; `body` is its JSON."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """One of bot.yaml's `web: {webhooks: ...}`."""

    preset: Preset
    secrets: tuple[Secret, ...]
    """Any of them counts."""
    window: timedelta = DEFAULT_WINDOW
    """How far a signed time may be off, either way."""
    largest: int = DEFAULT_LARGEST
    """Bytes of a body."""
    limit: Rate = DEFAULT_LIMIT
    """How often senders who prove who they are may call it."""


class Standard:
    """Standard Webhooks."""

    def fault(self, secret: str) -> str:
        try:
            key_of(secret)
        except ValueError as error:
            return str(error)
        return ""

    def proven(self, delivery: Delivery, secrets: Sequence[Secret], now: datetime, window: timedelta) -> bool:
        message_id = delivery.header("webhook-id")
        stamp = delivery.header("webhook-timestamp")
        # A dot in the id would leave open where it ends: another message could be read out of the same text.
        if not _is_id(message_id) or "." in message_id:
            return False
        if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= 12) or stamp != str(int(stamp)):
            return False
        if abs(now.timestamp() - int(stamp)) > window.total_seconds():
            return False
        given = delivery.header("webhook-signature").split(" ")[:MOST_SIGNATURES]
        keys = [key_of(secret.reveal()) for secret in secrets]
        expected = [signature(key, message_id, int(stamp), delivery.body) for key in keys]
        return _any_equal(given, expected)

    def doubt(self, delivery: Delivery, now: datetime, window: timedelta) -> str:
        if lacking := _lacking(delivery, "webhook-id", "webhook-timestamp", "webhook-signature"):
            return lacking
        stamp = delivery.header("webhook-timestamp")
        if stamp.isascii() and stamp.isdecimal() and len(stamp) <= 12:
            off = int(stamp) - now.timestamp()
            if abs(off) > window.total_seconds():
                way = "ahead of" if off > 0 else "behind"
                return f"its time is {abs(off):.0f} s {way} the clock here, beyond the `window`"
        return _ANOTHER

    def identity(self, delivery: Delivery, body: object) -> Identity:
        return Identity(delivery.header("webhook-id"), _type_of(body))


class GitHub:
    """Its signature knows no time and no id, so a copy of an old delivery would pass for ever under a new
    `X-GitHub-Delivery`: its messages are told apart by what is signed, their bodies."""

    def fault(self, secret: str) -> str:
        return _weak(secret)

    def proven(self, delivery: Delivery, secrets: Sequence[Secret], now: datetime, window: timedelta) -> bool:
        expected = [
            "sha256=" + hmac.new(secret.reveal().encode(), delivery.body, hashlib.sha256).hexdigest()
            for secret in secrets
        ]
        return _any_equal([delivery.header("x-hub-signature-256")], expected)

    def doubt(self, delivery: Delivery, now: datetime, window: timedelta) -> str:
        return _lacking(delivery, "x-hub-signature-256") or _ANOTHER

    def identity(self, delivery: Delivery, body: object) -> Identity:
        return Identity(_digest(delivery.body), _printable(delivery.header("x-github-event")))


class GitLab:
    """Signs as Standard Webhooks does with a `whsec_` secret, and shows any other one as a token."""

    def __init__(self) -> None:
        self._standard = Standard()

    def fault(self, secret: str) -> str:
        return self._standard.fault(secret) if secret.startswith(PREFIX) else _weak(secret)

    def proven(self, delivery: Delivery, secrets: Sequence[Secret], now: datetime, window: timedelta) -> bool:
        keys = [secret for secret in secrets if secret.reveal().startswith(PREFIX)]
        tokens = [secret.reveal() for secret in secrets if secret not in keys]
        signed = self._standard.proven(delivery, keys, now, window)
        return _any_equal([delivery.header("x-gitlab-token")], tokens) or signed

    def doubt(self, delivery: Delivery, now: datetime, window: timedelta) -> str:
        if "webhook-signature" in delivery.headers:
            return self._standard.doubt(delivery, now, window)
        return _lacking(delivery, "x-gitlab-token") or _ANOTHER

    def identity(self, delivery: Delivery, body: object) -> Identity:
        kind = _printable(delivery.header("x-gitlab-event"))
        for name in ("webhook-id", "idempotency-key"):
            if given := _recognised(delivery, name):
                return Identity(given, kind)
        # Those that one event leads to bear the same id.
        return Identity(_digest(delivery.header("x-gitlab-event-uuid").encode() + delivery.body), kind)


class Bearer:
    """A token that is sent along."""

    def fault(self, secret: str) -> str:
        return _weak(secret)

    def proven(self, delivery: Delivery, secrets: Sequence[Secret], now: datetime, window: timedelta) -> bool:
        scheme, _, given = delivery.header("authorization").partition(" ")
        tokens = [secret.reveal() for secret in secrets]
        return _any_equal([given.strip() if scheme.lower() == "bearer" else ""], tokens)

    def doubt(self, delivery: Delivery, now: datetime, window: timedelta) -> str:
        return _lacking(delivery, "authorization") or _ANOTHER

    def identity(self, delivery: Delivery, body: object) -> Identity:
        return Identity(_recognised(delivery, "idempotency-key"), _type_of(body))


class Alertmanager(Bearer):
    """It numbers nothing. A notification that it tries again, and one that it repeats because nothing has
    changed (`repeat_interval`), are the same message here."""

    def proven(self, delivery: Delivery, secrets: Sequence[Secret], now: datetime, window: timedelta) -> bool:
        scheme, _, given = delivery.header("authorization").partition(" ")
        password = _password(given) if scheme.lower() == "basic" else ""
        as_password = _any_equal([password], [secret.reveal() for secret in secrets])
        return super().proven(delivery, secrets, now, window) or as_password

    def identity(self, delivery: Delivery, body: object) -> Identity:
        if not isinstance(body, Mapping) or not isinstance(body.get("groupKey"), str):
            return Identity(_digest(delivery.body))
        alerts = body.get("alerts")
        told = [
            [alert.get(name) for name in ("fingerprint", "labels", "status", "startsAt", "endsAt")]
            for alert in (alerts if isinstance(alerts, list) else ())
            if isinstance(alert, Mapping)
        ]
        status = body.get("status")
        texts = sorted(json.dumps(each, sort_keys=True) for each in told)
        whole = json.dumps([body["groupKey"], body.get("receiver"), status, texts], sort_keys=True)
        return Identity(_digest(whole.encode()), status if isinstance(status, str) else "")


PRESETS: Mapping[str, Preset] = {
    "standard": Standard(),
    "github": GitHub(),
    "gitlab": GitLab(),
    "alertmanager": Alertmanager(),
    "bearer": Bearer(),
}


def _lacking(delivery: Delivery, *names: str) -> str:
    for name in names:
        number = len(delivery.headers.get(name, ()))
        if number != 1:
            return f"it has {f'{number} headers' if number else 'no header'} {name}"
    return ""


def _any_equal(given: Sequence[str], expected: Sequence[str]) -> bool:
    """Whether two are equal; all are compared. Nothing is equal to nothing."""
    equal = False
    for text in given:
        for known in expected:
            equal |= hmac.compare_digest(text.encode("utf-8", "replace"), known.encode()) and known != ""
    return equal


def _is_id(text: str) -> bool:
    return 0 < len(text) <= LONGEST_ID and text.isascii() and text.isprintable()


def _recognised(delivery: Delivery, name: str) -> str:
    """The id in a header that is not signed, whatever it looks like: one that was overlooked would make a
    message of every try. Empty = there is none."""
    given = "\n".join(delivery.headers.get(name, ()))
    return given if not given or _is_id(given) else _digest(given.encode("utf-8", "surrogateescape"))


def _printable(text: str) -> str:
    return text[:LONGEST_ID] if text.isascii() and text.isprintable() else ""


def _type_of(body: object) -> str:
    kind = body.get("type") if isinstance(body, Mapping) else None
    return kind[:LONGEST_ID] if isinstance(kind, str) else ""


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def _password(given: str) -> str:
    try:
        return base64.b64decode(given.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _weak(secret: str) -> str:
    if len(secret) < SHORTEST_TOKEN:
        return f"it is shorter than {SHORTEST_TOKEN} characters"
    return "" if secret.isprintable() else "it holds line breaks or control characters"
