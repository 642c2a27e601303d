"""Who is meant by an address, and where the bot writes to them."""

from __future__ import annotations

import logging

from botkit.model.session import Person
from botkit.ports.connector import Connector, ConnectorError

from .context import person_of

log = logging.getLogger(__name__)


async def find(connector: Connector, address: str) -> Person:
    """Whoever has this e-mail address or user id. Raises `ConnectorError`, lasting when nobody has."""
    if not address:
        raise ConnectorError("There is no address.", lasting=True)
    if "@" not in address:
        return person_of(await connector.directory.user(address))
    user = await connector.directory.user_by_email(address)
    if user is None:
        raise ConnectorError(f"nobody has the address {address}", lasting=True)
    return person_of(user)
