"""`botkit chat`: a flow in the terminal, the person's words from a pipe."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from botkit.flow.steps.each import Each
from botkit.sandbox import Sandbox
from tests.cli.commands import Cli, Outcome

Chat = Callable[..., Outcome]


@pytest.fixture
def chat(cli: Cli, bot_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Chat:
    """Talk to the flow of `bot_folder`, line after line."""

    def talk(*lines: str, options: tuple[object, ...] = ()) -> Outcome:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        bot = () if "--config" in options else ("--bot", bot_folder / "bot.yaml")
        return cli("chat", bot_folder / "flows" / "desk.yaml", *bot, *options)

    return talk


def said(outcome: Outcome) -> list[str]:
    return [line.removeprefix("bot> ") for line in outcome.out.splitlines() if line.startswith("bot> ")]


def test_words_and_numbers(chat: Chat) -> None:
    outcome = chat("1", "Ada")
    assert outcome.code == 0, outcome.err
    assert said(outcome)[0] == "Welcome."
    assert "1) tea" in outcome.out
    assert said(outcome)[-1] == "tea for Ada: 2 euros."
    assert said(chat("coffee", "Grace"))[-1] == "coffee for Grace: 2 euros."


def test_nonsense_is_asked_again(chat: Chat) -> None:
    outcome = chat("beer", "camomile", "Ada")
    assert "We have no such thing." in said(outcome)
    assert said(outcome)[-1] == "tea for Ada: 2 euros."


@pytest.mark.parametrize("lines", [(), ("tea",), ("tea", "")])
def test_the_end_of_the_input_ends_it(chat: Chat, lines: tuple[str, ...]) -> None:
    outcome = chat(*lines)
    assert outcome.code == 0
    assert said(outcome)[0] == "Welcome."
    assert "Traceback" not in outcome.err


def test_config_on_the_command_line(chat: Chat) -> None:
    outcome = chat("tea", options=("--config", "operator=ben@example.com"))
    assert outcome.code == 2
    assert "price_of" in outcome.err


@pytest.mark.parametrize(
    ("setting", "words"), [("operator", "NAME=VALUE"), ("operetta=x", "operetta"), ("=x", "NAME=VALUE")]
)
def test_config_that_is_none(chat: Chat, setting: str, words: str) -> None:
    outcome = chat(options=("--config", setting))
    assert outcome.code == 2
    assert words in outcome.err


def test_a_flow_with_findings(chat: Chat, bot_folder: Path) -> None:
    flow = bot_folder / "flows" / "desk.yaml"
    flow.write_text(flow.read_text().replace("- say:", "- sag:"))
    outcome = chat("1")
    assert outcome.code == 2
    assert "desk.yaml:9:5" in outcome.err


def test_a_flow_that_is_not_there(cli: Cli, tmp_path: Path) -> None:
    outcome = cli("chat", tmp_path / "desk.yaml")
    assert outcome.code == 2
    assert "Check the path" in outcome.err


LETTERS = """
flow: letters
config:
  shop: {required: true}
steps:
  - post: Somebody came to {{ config.shop }}.
    to: olivia@example.com
  - end: Told.
"""


@pytest.mark.parametrize(
    ("options", "shop"), [((), "shop"), (("--config", "shop=Pedals"), "Pedals")], ids=["stand-in", "set"]
)
def test_what_is_written_to_others_is_read_along(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], shop: str
) -> None:
    flow = tmp_path / "letters.yaml"
    flow.write_text(LETTERS)
    monkeypatch.setattr("sys.stdin", io.StringIO("hello\n"))
    outcome = cli("chat", flow, *options)
    assert outcome.code == 0, outcome.err
    assert f"bot to olivia@example.com> Somebody came to {shop}." in outcome.out
    assert "bot> Told." in outcome.out
    assert outcome.err == ""


REPORT = """
flow: report
slots:
  text: {ask: What has happened?}
steps:
  - collect: [text]
  - say: Noted.
  - react: like
  - end: Thank you.
"""


def test_what_the_bot_likes_is_told_in_its_place(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = tmp_path / "report.yaml"
    flow.write_text(REPORT)
    monkeypatch.setattr("sys.stdin", io.StringIO("It rains in.\n"))
    outcome = cli("chat", flow)
    assert outcome.code == 0, outcome.err
    lines = [line for line in outcome.out.splitlines() if line.startswith("bot")]
    assert lines[-3:] == ["bot> Noted.", 'bot likes "It rains in."', "bot> Thank you."]


def test_one_looks_behind_it_without_the_bot_hearing_it(chat: Chat) -> None:
    outcome = chat(":slots", "tea", ":slots", ":stack", ":why", ":keys 1", ":nonsense", "Ada")
    shown = [line.strip() for line in outcome.out.splitlines()]
    assert "Nothing yet." in outcome.out
    assert 'drink: "tea"' in shown
    assert any(re.fullmatch(r"desk: 3  .*desk\.yaml:\d+  collect", line) for line in shown)
    assert 'wrote "tea"' in shown
    assert "There are no keys on chat." in shown
    assert any(line.startswith(":tick 5s") for line in shown)
    assert said(outcome)[-1] == "tea for Ada: 2 euros."


def test_time_passes_when_one_says_so(chat: Chat) -> None:
    outcome = chat("tea", ":tick soon", ":tick 25h", "Ada")
    assert "Say how long: `:tick 5s`, `:tick 24h`." in outcome.out
    assert said(outcome)[-1] == "Let us stop here. Goodbye."


def test_a_server_is_asked_and_the_last_line_waits_for_it(
    chat: Chat, bot_folder: Path, platform: Sandbox
) -> None:
    flow, bot = bot_folder / "flows" / "desk.yaml", bot_folder / "bot.yaml"
    run = (
        flow.read_text()
        .partition("  - run:")[0]
        .replace("operator: {required: true}", "page: {required: true}")
    )
    flow.write_text(run + "  - http: '{{ config.page }}'\n" * 3 + "  - end: Thank you, {{ name }}.\n")
    settings = bot.read_text().partition("config:")[0].replace("flows/]", "flows/, other.yaml]")
    (bot_folder / "other.yaml").write_text("flow: other\nconfig: {a: {}}\nsteps: [end]\n")
    bot.write_text(
        f"{settings}config: {{desk: {{page: '{platform.page_address}'}}, other: {{a: b}}}}\n"
        "http: {allow: [127.0.0.1]}\n"
    )
    outcome = chat("tea", "Ada")
    assert (outcome.code, said(outcome)[-1]) == (0, "Thank you, Ada."), outcome.err
    bot.write_text(bot.read_text().replace("[127.0.0.1]", "[]"))
    assert said(chat("tea", "Ada"))[-1].startswith("Sorry, something went wrong")


def asked(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *lines: str) -> Outcome:
    """Talk to a flow that asks two others."""
    path = tmp_path / "lunch.yaml"
    path.write_text(dedent(Each.example), encoding="utf-8")
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
    return cli("chat", path)


def test_one_answers_for_those_who_are_asked(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = asked(cli, tmp_path, monkeypatch, "pizza", "soup")
    assert outcome.code == 0, outcome.err
    assert "bot to bert@example.com> What do you want for lunch?" in outcome.out
    assert outcome.out.index("ann@example.com> \n") < outcome.out.index("bert@example.com> \n")
    assert "bot> ann@example.com: pizza\nbert@example.com: soup" in outcome.out


def test_those_who_are_asked_may_say_nothing(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = asked(cli, tmp_path, monkeypatch, "pizza", ":tick 3h")
    assert "bot> ann@example.com: pizza\nbert@example.com: no answer" in outcome.out
