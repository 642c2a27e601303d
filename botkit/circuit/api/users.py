"""Who is who, and who is there."""

from __future__ import annotations

from collections.abc import Sequence

from botkit.circuit import actions, read, shapes
from botkit.circuit.errors import NotFound
from botkit.model.users import User

from .asking import Asking, ask


class Users:
    """`session.users`."""

    def __init__(self, session: Asking) -> None:
        self._session = session

    async def get(self, user_id: str) -> User:
        """Raises `NotFound`."""
        return await ask(
            self._session,
            actions.GET_USER_BY_ID,
            {"userId": user_id},
            lambda result: shapes.user(read.obj(result, "user")),
        )

    async def by_email(self, email: str) -> User | None:
        """None when nobody has it."""
        try:
            return await ask(
                self._session,
                actions.GET_USER_BY_MAIL,
                {"emailAddress": email, "excludeRoles": ["SUPPORT", "SYSTEM_ADMIN"]},
                lambda result: shapes.user(read.obj(result, "user")),
            )
        except NotFound:
            return None

    async def subscribe_presence(self, user_ids: Sequence[str]) -> None:
        """Hear `USER.USER_PRESENCE_CHANGE` of these people, also after a reconnect."""
        data = {"userIds": list(user_ids)}
        await self._session.stand(actions.SUBSCRIBE_PRESENCE, data, "presence", *sorted(user_ids))

    async def unsubscribe_presence(self, user_ids: Sequence[str]) -> None:
        """The other way round, for the same people."""
        self._session.cease("presence", *sorted(user_ids))
        await self._session.request(actions.UNSUBSCRIBE_PRESENCE, {"userIds": list(user_ids)})
