"""`botkit conversation-webhooks` on the sandbox, beside nobody."""

from __future__ import annotations

import json
import ssl
import urllib.request
from pathlib import Path

import pytest

from botkit.sandbox import Sandbox
from tests.cli.commands import Cli, Outcome


@pytest.fixture
def ask(cli: Cli, bot_folder: Path) -> Cli:
    def run(*arguments: object) -> Outcome:
        return cli("conversation-webhooks", "--bot", bot_folder / "bot.yaml", *arguments)

    return run


def test_the_life_of_one(ask: Cli, platform: Sandbox) -> None:
    person = platform.tenant.users[0].email
    made = ask("create", "alarms", "--in", person, "--description", "Of the cellar")
    assert (made.code, made.err) == (0, "")
    hook, url = made.out.split()[2], made.out.split()[-1]
    listed = ask("list", "--in", person).out
    assert f'{hook}  enabled  "alarms"  "Of the cellar"' in listed
    assert "https://" not in listed
    assert url in ask("list", "--in", person, "--urls").out
    tls = ssl.create_default_context(cafile=platform.certificate)
    body = json.dumps({"text": "Water!"}).encode()
    with urllib.request.urlopen(urllib.request.Request(url, body), context=tls) as answer:
        assert answer.status == 200
    assert ask("suspend", hook).out == f"{hook} is suspended.\n"
    assert f"{hook}  suspended" in ask("list", "--in", person).out
    assert ask("resume", hook).out == f"{hook} is resumed.\n"
    assert ask("delete", hook).out == f"{hook} is deleted.\n"
    assert hook not in ask("list", "--in", person).out


def test_the_bot_may_be_named_behind_the_action(cli: Cli, bot_folder: Path, platform: Sandbox) -> None:
    person = platform.tenant.users[0].email
    outcome = cli("conversation-webhooks", "list", "--in", person, "--bot", bot_folder / "bot.yaml")
    assert (outcome.code, outcome.err) == (0, "")


def test_one_that_is_not(ask: Cli) -> None:
    outcome = ask("suspend", "nothing")
    assert outcome.code == 1
    assert "INWEB-00001C" in outcome.err
    assert "Nobody has the address nobody@example.com" in ask("list", "--in", "nobody@example.com").err
