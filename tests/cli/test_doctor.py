"""`botkit doctor`: what it finds, what it says of what is missing, and its verdict."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

import pytest

from tests.cli.commands import SECRET, Cli, Outcome

VOICES = """

from botkit import hook
from botkit.model.pcm import Pcm
from botkit.ports.speech import RecognizerSpec, Remedy, VoiceSpec


class Whisper:
    version = "1"

    def synthesize(self, text, language):
        return Pcm(bytes(2 * 8000), 8000)


class Dead:
    version = "1"

    def synthesize(self, text, language):
        raise SystemExit(3)


class Deaf:
    def __init__(self):
        raise OSError("libears.so is not there")


@hook
def register_recognizers():
    return [RecognizerSpec(name="deaf", factory="voices_of_the_test:Deaf", languages=("en-US",))]


@hook
def register_voices():
    lack = Remedy(missing="it has no mouth.", remedy="Give it one.")
    many = tuple(f"x{number:02}" for number in range(12))
    return [
        VoiceSpec(name="mute", factory="nobody:Nobody", languages=("nl-NL",), missing=lack),
        VoiceSpec(name="whisper", factory="voices_of_the_test:Whisper", languages=("en-US",)),
        VoiceSpec(name="dead", factory="voices_of_the_test:Dead", languages=many + ("en-US",)),
    ]
"""


@pytest.fixture
def voices(bot_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bot with three voices of its own, none of which will do."""
    (bot_folder / "voices_of_the_test.py").write_text(VOICES)
    (bot_folder / "handlers.py").write_text((bot_folder / "handlers.py").read_text() + VOICES)
    monkeypatch.syspath_prepend(str(bot_folder))
    return bot_folder


def marks(outcome: Outcome, mark: str) -> list[str]:
    return [line for line in outcome.out.splitlines() if line.startswith(mark)]


def line(outcome: Outcome, subject: str) -> str:
    (found,) = [each for each in outcome.out.splitlines() if f" {subject}:" in each]
    return found


def append(folder: Path, text: str) -> None:
    with (folder / "bot.yaml").open("a") as file:
        file.write(text)


def test_what_is_installed_can_run_and_speak(cli: Cli) -> None:
    outcome = cli("doctor")
    assert (outcome.code, outcome.err, marks(outcome, "WRONG")) == (0, "", [])
    assert outcome.out.endswith("\nA bot can run and speak here.\n")
    assert f"of botkit {metadata.version('botkit')}" in line(outcome, "plugin picotts")
    assert "circuit" in line(outcome, "connectors")
    assert re.search(r"can speak here \(\S+\): en-US, en-GB, de-DE", line(outcome, "voice picotts"))
    assert re.search(r"calls can go over \S+|only callers on this machine", line(outcome, "network"))
    told = re.search(r"picotts said .* in en-US: (\S+) s at (\S+) dBFS", line(outcome, "speech"))
    assert told is not None
    assert 0.5 < float(told[1]) < 4
    assert -30 < float(told[2]) < -10


def test_a_bot_that_is_well(cli: Cli, bot_folder: Path) -> None:
    append(bot_folder, "speech: {language: de-DE}\n")
    outcome = cli("doctor", "--bot", bot_folder / "bot.yaml")
    assert (outcome.code, outcome.err, marks(outcome, "WRONG")) == (0, "", [])
    assert line(outcome, "settings").endswith("the bot desk")
    assert "handlers.py" in line(outcome, "handlers")
    assert line(outcome, "flows").endswith("no findings in desk")
    assert "fit together" in line(outcome, "bot")
    assert "in de-DE" in line(outcome, "speech")
    assert SECRET not in outcome.out
    assert not (bot_folder / "state").exists()


def test_every_fault_is_told_once_and_hides_no_other(cli: Cli, bot_folder: Path) -> None:
    (bot_folder / "secret").unlink()
    flow = bot_folder / "flows" / "desk.yaml"
    flow.write_text(flow.read_text().replace("- say:", "- sag:").replace("into: drink", "inta: drink"))
    append(bot_folder, "speech: {voice: caruso, recognizer: none}\n")
    outcome = cli("doctor", "--bot", bot_folder / "bot.yaml")
    assert outcome.code == 1
    settings, flows, speech = marks(outcome, "WRONG")
    assert "client_secret" in settings
    assert "Make that file" in settings
    assert "desk.yaml:9:5" in flows
    assert "desk.yaml:15:5" in outcome.out
    assert "no voice 'caruso'" in speech
    assert "3 things are wrong." in outcome.out


