"""`web:`, what the bot itself serves over HTTP."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from botkit.flow.fields import Duration
from botkit.flow.validation import refusal
from botkit.model.errors import UsageError
from botkit.model.limits import Rate
from botkit.model.secret import Secret
from botkit.web.addresses import Listen
from botkit.web.presets import DEFAULT_LIMIT, PRESETS, Webhook

from .faults import Faults
from .limits import RateText
from .references import is_reference, literal, secret

WEBHOOK_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}", re.ASCII)
_size = re.compile(r"(\d{1,8})\s*(B|kB|MB)?", re.ASCII)
_remedies = {
    True: "Make one: echo whsec_$(openssl rand -base64 32).",
    False: "Make one: openssl rand -hex 32.",
}
_units = {None: 1, "B": 1, "kB": 1_000, "MB": 1_000_000}


def _listen(text: str) -> str:
    try:
        Listen.of(text)
    except ValueError as error:
        raise refusal(f"{error}.", "Write `127.0.0.1:8090`, or a port alone: `8090`.") from None
    return text


def _name(text: str) -> str:
    if not WEBHOOK_NAME.fullmatch(text):
        remedy = "Use small letters, digits, `-` and `_`, 40 at most: it is a part of the URL."
        raise refusal(f"`{text[:40]}` cannot be a webhook's name.", remedy)
    return text


def _bytes(value: object) -> object:
    found = _size.fullmatch(value) if isinstance(value, str) else None
    return int(found[1]) * _units[found[2]] if found else value


Listening: TypeAlias = Annotated[str, AfterValidator(_listen)]
"""`HOST:PORT`, or `PORT`."""

WebhookName: TypeAlias = Annotated[str, AfterValidator(_name)]

Size: TypeAlias = Annotated[int, BeforeValidator(_bytes)]
"""Bytes: `256kB`, or a number."""


class WebhookBlock(BaseModel):
    """One webhook, `POST /hooks/NAME`."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    preset: Literal["standard", "github", "gitlab", "alertmanager", "bearer"]
    """Who calls, and how they prove it."""
    secrets: list[str] = Field(min_length=1, max_length=5)
    """`${VARIABLE}` or `file:PATH` each; any of them counts, so that one can take another's place."""
    window: Duration = 300.0
    """How far the time in a signature may be off, either way."""
    largest: Size = Field(256_000, ge=1, le=10_000_000)
    """Of a body: `256kB`."""
    limit: RateText = str(DEFAULT_LIMIT)
    """How often it may be called by who proves who they are: `6000/m`. More is told 429, and when to come."""


class WebBlock(BaseModel):
    """`web:`."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    listen: Listening
    """`HOST:PORT`, or `PORT`, which is that of 127.0.0.1."""
    webhooks: dict[WebhookName, WebhookBlock] = Field(default_factory=dict)
    """What others may call."""
    metrics_token: str = ""
    """`${VARIABLE}` or `file:PATH`: who knows it may read `/metrics`; without it only this machine may."""


def check_secrets(block: WebBlock, path: Path) -> None:
    """Raises `UsageError` for a secret that stands in the file."""
    faults = Faults()
    with faults.collected():
        if block.metrics_token and not is_reference(block.metrics_token):
            raise literal(f"{path}: web: metrics_token", "metrics_token")
    for name, webhook in block.webhooks.items():
        for text in webhook.secrets:
            with faults.collected():
                if not is_reference(text):
                    raise literal(_where(path, name), f"{name.replace('-', '_')}_secret")
    faults.tell()


def check_windows(block: WebBlock, seen: timedelta | None, path: Path) -> None:
    """Raises `UsageError` for a webhook whose signatures hold longer than ids are kept (`store: keep`): a
    delivery could be sent once more in between. One whose sender's clock is ahead holds for two windows."""
    for name, webhook in block.webhooks.items():
        if seen is not None and 2 * timedelta(seconds=webhook.window) > seen:
            raise UsageError(
                "Its signatures hold longer than the bot knows what came.",
                where=f"{path}: web: webhooks: {name}: window",
                remedy="Write a shorter `window`, or a longer `store: {keep: {seen: ...}}`.",
            )


def resolve_webhooks(block: WebBlock, path: Path) -> dict[str, Webhook]:
    """The webhooks with their secrets. Raises `UsageError`, also when two of them share a secret: a delivery
    to one of them could then be sent to the other."""
    owners: dict[Secret, str] = {}
    found: dict[str, Webhook] = {}
    faults = Faults()
    for name, webhook in block.webhooks.items():
        known = []
        for text in webhook.secrets:
            with faults.collected():
                known.append(_secret(text, webhook.preset, path, name, owners))
        found[name] = Webhook(
            preset=PRESETS[webhook.preset],
            secrets=tuple(known),
            window=timedelta(seconds=webhook.window),
            largest=webhook.largest,
            limit=Rate.of(webhook.limit),
        )
    faults.tell()
    return found


def _secret(text: str, preset: str, path: Path, name: str, owners: dict[Secret, str]) -> Secret:
    where = _where(path, name)
    found = secret(text, path.parent, where)
    if fault := PRESETS[preset].fault(found.reveal()):
        raise UsageError(
            f"A secret of it is none for `{preset}`: {fault}.",
            where=where,
            remedy=_remedies[preset == "standard"],
        )
    other = owners.setdefault(found, name)
    if other != name:
        raise UsageError(
            f"The webhook `{other}` has the same secret, so what was signed for one passes at both.",
            where=where,
            remedy="Give each webhook a secret of its own.",
        )
    return found


def _where(path: Path, name: str) -> str:
    return f"{path}: web: webhooks: {name}: secrets"
