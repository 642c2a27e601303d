"""`ports.connector.Directory` on Circuit."""

from __future__ import annotations

import logging

from botkit.model.users import User

from .errors import CircuitError, NotFound
from .recent import Recent
from .session import CircuitSession

log = logging.getLogger(__name__)

MOST_USERS = 5000


class CircuitDirectory:
    """Who is who, remembered."""

    def __init__(self, session: CircuitSession) -> None:
        self._session = session
        self._users: Recent[User] = Recent(MOST_USERS)

    async def user(self, user_id: str) -> User:
        """Raises `NotFound`."""
        user = self._users.get(user_id)
        if user is None:
            user = await self._session.users.get(user_id)
            self._users.put(user_id, user)
        return user

    async def user_by_email(self, email: str) -> User | None:
        """None when nobody has it."""
        return await self._session.users.by_email(email)

    async def addressed(self, address: str) -> User:
        """Whoever has this user id or e-mail address. Raises `NotFound`."""
        if "@" not in address:
            return await self.user(address)
        user = await self.user_by_email(address)
        if user is None:
            raise NotFound(
                f"Nobody has the address {address}.", remedy="Write an e-mail address of the platform."
            )
        return user

    async def user_or_stub(self, user_id: str) -> User:
        """Somebody an event names. Who cannot be looked up is known by id alone, so no event is lost.

        Raises `CircuitError` only when another attempt may go better.
        """
        try:
            return await self.user(user_id)
        except CircuitError as error:
            if not error.lasting:
                raise
            log.warning("the user %s cannot be looked up: %s", user_id, error)
            return User(id=user_id, display_name=user_id)

    def update(self, user: User) -> None:
        """A profile changed. Events need not hold all of it, so it is looked up when next needed."""
        self._users.drop(user.id)

    def forget(self) -> None:
        """Changes may have been missed."""
        self._users.clear()
