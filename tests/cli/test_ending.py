"""`botkit sessions end`: somebody ends a session, beside the bot that runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from botkit.model.calls import CallCause
from botkit.testing import VirtualClock
from tests.cli.commands import Cli
from tests.runtime.house import House
from tests.runtime.telephone import ring
from tests.runtime.test_transferring import Exchange

FLOW = """\
flow: desk
start: [mention]
when:
  cancelled:
    - post: Ended by hand.
      to: desk@example.com
steps:
  - choose: Tea or coffee?
    options: {tea: {}, coffee: {}}
    into: drink
  - end: "{{ drink }}."
"""
PHONE = """\
flow: phone
start: [call_incoming]
when:
  hangup:
    - post: Hung up by hand.
      to: desk@example.com
steps:
  - choose: Tea or coffee?
    options: {tea: {key: 1}, coffee: {key: 2}}
    into: drink
  - end: Goodbye.
"""


@pytest.fixture
async def house(tmp_path: Path, clock: VirtualClock) -> AsyncIterator[House]:
    world = House(tmp_path, clock)
    world.outside = clock
    world.platform.add_user("The Desk", "desk@example.com")
    yield world
    await world.close()


def posted(house: House) -> list[str]:
    """All that the bot has posted, wherever."""
    return [item.text for each in house.platform.conversations.values() for item in house.items(each)]


async def test_a_chat_ends_with_a_word_and_its_flow_is_told_once(
    cli: Cli, house: House, tmp_path: Path
) -> None:
    house.flow(FLOW)
    await house.start()
    session, other = await house.chatted(), await house.chatted()
    outcome = cli("sessions", "end", session, "--store", tmp_path / "bot.db")
    assert (outcome.code, outcome.out) == (0, f"{session} is to end.\n")
    assert "was told to end before" in cli("sessions", "end", session, "--store", tmp_path / "bot.db").out
    await house.clock.advance(2)
    row = await house.store.session(session)
    assert row is not None
    assert not row.open
    assert posted(house).count("Let us stop here. Goodbye.") == 1
    assert posted(house).count("Ended by hand.") == 1
    told = cli("why", session, "--store", tmp_path / "bot.db").out
    assert "somebody who looks after the bot ended it" in told
    still = await house.store.session(other)
    assert still is not None
    assert still.open
    outcome = cli("sessions", "end", session, "--store", tmp_path / "bot.db")
    assert outcome.code == 2
    assert "is over already" in outcome.err


async def test_a_caller_is_hung_up_on(cli: Cli, house: House, tmp_path: Path) -> None:
    line = await ring(house, PHONE)
    session = f"call:{line.call.id}"
    assert cli("sessions", "end", session, "--store", tmp_path / "bot.db").code == 0
    await house.clock.advance(3)
    assert line.call.cause is CallCause.ENDED
    assert posted(house) == ["Hung up by hand."]
    row = await house.store.session(session)
    assert row is not None
    assert not row.open


async def test_a_bot_that_does_not_run_does_it_at_its_next_start(
    cli: Cli, house: House, tmp_path: Path
) -> None:
    house.flow(FLOW)
    await house.start()
    session = await house.chatted()
    await house.stop()
    assert cli("sessions", "end", session, "--store", tmp_path / "bot.db").code == 0
    await house.start()
    row = await house.store.session(session)
    assert row is not None
    assert not row.open
    assert posted(house).count("Ended by hand.") == 1


async def test_what_cannot_be_ended_is_told(cli: Cli, house: House, tmp_path: Path) -> None:
    house.flow(FLOW)
    await house.start()
    outcome = cli("sessions", "end", "nobody", "--store", tmp_path / "bot.db")
    assert outcome.code == 2
    assert "There is no session 'nobody'" in outcome.err
    assert cli("sessions", "one", "other", "--store", tmp_path / "bot.db").code == 2


@pytest.mark.parametrize("joined", [False, True])
async def test_a_caller_who_is_being_put_through_is_hung_up_on_and_so_is_the_other_one(
    cli: Cli, house: House, tmp_path: Path, joined: bool
) -> None:
    exchange = Exchange(house)
    await exchange.begin()
    call = await (exchange.joined() if joined else exchange.ringing())
    session = f"call:{exchange.caller.id}"
    assert cli("sessions", "end", session, "--store", tmp_path / "bot.db").code == 0
    await house.clock.advance(10)
    assert exchange.caller.cause is CallCause.ENDED
    assert call.cause is not None
    assert posted(house) == ["The caller hung up."]


async def test_a_caller_who_talks_is_hung_up_on_and_what_was_recorded_is_kept(
    cli: Cli, house: House, tmp_path: Path
) -> None:
    recording = PHONE.replace(
        "  - choose: Tea or coffee?\n    options: {tea: {key: 1}, coffee: {key: 2}}\n    into: drink\n",
        "  - record: Speak.\n    into: voice\n",
    )
    assert recording != PHONE
    line = await ring(house, recording)
    await house.clock.advance(5)
    line.speak(1.0)
    await house.clock.settle()
    session = f"call:{line.call.id}"
    assert cli("sessions", "end", session, "--store", tmp_path / "bot.db").code == 0
    await house.clock.advance(3)
    assert line.call.cause is CallCause.ENDED
    assert posted(house) == []  # as after any hang-up: the flow goes on with what was recorded
    assert len(house.blobs.kept) == 1
