"""Offers the connector `circuit` to bot.yaml. Imports nothing heavy until a bot is built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from botkit.hooks import hook
from botkit.model.errors import UsageError
from botkit.model.secret import Secret
from botkit.ports.connector import Connector, ConnectorFactory

REQUIRED = ("domain", "client_id", "client_secret")
OPTIONAL = ("connector", "trust", "scope")


class CircuitFactory:
    """`platform: {connector: circuit, domain, client_id, client_secret, trust, scope}`."""

    name = "circuit"

    def build(self, settings: Mapping[str, object], where: str, folder: Path) -> Connector:
        """Raises `UsageError` for a key that is missing, unknown or of the wrong kind."""
        known = (*REQUIRED, *OPTIONAL)
        if unknown := sorted(set(settings) - set(known)):
            raise UsageError(
                f"The connector circuit has no setting {unknown[0]!r}.",
                where=where,
                remedy=f"It has: {', '.join(known)}.",
            )
        if missing := [key for key in REQUIRED if not settings.get(key)]:
            raise UsageError(
                f"The connector circuit needs {missing[0]!r}.", where=where, remedy="Add it to `platform:`."
            )
        domain = _text(settings, "domain", where)
        if "/" in domain:
            raise UsageError(
                f"`domain` is {domain!r}.", where=where, remedy="Write host or host:port, without https://."
            )
        secret = settings["client_secret"]
        scope, trust = _text(settings, "scope", where), _text(settings, "trust", where)

        from .connector import CircuitConnector
        from .oauth import DEFAULT_SCOPE
        from .session import CircuitSession

        session = CircuitSession(
            domain,
            client_id=_text(settings, "client_id", where),
            client_secret=secret if isinstance(secret, Secret) else Secret(str(secret)),
            scope=scope or DEFAULT_SCOPE,
            trust=folder / trust if trust else None,
        )
        return CircuitConnector(session)


@hook
def register_connectors() -> Sequence[ConnectorFactory]:
    """The connector `circuit`."""
    return [CircuitFactory()]


def _text(settings: Mapping[str, object], key: str, where: str) -> str:
    value = settings.get(key, "")
    if not isinstance(value, str):
        raise UsageError(f"`{key}` is no text.", where=where, remedy="Write it as a text.")
    return value
