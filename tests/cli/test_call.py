"""`botkit call` and `botkit listen`: a flow on the phone, in a terminal."""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from types import SimpleNamespace

import pytest

from botkit.engines import best_voice
from botkit.flow.steps.enqueue import Enqueue
from botkit.hooks import Hooks
from botkit.model.pcm import wav
from botkit.model.tones import tone
from botkit.ports.system_clock import SystemClock
from tests.cli.commands import Cli, Outcome

MENU = """\
flow: menu
start: [call_incoming]
config:
  operator: {required: true}
steps:
  - say: Welcome.
  - id: menu
    choose: What can I do for you?
    options:
      hours:  {key: 1, label: opening hours, words: [hours]}
      person: {key: 2, label: speaking to somebody, words: [somebody], go: human}
    into: wish
  - end: From nine to five.
  - id: human
    transfer: "{{ config.operator }}"
    outcomes:
      accepted:
        - end: They have gone.
      otherwise:
        - end: Nobody is free.
"""

CONFIG = ("--config", "operator=olivia@example.com")

Call = Callable[..., Outcome]


@pytest.fixture
def flow(tmp_path: Path) -> Path:
    path = tmp_path / "menu.yaml"
    path.write_text(MENU)
    return path


@pytest.fixture
def call(cli: Cli, flow: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call the flow, and type line after line."""

    def talk(*lines: str, options: tuple[object, ...] = ()) -> Outcome:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        return cli("call", flow, *CONFIG, *options)

    return talk


@pytest.fixture
async def answers(tmp_path: Path) -> Path:
    """A folder with one recording: `Opening hours, please.`"""
    hooks = Hooks()
    hooks.load_entry_points()
    voice = best_voice(hooks, "", "en-US", None)
    assert voice is not None
    sound = await voice.synthesize("Opening hours, please.", language="en-US")
    await voice.close()
    folder = tmp_path / "answers"
    folder.mkdir()
    (folder / "1.wav").write_bytes(wav(sound))
    return folder


def said(outcome: Outcome) -> list[str]:
    return [line.removeprefix("bot> ") for line in outcome.out.splitlines() if line.startswith("bot> ")]


@pytest.mark.parametrize("typed", ["1", "opening hours", "hours"])
def test_keys_and_words(call: Call, typed: str) -> None:
    outcome = call(typed)
    assert outcome.code == 0, outcome.err
    assert said(outcome)[-1] == "From nine to five."
    assert "The call is over: ended." in outcome.out


def test_the_call_takes_place_today(call: Call, flow: Path) -> None:
    flow.write_text(
        MENU.replace("From nine to five.", "It is the {{ now.day }}/{{ now.month }}/{{ now.year }}.")
    )
    before = SystemClock().now().date()
    heard = said(call("hours"))[-1]
    days = (before, SystemClock().now().date())
    assert heard in {f"It is the {day.day}/{day.month}/{day.year}." for day in days}


def test_an_empty_line_says_nothing(call: Call) -> None:
    outcome = call("", "hours")
    assert "I did not hear anything." in said(outcome)
    assert said(outcome)[-1] == "From nine to five."


def test_words_that_are_not_on_offer(call: Call) -> None:
    outcome = call("a large pizza with mushrooms")
    assert any("did not understand" in line for line in said(outcome))


def test_the_end_of_the_input_hangs_up(call: Call) -> None:
    outcome = call()
    assert outcome.code == 0
    assert said(outcome)[0] == "Welcome."
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize(
    ("reply", "told"),
    [(("yes", ""), "They have gone."), (("no",), "Nobody is free."), (("busy",), "Nobody is free.")],
)
def test_whoever_is_called_meanwhile_does_what_is_typed(
    call: Call, reply: tuple[str, ...], told: str
) -> None:
    outcome = call("2", *reply)
    assert "it rings at olivia@example.com" in outcome.out
    assert said(outcome)[-1] == told


async def test_recordings_answer(cli: Cli, flow: Path, answers: Path) -> None:
    outcome = await asyncio.to_thread(cli, "call", flow, *CONFIG, "--wav", answers)
    assert outcome.code == 0, outcome.err
    assert said(outcome)[-1] == "From nine to five."


async def test_what_becomes_of_a_recording(cli: Cli, flow: Path, answers: Path) -> None:
    outcome = await asyncio.to_thread(
        cli,
        *(
            "listen",
            answers / "1.wav",
            "--flow",
            flow,
            "--step",
            "menu",
            "--config",
            "operator=o@example.com",
        ),
    )
    assert outcome.code == 0, outcome.err
    assert "heard, 'Open" in outcome.out
    assert "choose -> hours" in outcome.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("call", "FLOW", "--wav", "absent"), "no audio files"),
        (("listen", "picture.wav", "--flow", "FLOW"), "picture.wav"),
        (("listen", "absent.wav", "--flow", "FLOW"), "absent.wav"),
        (("call", "FLOW", "--config", "operator"), "NAME=VALUE"),
    ],
)
def test_nonsense_is_told_in_one_paragraph(
    cli: Cli,
    flow: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "picture.wav").write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(2000))
    outcome = cli(*(str(flow) if each == "FLOW" else each for each in arguments))
    assert outcome.code != 0
    assert told in outcome.err
    assert "Traceback" not in outcome.err


def test_a_file_is_played_before_the_answer_is_taken(call: Call, flow: Path) -> None:
    (flow.parent / "welcome.wav").write_bytes(wav(tone((440,), 1.0)))
    flow.write_text(MENU.replace("say: Welcome.", "play: welcome.wav"))
    outcome = call("1", options=CONFIG)
    assert outcome.out.startswith("bot> What can I do for you?")
    assert "bot> From nine to five." in outcome.out


def test_markup_is_not_shown(call: Call, flow: Path) -> None:
    flow.write_text(MENU.replace("Welcome.", '<speak>Wel<break time="1s"/>come &amp; hello.</speak>'))
    assert "bot> Wel come & hello.\n" in call("1", options=CONFIG).out


def test_bytes_that_are_no_text_are_not_understood(
    cli: Cli, flow: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with io.TextIOWrapper(io.BytesIO(b"\xff\xfe\n1\n"), encoding="ascii") as typed:
        monkeypatch.setattr("sys.stdin", typed)
        outcome = cli("call", flow, *CONFIG)
    assert outcome.code == 0
    assert outcome.err == ""
    assert "bot> From nine to five." in outcome.out


def test_a_step_that_is_not_there(cli: Cli, flow: Path, tmp_path: Path) -> None:
    (tmp_path / "1.wav").write_bytes(wav(tone((440,), 1.0)))
    outcome = cli("listen", tmp_path / "1.wav", "--flow", flow, "--step", "absent", *CONFIG)
    assert outcome.code == 2
    assert "no step 'absent'" in outcome.err


def test_what_the_caller_only_hears_an_apology_for_is_told(call: Call, flow: Path) -> None:
    flow.write_text(MENU.replace("Welcome.", '"{{ 5 | date }}"'))
    outcome = call(options=CONFIG)
    assert "something went wrong" in outcome.out
    assert "menu:6 error.template: the filter `date`" in outcome.out


def test_a_bot_that_takes_keys_alone(
    cli: Cli, flow: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "a secret")
    (tmp_path / "1.wav").write_bytes(wav(tone((440,), 1.0)))
    bot = tmp_path / "bot.yaml"
    bot.write_text(
        "bot: keys\n"
        "platform: {connector: circuit, domain: localhost, client_id: a, client_secret: '${SECRET}'}\n"
        "flows: [menu.yaml]\n"
        "speech: {recognizer: none}\n"
    )
    outcome = cli("listen", tmp_path / "1.wav", "--flow", flow, "--bot", bot, *CONFIG)
    assert outcome.code == 2
    assert "`recognizer: none` lets callers answer with keys alone" in outcome.err


def test_a_machine_without_a_microphone(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    class PortAudioError(Exception):
        pass

    def refuse(**_: object) -> None:
        raise PortAudioError("no device")

    absent = SimpleNamespace(PortAudioError=PortAudioError, check_input_settings=refuse)
    monkeypatch.setitem(sys.modules, "sounddevice", absent)
    outcome = call(options=("--mic",))
    assert outcome.code == 1
    assert "no microphone" in outcome.err


def test_without_portaudio_its_package_is_named(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    outcome = call(options=("--mic",))
    assert outcome.code == 1
    assert "libportaudio2" in outcome.err


def test_keys_and_time_can_be_given_as_asides(call: Call) -> None:
    plain, aside = call("1"), call(":stack", ":keys 1", ":slots", ":why")
    assert said(aside) == said(plain)
    assert ":keys 1" in aside.out


def test_a_queue_until_somebody_answers(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "hotline.yaml"
    path.write_text(dedent(Enqueue.example), encoding="utf-8")
    monkeypatch.setattr("sys.stdin", io.StringIO("busy\nno\n2\nyes\n"))
    outcome = cli("call", path)
    assert outcome.code == 0, outcome.err
    assert "rings at olivia@example.com" in outcome.out
    assert "rings at otto@example.com" in outcome.out
    assert "bot> You are number 1. Shall we call you back instead?" in outcome.out
