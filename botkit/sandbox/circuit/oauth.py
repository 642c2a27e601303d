"""Tokens and cookies: who they stand for and until when. No network, no clock; time is handed in."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from botkit.model.secret import Secret

from .guesses import Guesses

grant_limit = 100
"""Tokens, and cookies, of one person; the oldest goes first."""
cookie_life = timedelta(days=1)
account_limit = 5
"""Wrong passwords, or secrets, for one account in a `guesses.window`, from wherever."""
address_limit = 20
"""Wrong passwords and secrets from one address in a `guesses.window`, for whatever account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What a person or a bot proves itself with."""

    user_id: str
    name: str
    """E-mail address of a person, client id of a bot."""
    secret: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A token or a cookie, as the server remembers it: never its text."""

    user_id: str
    client_id: str
    scope: str
    expires_at: datetime
    key: str
    """Digest of the text."""


@dataclass(slots=True)
class _Shelf:
    """Credentials of one sort by digest, oldest first."""

    kept: dict[str, Credential] = field(default_factory=dict)

    def issue(self, user_id: str, client_id: str, scope: str, expires_at: datetime, now: datetime) -> str:
        text = secrets.token_urlsafe(32)
        key = _digest(text)
        self.kept = {k: c for k, c in self.kept.items() if c.expires_at > now}
        own = [k for k, c in self.kept.items() if c.user_id == user_id]
        for old in own[: max(0, len(own) - grant_limit + 1)]:
            del self.kept[old]
        self.kept[key] = Credential(
            user_id=user_id, client_id=client_id, scope=scope, expires_at=expires_at, key=key
        )
        return text

    def find(self, text: str, now: datetime) -> Credential | None:
        # The digest, not the text, is looked up: how long that takes tells nothing about a near miss.
        found = self.kept.get(_digest(text))
        return found if found and found.expires_at > now else None

    def revoke(self, user_id: str) -> None:
        self.kept = {key: one for key, one in self.kept.items() if one.user_id != user_id}


class Grants:
    """Issues and recognises tokens and cookies."""

    def __init__(self, people: list[Login], clients: list[Login], *, token_life: timedelta) -> None:
        self._people = {login.name.casefold(): login for login in people}
        self._clients = {login.name: login for login in clients}
        self._nobody = Login(user_id="", name="", secret=Secret(secrets.token_urlsafe(32)))
        self._tokens = _Shelf()
        self._cookies = _Shelf()
        self._by_account = Guesses(account_limit)
        self._by_address = Guesses(address_limit)
        self.token_life = token_life

    def check_person(self, email: str, password: str, address: str, now: datetime) -> str | None:
        """User id of whoever logs on with these, from this network address; None when nobody does.

        Raises `TooManyGuesses`, for accounts that exist and those that do not alike.
        """
        name = email.casefold()
        return self._guess(f"person {name}", self._people.get(name), password, address, now)

    def check_client(self, client_id: str, client_secret: str, address: str, now: datetime) -> str | None:
        """User id of the bot with these client credentials; None when there is none. Raises as
        `check_person` does."""
        login = self._clients.get(client_id)
        return self._guess(f"client {client_id}", login, client_secret, address, now)

    def _guess(self, name: str, login: Login | None, secret: str, address: str, now: datetime) -> str | None:
        account = _digest(name)
        self._by_account.check(account, now)
        self._by_address.check(address, now)
        user_id = self._check(login, secret)
        if user_id is None:
            self._by_account.wrong(account, now)
            self._by_address.wrong(address, now)
        return user_id

    def _check(self, login: Login | None, secret: str) -> str | None:
        # An unknown name takes as long as a wrong secret.
        held = login or self._nobody
        same = hmac.compare_digest(_digest(secret), _digest(held.secret.reveal()))
        return login.user_id if login and same else None

    def issue_token(self, user_id: str, client_id: str, scope: str, now: datetime) -> str:
        """A new access token."""
        return self._tokens.issue(user_id, client_id, scope, now + self.token_life, now)

    def issue_cookie(self, user_id: str, client_id: str, scope: str, now: datetime) -> str:
        """A new session cookie's value."""
        return self._cookies.issue(user_id, client_id, scope, now + cookie_life, now)

    def token(self, text: str, now: datetime) -> Credential | None:
        """What a token stands for; None when it is unknown, expired or revoked."""
        return self._tokens.find(text, now)

    def cookie(self, text: str, now: datetime) -> Credential | None:
        """What a cookie stands for; None when it is unknown, expired or logged out."""
        return self._cookies.find(text, now)

    def revoke_token(self, text: str, user_id: str) -> None:
        """Make one's own token worthless; another's stays."""
        found = self._tokens.kept.get(_digest(text))
        if found and found.user_id == user_id:
            del self._tokens.kept[found.key]

    def log_out(self, credential: Credential) -> None:
        """End the session that a socket was let in with."""
        self._cookies.kept.pop(credential.key, None)
        self._tokens.kept.pop(credential.key, None)

    def revoke_all(self, user_id: str) -> None:
        """Make all of somebody's tokens and cookies worthless."""
        self._tokens.revoke(user_id)
        self._cookies.revoke(user_id)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
