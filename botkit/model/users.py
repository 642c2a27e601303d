"""People and bots."""

from __future__ import annotations

from msgspec import Struct


class User(Struct, frozen=True, kw_only=True):
    """One account of a platform."""

    id: str
    """The platform's own, opaque."""
    display_name: str
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    is_bot: bool = False
    locale: str = ""
    """The language of the account and its region, BCP 47; empty = the platform does not tell."""
