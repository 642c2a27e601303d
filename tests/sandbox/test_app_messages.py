"""What clients say to each other, in the keys the official SDK reads."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.wire_client import Frame, Platform, WireClient

DATA = json.dumps({"type": "channel1", "message": {"k": "\u00fc"}, "requestId": "r1"})


async def send(client: WireClient, kind: str = "SDK", data: object = DATA, **routing: object) -> Frame:
    content = {"type": kind, "routing": routing, "data": data}
    return await client.ask("USER_TO_USER", "userToUser", "USER_TO_USER", userToUser=content)


async def heard(client: WireClient) -> Any:
    """The content of the next message; it has no `type`, so nothing else knows it."""
    frame = await client._next(lambda frame: "userToUser" in frame.get("event", {}))
    return frame["event"]["userToUser"]


async def test_all_clients_of_a_user_hear_it_as_it_was_sent(platform: Platform) -> None:
    ann = await platform.logon("ann")
    bens = [await platform.logon("ben"), await platform.logon("ben")]
    forged = {"srcUserId": "somebody", "srcClientId": "else"}
    response = await send(ann, destUserId=bens[0].user_id, **forged)
    assert response["code"] == "OK"
    routing = {"destUserId": bens[0].user_id, "srcUserId": ann.user_id, "srcClientId": ann.client_id}
    for ben in bens:
        assert await heard(ben) == {"userToUser": {"type": "SDK", "data": DATA}, "routing": routing}


async def test_one_client_of_ones_own(platform: Platform) -> None:
    first, second, third = [await platform.logon("ann") for _ in range(3)]
    await send(first, "CONTACT_CARD", destUserId=first.user_id, destClientId=second.client_id)
    message = await heard(second)
    assert message["userToUser"]["type"] == "CONTACT_CARD"
    assert message["routing"]["destClientId"] == second.client_id
    assert await third.seen() == []


async def test_somebody_who_is_away_misses_it(platform: Platform) -> None:
    ann = await platform.logon("ann")
    assert (await send(ann, destUserId=platform.user("ben")))["code"] == "OK"


@pytest.mark.parametrize(
    ("code", "data", "routing"),
    [
        ("NO_RESULT", DATA, {"destUserId": "nobody"}),
        ("NO_RESULT", DATA, {"destUserId": "{ben}", "destClientId": "{ann's}"}),
        ("CONVERSION_EXCEPTION", DATA, {}),
        ("CONVERSION_EXCEPTION", {"k": 1}, {"destUserId": "{ben}"}),
        ("CONVERSION_EXCEPTION", None, {"destUserId": "{ben}"}),
        ("SERVICE_EXCEPTION", "x" * 65_537, {"destUserId": "{ben}"}),
    ],
    ids=["nobody", "another's client", "to nobody", "no text", "nothing", "too much"],
)
async def test_what_cannot_be_carried(
    platform: Platform, code: str, data: object, routing: dict[str, str]
) -> None:
    ann = await platform.logon("ann")
    names = {"{ben}": platform.user("ben"), "{ann's}": ann.client_id}
    told = {key: names.get(value, value) for key, value in routing.items()}
    assert (await send(ann, data=data, **told))["code"] == code
