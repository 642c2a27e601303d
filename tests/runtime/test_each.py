"""`each`: sessions with several people at once, exactly once, whenever the process dies."""

from __future__ import annotations

from pathlib import Path

import pytest

from botkit.model import codec
from botkit.model.session import Channel, Session, SessionStart
from botkit.ports.connector import ConnectorError
from botkit.ports.store import InboxRow
from botkit.testing import ScriptedPerson, VirtualClock
from tests.runtime.house import House
from tests.runtime.survival import Survivor

FLOW = """
flow: standup
start: [mention: {words: [standup]}]
slots:
  team: {type: text}
config: {team: {type: list, default: [bert@example.com, cleo@example.com, nobody@example.com]}}
steps:
  - each: config.team
    as: person
    flow: questions
    to: "{{ person }}"
    with: {topic: Monday}
    until: 2h
    into: answers
  - post: |
      {% for a in answers %}{{ a.person }}: {{ a.today if a.outcome == "done" else a.outcome }}; {% endfor %}
    to: ada@example.com
flows:
  questions:
    inputs: [topic]
    outputs: [today]
    slots:
      today: {ask: "{{ topic }}: what do you do?"}
    steps:
      - collect: [today]
      - say: Thank you, {{ user.first_name }}.
"""
HOUR = 3600.0


class Team:
    def __init__(self, house: House) -> None:
        self.house = house
        self.ada = ScriptedPerson(house.platform, "Ada Byron", "ada@example.com")
        self.bert = ScriptedPerson(house.platform, "Bert Bot", "bert@example.com")
        self.cleo = ScriptedPerson(house.platform, "Cleo Cat", "cleo@example.com")

    def said_to(self, person: ScriptedPerson) -> list[str]:
        return self.house.said(person.direct)


@pytest.fixture
def team(house: House) -> Team:
    house.flow(FLOW)
    return Team(house)


async def test_all_are_asked_at_once_and_the_answers_come_together(team: Team) -> None:
    await team.house.start()
    await team.ada.post("standup")
    await team.house.clock.settle()
    assert team.said_to(team.bert) == team.said_to(team.cleo) == ["Monday: what do you do?"]
    await team.cleo.post("I sleep")
    await team.house.clock.advance(HOUR)
    assert team.said_to(team.cleo)[1:] == ["Thank you, Cleo."]
    assert team.said_to(team.ada) == []
    await team.bert.post("I test")
    await team.house.clock.settle()
    assert team.said_to(team.ada) == [
        "bert@example.com: I test; cleo@example.com: I sleep; nobody@example.com: failed; "
    ]
    assert not await team.house.store.open_sessions("")


async def test_whoever_has_not_answered_in_time_is_left_in_peace(team: Team) -> None:
    await team.house.start()
    await team.ada.post("standup")
    await team.house.clock.settle()
    await team.cleo.post("I sleep")
    await team.house.clock.advance(2 * HOUR)
    assert team.said_to(team.ada) == [
        "bert@example.com: expired; cleo@example.com: I sleep; nobody@example.com: failed; "
    ]
    await team.bert.post("late")
    await team.house.clock.advance(30 * HOUR)
    assert team.said_to(team.bert) == ["Monday: what do you do?"]
    assert not await team.house.store.open_sessions("")
    assert not await team.house.store.effects()


async def test_nobody_needs_to_have_begun_it(team: Team) -> None:
    await team.house.start()
    session = Session(id="schedule:1", channel=Channel.DETACHED, flow="standup")
    payload = codec.dump(SessionStart(session=session))
    row = InboxRow(id="schedule:1", key="session:schedule:1", payload=payload, at=team.house.clock.now())
    await team.house.store.receive(row)
    await team.ada.post("hello")  # wakes the inbox
    await team.house.clock.settle()
    await team.bert.post("I test")
    await team.cleo.post("I sleep")
    await team.house.clock.settle()
    assert team.said_to(team.ada) == [
        "bert@example.com: I test; cleo@example.com: I sleep; nobody@example.com: failed; "
    ]


async def test_a_platform_that_is_away_for_a_moment_fails_nobody(team: Team) -> None:
    await team.house.start()
    chat, left = team.house.connector.chat, 2
    find = chat.conversation_for

    async def conversation_for(address: str) -> object:
        nonlocal left
        if left:
            left -= 1
            raise ConnectorError("away")
        return await find(address)

    team.house.connector.chat.conversation_for = conversation_for  # type: ignore[method-assign,assignment]
    await team.ada.post("standup")
    await team.house.clock.advance(10)
    assert team.said_to(team.bert) == team.said_to(team.cleo) == ["Monday: what do you do?"]


async def test_a_flow_that_ends_in_trouble_has_failed(house: House) -> None:
    house.flow(FLOW.replace("- collect: [today]", '- set: {topic: "{{ 1 / (topic | length - 6) }}"}'))
    team = Team(house)
    await house.start()
    await team.ada.post("standup")
    await house.clock.settle()
    assert team.said_to(team.ada) == [
        "bert@example.com: failed; cleo@example.com: failed; nobody@example.com: failed; "
    ]


class Story:
    """The dialogue from the first to the last word; the bot is killed on the way, once."""

    def __init__(self, house: House, fatal: int, *, after: bool) -> None:
        self.house = house
        house.flow(FLOW)
        self.team = Team(house)
        self.bot = Survivor(house, (fatal, after))

    async def run(self) -> None:
        await self.bot.start()
        await self.bot.act(self.team.ada.post("standup"))
        await self.bot.act(self.team.bert.post("I test"))
        for _ in range(2):
            await self.bot.advance(2 * HOUR)
        self.bot.spare()


@pytest.mark.parametrize("after", [False, True])
async def test_every_place_to_die(tmp_path: Path, after: bool) -> None:
    for fatal in range(2 if after else 1, 200, 2):
        home = tmp_path / f"{fatal}"
        home.mkdir()
        story = Story(House(home, VirtualClock()), fatal, after=after)
        house, team = story.house, story.team
        try:
            await story.run()
            for person in (team.bert, team.cleo):
                asked = team.said_to(person).count("Monday: what do you do?")
                assert asked == 1, (fatal, asked)
            assert len(team.said_to(team.ada)) == 1, fatal
            assert "bert@example.com: I test; cleo@example.com: expired" in team.said_to(team.ada)[0], fatal
            assert not await house.store.open_sessions(""), fatal
            assert not await house.store.effects(), fatal
            if not story.bot.died:
                assert fatal > 30
                return
        finally:
            await house.close()
    raise AssertionError("the dialogue never came to its end")