@pytest.mark.parametrize(
    ("content", "words"),
    [("bot: [desk\n", "bot.yaml:"), ("", "`bot` is missing"), (None, "Check the path")],
    ids=["broken", "empty", "absent"],
)
def test_a_bot_yaml_that_is_none(cli: Cli, tmp_path: Path, content: str | None, words: str) -> None:
    if content is not None:
        (tmp_path / "bot.yaml").write_text(content)
    outcome = cli("doctor", "--bot", tmp_path / "bot.yaml")
    assert outcome.code == 1
    (fault,) = marks(outcome, "WRONG")
    assert words in fault
    assert "picotts said" in line(outcome, "speech")


def test_handlers_that_cannot_be_imported(cli: Cli, bot_folder: Path) -> None:
    (bot_folder / "handlers.py").write_text("import nothing_of_this_name\n")
    outcome = cli("doctor", "--bot", bot_folder / "bot.yaml")
    assert outcome.code == 1
    assert "handlers.py:1:" in marks(outcome, "WRONG")[0]
    assert "Traceback" not in outcome.out + outcome.err


def test_a_voice_that_lacks_something_is_told_with_its_remedy(cli: Cli, voices: Path) -> None:
    outcome = cli("doctor", "--bot", voices / "bot.yaml")
    assert line(outcome, "voice mute").startswith("-")
    assert "it has no mouth. Give it one. It would speak: nl-NL" in line(outcome, "voice mute")
    assert "x00, x01, x02, x03, x04, x05, x06, x07, and 5 more" in line(outcome, "voice dead")
    assert outcome.code == 0


@pytest.mark.parametrize(
    ("voice", "language", "words"),
    [
        ("mute", "nl-NL", "it has no mouth. Give it one."),
        ("whisper", "en-US", "1.0 s at -99 dBFS; that is too little to be heard"),
        ("dead", "en-US", "the voice dead died twice"),
        ("picotts", "ja-JP", "does not speak 'ja-JP'"),
        ("''", "ja-JP", "no voice speaks ja-JP here, so calls are declined"),
    ],
)
def test_a_bot_that_could_not_speak(cli: Cli, voices: Path, voice: str, language: str, words: str) -> None:
    append(voices, f"speech: {{voice: {voice}, language: {language}, recognizer: none}}\n")
    outcome = cli("doctor", "--bot", voices / "bot.yaml")
    assert outcome.code == 1
    (fault,) = marks(outcome, "WRONG")
    assert words in fault
    assert "Traceback" not in outcome.out + outcome.err


def test_a_bot_that_can_neither_speak_nor_hear_is_told_both(cli: Cli, voices: Path) -> None:
    append(voices, "speech: {voice: dead, recognizer: deaf}\n")
    outcome = cli("doctor", "--bot", voices / "bot.yaml")
    assert outcome.code == 1
    speech, hearing = marks(outcome, "WRONG")
    assert "the voice dead died twice" in speech
    assert "the recogniser deaf cannot start: OSError: libears.so is not there" in hearing


@pytest.mark.parametrize(("loopback", "code"), [("auto", 0), ("never", 1)])
def test_a_machine_without_a_network(
    cli: Cli, bot_folder: Path, monkeypatch: pytest.MonkeyPatch, loopback: str, code: int
) -> None:
    monkeypatch.setattr("aioice.ice.get_host_addresses", lambda use_ipv4, use_ipv6: [])
    append(bot_folder, f"ice: {{loopback: {loopback}}}\n")
    outcome = cli("doctor", "--bot", bot_folder / "bot.yaml")
    assert outcome.code == code
    assert re.search(r"no address (but 127.0.0.1|for calls)", line(outcome, "network"))


def test_a_plugin_that_cannot_be_imported_is_told(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    real = metadata.entry_points

    def with_a_broken_one(**wanted: str) -> list[metadata.EntryPoint]:
        broken = metadata.EntryPoint(name="broken", value="nothing_of_this_name", group="botkit")
        return [*real(**wanted), broken]

    monkeypatch.setattr(metadata, "entry_points", with_a_broken_one)
    outcome = cli("doctor")
    assert outcome.code == 0
    assert "nothing_of_this_name" in line(outcome, "plugin broken")
    assert line(outcome, "plugin broken").startswith("-")
