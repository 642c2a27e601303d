"""`limits:` of bot.yaml."""

from __future__ import annotations

from pathlib import Path

import pytest

from botkit.model.errors import UsageError
from botkit.model.limits import Limits, Rate
from botkit.settings import read_settings

BOT = "bot: x\nplatform: {connector: circuit}\n"


def limits(tmp_path: Path, text: str = "") -> Limits:
    (tmp_path / "bot.yaml").write_text(BOT + text)
    return read_settings(tmp_path / "bot.yaml", with_platform=False).file.limits.limits()


def test_only_bots_are_bounded_when_nothing_is_said(tmp_path: Path) -> None:
    assert limits(tmp_path) == Limits()
    assert Limits().bot_messages == Rate(20, 60.0)
    assert (Limits().messages_per_person, Limits().sessions_per_person, Limits().calls) == (None, None, None)


def test_what_is_set(tmp_path: Path) -> None:
    text = "limits: {messages_per_person: 30/m, sessions_per_person: 100/d, bot_messages: 5/m, calls: 20}"
    assert limits(tmp_path, text) == Limits(
        messages_per_person=Rate(30, 60.0),
        sessions_per_person=Rate(100, 86400.0),
        bot_messages=Rate(5, 60.0),
        calls=20,
    )


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("messages_per_person: 30", "`30` is no rate. Write `30/m`"),
        ("bot_messages: 0/m", "`0/m` is no rate"),
        ("calls: 0", "1 or more"),
        ("message_per_person: 30/m", "messages_per_person"),
    ],
)
def test_what_is_wrong(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        limits(tmp_path, f"limits: {{{line}}}")
