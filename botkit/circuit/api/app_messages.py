"""Words to people's programs, past all conversations. Nothing keeps them: who is away misses them."""

from __future__ import annotations

import json
import uuid

from botkit.circuit import actions
from botkit.circuit.wire import Json

from .asking import Asking


class AppMessages:
    """`session.app_messages`. The server wants the scope `USER_TO_USER` for it, where it is strict."""

    def __init__(self, session: Asking) -> None:
        self._session = session

    async def send(self, kind: str, user_id: str, message: Json, *, client_id: str = "") -> None:
        """Tell all open clients of a user, or the one with this id; those that listen for `kind` hear it."""
        routing = {
            "destUserId": user_id,
            "srcUserId": self._session.me.id,
            "srcClientId": self._session.client_id,
        }
        if client_id:
            routing["destClientId"] = client_id
        content = {"type": kind, "message": message, "requestId": str(uuid.uuid4())}
        data = {"type": "SDK", "routing": routing, "data": json.dumps(content)}
        await self._session.request(actions.USER_TO_USER, data)
