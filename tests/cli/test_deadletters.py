"""`botkit deadletters`: beside a bot that runs, and without one."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from botkit.model.secret import Secret
from botkit.ports.receivers import Receiver
from botkit.testing import FakeHttp, ScriptedPerson, VirtualClock
from botkit.testing.http import answer
from tests.cli.commands import Cli
from tests.runtime.house import House

FLOW = """\
flow: callback
start: [mention]
steps:
  - send_webhook: crm
    kind: callback.wanted
    json: {text: "my word is {{ event.text }}"}
"""
URL = "https://crm.example.com/token-in-url"
SECRET = "whsec_" + "QUJD" * 8


class Bot(House):
    """A bot that has given up webhooks."""

    def __init__(self, folder: Path, clock: VirtualClock) -> None:
        super().__init__(folder, clock)
        self.crm = FakeHttp()
        self.http = self.crm
        self.receivers = {"crm": Receiver(url=URL, secrets=(Secret(SECRET),))}
        self.path = folder / "bot.db"
        self.flow(FLOW)

    async def give_up(self, *words: str) -> list[str]:
        """Ids of the letters, oldest first."""
        self.crm.on(f"POST {URL}", answer(status=410))
        person = ScriptedPerson(self.platform)
        for word in words:
            await person.mention(word)
            await self.clock.settle()
        self.crm.on(f"POST {URL}", answer())
        return [letter.id for letter in reversed(await self.store.dead_letters())]


@pytest.fixture
async def bot(tmp_path: Path, clock: VirtualClock) -> AsyncIterator[Bot]:
    house = Bot(tmp_path, clock)
    await house.start()
    yield house
    await house.close()


async def test_they_are_listed_newest_first(cli: Cli, bot: Bot) -> None:
    first, second = await bot.give_up("one", "two")
    outcome = cli("deadletters", "--store", bot.path, "list")
    lines = outcome.out.splitlines()
    assert [first in lines[1], second in lines[0]] == [True, True]
    assert "webhook callback.wanted for crm: status 410" in lines[0]
    outcome = cli("deadletters", "--store", bot.path, "list", "--json", "--last", "1")
    assert outcome.err == "There are more, older ones: `--last N` lists the newest N, here 1.\n"
    told = json.loads(outcome.out)
    assert [(each["id"], each["tries"], each["cause"]) for each in told] == [(second, 1, "status 410")]


async def test_the_database_may_be_named_behind_the_action(cli: Cli, bot: Bot) -> None:
    (letter,) = await bot.give_up("one")
    assert letter in cli("deadletters", "list", "--store", bot.path).out
    assert cli("deadletters", "drop", letter, "--store", bot.path).code == 0
    assert cli("deadletters", "list", "--store", bot.path).out == "There is no dead letter.\n"


async def test_what_people_wrote_and_secrets_are_not_shown_unasked(cli: Cli, bot: Bot) -> None:
    (letter,) = await bot.give_up("swordfish")
    listed = cli("deadletters", "--store", bot.path, "list").out
    shown = cli("deadletters", "--store", bot.path, "show", letter).out
    content = cli("deadletters", "--store", bot.path, "show", letter, "--content").out
    assert "swordfish" not in listed + shown
    assert "swordfish" in content
    for secret in (SECRET, "token-in-url"):
        assert secret not in listed + shown + content


async def test_one_that_is_sent_again_beside_the_bot(cli: Cli, bot: Bot) -> None:
    first, second = await bot.give_up("one", "two")
    outcome = cli("deadletters", "--store", bot.path, "resend", first)
    assert (outcome.code, outcome.out) == (0, f"{first} is to try again.\n")
    assert second in cli("deadletters", "--store", bot.path, "list").out
    await bot.stop()
    await bot.start()
    assert bot.crm.requests[-1].headers["webhook-id"] == first
    assert len(bot.crm.requests) == 3


async def test_all_of_them_in_their_order(cli: Cli, bot: Bot) -> None:
    letters = await bot.give_up("one", "two", "three")
    outcome = cli("deadletters", "--store", bot.path, "resend", "--all")
    assert outcome.out.splitlines() == [f"{letter} is to try again." for letter in letters]
    assert cli("deadletters", "--store", bot.path, "resend", "--all").out == "There is no dead letter.\n"
    assert cli("deadletters", "--store", bot.path, "list").out == "There is no dead letter.\n"


async def test_one_that_is_dropped(cli: Cli, bot: Bot) -> None:
    (letter,) = await bot.give_up("one")
    assert cli("deadletters", "--store", bot.path, "drop", letter).out == f"{letter} is dropped.\n"
    await bot.stop()
    await bot.start()
    assert len(bot.crm.requests) == 1


@pytest.mark.parametrize("action", ["show", "resend", "drop"])
async def test_one_that_is_not(cli: Cli, bot: Bot, action: str) -> None:
    outcome = cli("deadletters", "--store", bot.path, action, "nothing")
    assert outcome.code == 2
    assert "There is no dead letter 'nothing'. `botkit deadletters list` lists them." in outcome.err


def test_what_is_asked_wrongly(cli: Cli, tmp_path: Path) -> None:
    assert cli("deadletters").code == 2
    assert cli("deadletters", "--store", tmp_path / "none.db", "resend").code == 2
    outcome = cli("deadletters", "--store", tmp_path / "none.db", "list")
    assert (outcome.code, "there is no such database" in outcome.err) == (2, True)


async def test_it_finds_the_database_by_the_bots_file(cli: Cli, bot: Bot, tmp_path: Path) -> None:
    (letter,) = await bot.give_up("one")
    text = "bot: a\nplatform: {connector: circuit}\nstore: sqlite:///bot.db\n"
    (tmp_path / "bot.yaml").write_text(text)
    assert letter in cli("deadletters", "--bot", tmp_path / "bot.yaml", "list").out
