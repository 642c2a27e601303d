"""Where people talk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from botkit.circuit import actions, read, shapes
from botkit.circuit.errors import NotFound
from botkit.circuit.shapes import ConversationRecord
from botkit.circuit.wire import Json

from .asking import Asking, ask


class Conversations:
    """`session.conversations`."""

    def __init__(self, session: Asking) -> None:
        self._session = session

    async def get(self, conversation_id: str) -> ConversationRecord:
        """Raises `NotFound`, or `PermissionDenied` where we are no participant."""
        return await ask(
            self._session, actions.GET_CONVERSATION_BY_ID, {"convId": conversation_id}, _conversation
        )

    async def latest(self, number: int = 25, before: datetime | None = None) -> Sequence[ConversationRecord]:
        """Our conversations with the newest items, newest first; with `before` those whose newest item is of
        that moment or earlier."""
        data: dict[str, object] = {
            "userId": self._session.me.id,
            "direction": "BEFORE",
            "number": number,
            "filter": "ALL",
            "sortByLastItem": True,
        }
        if before is not None:
            data["modificationDate"] = read.milliseconds(before)
        try:
            return await ask(
                self._session,
                actions.GET_CONVERSATIONS,
                data,
                lambda result: [shapes.conversation(each) for each in read.objs(result, "conversations")],
            )
        except NotFound:
            return []

    async def direct(self, user_id: str) -> ConversationRecord:
        """The direct conversation with somebody, created when there is none."""
        try:
            return await ask(
                self._session, actions.GET_CONVERSATION_BY_USER, {"userId": user_id}, _conversation
            )
        except NotFound:
            people = [{"userId": user_id}, {"userId": self._session.me.id}]
            return await ask(
                self._session,
                actions.CREATE_CONVERSATION,
                {"type": "DIRECT", "participants": people},
                _conversation,
            )

    async def create_group(self, user_ids: Sequence[str], topic: str = "") -> ConversationRecord:
        """A new group conversation with these people and us."""
        people = [{"userId": self._session.me.id}, *({"userId": each} for each in user_ids)]
        named = {"topic": topic} if topic else {}
        return await ask(
            self._session,
            actions.CREATE_CONVERSATION,
            {"type": "GROUP", **named, "participants": people},
            _conversation,
        )

    async def add_participants(self, conversation_id: str, user_ids: Sequence[str]) -> ConversationRecord:
        """Bring people in. A direct conversation stays as it is: the new group that comes is returned."""
        return await ask(
            self._session,
            actions.ADD_PARTICIPANT,
            {"convId": conversation_id, "userId": list(user_ids)},
            _conversation,
        )

    async def subscribe_typing(self, conversation_id: str) -> None:
        """Hear `CONVERSATION.TYPING` of this conversation, also after a reconnect."""
        data = {"conversationId": conversation_id}
        await self._session.stand(actions.SUBSCRIBE_TYPING, data, "typing", conversation_id)

    async def unsubscribe_typing(self, conversation_id: str) -> None:
        """The other way round."""
        self._session.cease("typing", conversation_id)
        await self._session.request(actions.UNSUBSCRIBE_TYPING, {"conversationId": conversation_id})


def _conversation(result: Json) -> ConversationRecord:
    return shapes.conversation(read.obj(result, "conversation"))
