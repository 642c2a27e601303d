"""Rows of this process have what they hold at hand; all others, and large ones, are read."""

from __future__ import annotations

import pytest

from botkit.hooks import hook
from botkit.model import codec
from botkit.model.effects import Post
from botkit.model.events import WebhookReceived
from botkit.model.session import Channel, Session
from botkit.ports.store import LIGHT, Commit, StoreError
from botkit.runtime import addressing, places
from botkit.testing import ScriptedPerson
from tests.runtime.house import House

DESK = """
flow: desk
start: [item_added]
slots: {name: {ask: What is your name?}, town: {ask: Where do you live?}}
steps:
  - collect: [name, town]
  - say: "{{ name | length }} of {{ town }}."
"""


class Listener:
    """Because of which messages are kept before anybody looks at them."""

    @hook
    def item_added(self) -> None: ...


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What kinds of values are read."""
    found: list[str] = []
    load = codec.load

    def watched(data: bytes | str) -> object:
        value = load(data)
        found.append(type(value).__name__)
        return value

    monkeypatch.setattr(codec, "load", watched)
    return found


async def test_what_this_process_has_written_it_does_not_read(house: House, read: list[str]) -> None:
    house.flow(DESK)
    await house.start()
    ada = ScriptedPerson(house.platform)
    for text in ("hi", "Ada", "London"):
        await ada.post(text)
        await house.clock.settle()
    assert house.said(ada.direct)[-1] == "3 of London."
    assert read == []


async def test_what_another_process_has_written_is_read_once(house: House, read: list[str]) -> None:
    house.flow(DESK)
    await house.start()
    ada = ScriptedPerson(house.platform)
    await ada.post("hi")
    await house.clock.settle()
    await house.stop()
    await house.start()
    for text in ("Ada", "London"):
        await ada.post(text)
        await house.clock.settle()
    assert house.said(ada.direct)[-1] == "3 of London."
    assert read == ["Session"]


async def test_what_is_large_is_not_held_twice(house: House, read: list[str]) -> None:
    house.hooks.register(Listener(), "listener")
    house.flow(DESK)
    await house.start()
    ada = ScriptedPerson(house.platform)
    await ada.post("hi")
    await house.clock.settle()
    await ada.post("Ada" * LIGHT)
    await house.clock.settle()
    assert read[0] == "MessageReceived"


def test_a_row_tells_a_large_session_by_its_state_alone() -> None:
    small = Session(id="s", channel=Channel.CHAT, flow="desk", state={"v": 1})
    large = Session(id="s", channel=Channel.CHAT, flow="desk", state={"v": "x" * LIGHT})
    assert places.row_of(small).loaded is small
    assert places.row_of(large).loaded is None
    assert places.session_of(places.row_of(large)) == large


def test_a_row_tells_a_large_effect_by_its_payload_alone() -> None:
    small, large = (Post(id="s:1:0", to="desk@example.com", text=text) for text in ("x", "x" * LIGHT))
    assert addressing.posting("s", small).loaded is small
    assert addressing.posting("s", large).loaded is None


async def test_each_try_has_what_came_as_it_came(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    bodies: list[object] = []

    @hook
    async def webhook_received(webhook: WebhookReceived) -> None:
        assert isinstance(webhook.body, dict)
        bodies.append(webhook.body.pop("state"))

    house.plug(webhook_received)
    await house.start()
    commit, refusals = house.store.commit, [StoreError("the disk is full")]

    async def refuse(turn: Commit) -> None:
        if turn.done and refusals:
            raise refusals.pop()
        await commit(turn)

    monkeypatch.setattr(house.store, "commit", refuse)
    event = WebhookReceived(
        event_id="webhook:ci:1", at=house.clock.now(), webhook="ci", body={"state": "failed"}
    )
    assert await house.runtime.receive(event)
    await house.clock.advance(10)
    assert bodies == ["failed", "failed"]
