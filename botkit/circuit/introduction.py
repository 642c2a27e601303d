"""What a new connection begins with: who we are to the server, and which calls it knows of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from botkit.model.users import User

from . import actions, read, shapes, wire
from .errors import MalformedAnswer, refusal
from .link import Link

STUFF = [
    "USER",
    "SUPPORT_CONVERSATION_ID",
    "TELEPHONY_CONVERSATION_ID",
    "ACCOUNTS",
    "PRESENCE_STATE",
    "TENANT",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduction:
    """The server's answers."""

    me: User
    client_id: str
    """The server's name for this socket."""
    active_calls: Mapping[str, str]
    """`rtcSessionId` -> `instanceId`."""
    handed_over: frozenset[str]
    """Of these, the calls that go on at this very socket, though it has only just been opened."""


async def introduce(link: Link) -> Introduction:
    """The requests of a logon, in their order. Raises `CircuitError`."""
    await link.request(actions.GET_USER_DATA)
    await link.request(actions.GET_VERSION)
    stuff = await link.ask(actions.GET_STUFF, {"types": list(STUFF)})
    if stuff.code not in wire.SUCCESS:
        raise refusal(stuff, "the logon")
    try:
        me = shapes.user(read.obj(read.obj(stuff.payload, "getStuff"), "user"))
    except wire.WireError as error:
        raise MalformedAnswer(f"The server does not say who logged on: {error}.") from None
    listed = _active_sessions(await link.ask(actions.GET_ACTIVE_SESSIONS))
    return Introduction(
        me=me,
        client_id=stuff.client_id,
        active_calls={
            read.optional(each, "rtcSessionId"): read.optional(each, "instanceId") for each in listed
        },
        handed_over=frozenset(
            read.optional(each, "rtcSessionId") for each in listed if _is_at(each, me.id, stuff.client_id)
        ),
    )


def _active_sessions(response: wire.Response) -> Sequence[wire.Json]:
    # No result, no permission, no list: all mean that there are no calls.
    try:
        return read.objs(read.obj(response.payload, "activeSessions"), "session")
    except wire.WireError:
        return ()


def _is_at(session: wire.Json, user_id: str, client_id: str) -> bool:
    """This socket of the user is in it, as far as the server tells who is."""
    try:
        participants = read.objs(session, "participants")
    except wire.WireError:
        return False
    here = (user_id, client_id)
    return bool(client_id) and any(
        (read.optional(each, "userId"), read.optional(each, "clientId")) == here for each in participants
    )
