"""`receivers:`, who gets the webhooks that a bot sends."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict
from yarl import URL

from botkit.flow.validation import refusal
from botkit.model import standard_webhooks
from botkit.model.errors import UsageError
from botkit.model.secret import Secret
from botkit.ports.http import HttpRefused
from botkit.ports.receivers import Receiver
from botkit.web.addresses import Allowance

from .faults import Faults
from .references import is_reference, literal, referred, secret

_no_address = "This is no address that webhooks could go to."
_address_remedy = "Write `https://crm.example.com/hooks`, for example."
_example = "python3 -c 'import base64, os; print(\"whsec_\" + base64.b64encode(os.urandom(32)).decode())'"


def _url(text: str) -> str:
    """One without variables is told with its line; one that may hold a password later, and without it."""
    if not is_reference(text) and "@" not in text and _address(text) is None:
        raise refusal(_no_address, _address_remedy)
    return text


class ReceiverBlock(BaseModel):
    """One of `receivers:`."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    url: Annotated[str, AfterValidator(_url)]
    """Where webhooks go; `${VARIABLE}` may stand in it."""
    secret: str
    """What signs them: `${VARIABLE}` or `file:PATH` of `whsec_...`."""
    old_secret: str = ""
    """The one before, which signs too until the receiver knows the new one."""


def resolve_receivers(
    blocks: Mapping[str, ReceiverBlock], allow: list[str] | None, path: Path
) -> dict[str, Receiver]:
    """The block with its references resolved, by `http: {allow: ...}`. Raises `UsageError`."""
    allowance = Allowance(allow, f"{path}: http: allow")
    found: dict[str, Receiver] = {}
    faults = Faults()
    for name, block in blocks.items():
        where, secrets = f"{path}: receivers: {name}", []
        for key, text in (("secret", block.secret), ("old_secret", block.old_secret)):
            with faults.collected():
                if text or key == "secret":
                    secrets.append(_secret(text, path.parent, f"{where}: {key}", name))
        with faults.collected():
            url = referred(block.url, path.parent, f"{where}: url") or block.url
            _check_url(url, allowance, f"{where}: url")
            found[name] = Receiver(url=url, secrets=tuple(secrets))
    faults.tell()
    return found


def _secret(text: str, folder: Path, where: str, name: str) -> Secret:
    if not is_reference(text):
        raise literal(where, f"{name}_secret")
    found = secret(text, folder, where)
    try:
        standard_webhooks.key_of(found.reveal())
    except ValueError as error:
        raise UsageError(
            f"This secret signs no webhook: {error}.",
            where=where,
            remedy=f"Take the one that the receiver gave you, or make one for both: {_example}",
        ) from None
    return found


def _check_url(text: str, allowance: Allowance, where: str) -> None:
    """What is wrong with it is told without it: it may be a secret itself."""
    address = _address(text)
    if address is None:
        raise UsageError(_no_address, where=where, remedy=_address_remedy)
    try:
        allowance.check(*address)
    except HttpRefused as refused:
        raise UsageError(refused.what, where=where, remedy=refused.remedy) from None


def _address(text: str) -> tuple[str, int] | None:
    """Host and port; None when it is no URL that webhooks could go to."""
    try:
        url = URL(text, encoded=True)
        host, port = url.host, url.port
    except ValueError:
        return None
    return (host, port) if url.scheme in ("http", "https") and host and port and not url.user else None
