"""`botkit prompts build`: what flows say is ready before anybody calls."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from botkit.cli.rehearsal import Prompt, rehearse
from botkit.flow import engine
from botkit.flow.loader import load_flows
from botkit.model.effects import Ask, Say
from botkit.model.inputs import Begin
from botkit.model.pcm import Pcm, wav
from botkit.model.session import Channel, Session
from tests.cli.commands import Cli

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)

FLOW = """\
flow: desk
language: en-GB
start: [call_incoming]
config:
  firm: {default: Example Limited}
slots:
  name: {ask: What is your name?}
  drink:
    type: choice
    ask: Tea or coffee?
    options: {tea: {key: 1}, coffee: {key: 2}}
steps:
  - say: Welcome to {{ config.firm }}.
  - say: Hello, {{ user.first_name }}.
  - only: chat
    say: Nobody hears this.
  - id: menu
    choose: What can I do for you?
    options:
      hours: {key: 1, label: opening hours}
      person: {key: 2, label: speaking to somebody}
    no_match:
      - Sorry, {{ user.first_name }}?
      - Once more, please.
    give_up:
      - end: Goodbye then.
  - collect: [name, drink]
  - confirm: Is that all?
  - end: "{{ drink }} for {{ name }}."
"""

SEVERAL = """\
flow: desk
start: [call_incoming]
languages: [en, de]
messages:
  welcome: {en: Welcome to the inn., de: Willkommen im Gasthof.}
  what: {en: What?, de: Was?}
  rooms: {en: {one: 1 room., other: Rooms.}, de: {one: 1 Zimmer., other: Zimmer.}}
  bye: {en: "Bye, {{ user.name }}", de: "Wiedersehen, {{ user.name }}"}
wording:
  cancelled: {de: Vorbei.}
steps:
  - say: "{{ messages.welcome }}"
  - choose: "{{ messages.what }}"
    options:
      room: {label: {en: a room, de: ein Zimmer}, words: {en: [room], de: [Zimmer]}}
      dinner: {}
  - say: "{{ messages.rooms | plural(1) }}"
  - end: "{{ messages.bye }}"
"""


@pytest.fixture
def flow(tmp_path: Path) -> Path:
    path = tmp_path / "desk.yaml"
    path.write_text(FLOW)
    return path


def test_each_step_is_rehearsed_by_itself(flow: Path) -> None:
    rehearsed = rehearse(load_flows([flow]), NOW)
    texts = [prompt.text for prompt in rehearsed.prompts]
    assert len(texts) == len(set(texts))
    assert {prompt.language for prompt in rehearsed.prompts} == {"en-GB"}
    for text in (
        "Welcome to Example Limited.",
        "I did not hear anything.",
        "Once more, please.",
        "Did you say opening hours?",
        "Goodbye then.",
        "What is your name?",
        "Did you say coffee?",
        "Sorry, something went wrong here. Please try again later.",
    ):
        assert text in texts
    assert not any("Nobody" in text or "Hello" in text or "{{" in text for text in texts)
    assert rehearsed.varying == (f"{flow}:14", f"{flow}:17", f"{flow}:29")


def test_what_a_call_says_was_rehearsed(flow: Path) -> None:
    flows = load_flows([flow])
    prompts = rehearse(flows, NOW).prompts
    begun = Session(id="s", channel=Channel.CALL, flow="desk")
    effects = engine.step(flows, begun, Begin(), NOW).effects
    said = [effect for effect in effects if isinstance(effect, Say)]
    (asked,) = (effect.question for effect in effects if isinstance(effect, Ask))
    assert "press 1" in asked.prompt
    assert Prompt(asked.prompt, asked.language) in prompts
    assert Prompt(said[0].text, said[0].language) in prompts


def test_every_language_is_rehearsed(flow: Path) -> None:
    flow.write_text(SEVERAL)
    rehearsed = rehearse(load_flows([flow], hears=lambda language: language == "en"), NOW)
    for language, texts in {
        "en": (
            "Welcome to the inn.",
            "What? For a room, press 1 or say room. For dinner, press 2 or say dinner.",
            "Did you say a room?",
            "All right, cancelled.",
            "1 room.",
        ),
        "de": (
            "Willkommen im Gasthof.",
            "Was? Für ein Zimmer drücken Sie die 1. Für dinner drücken Sie die 2.",
            "Ich habe nichts gehört.",
            "Vorbei.",
            "1 Zimmer.",
        ),
    }.items():
        for text in texts:
            assert Prompt(text, language) in rehearsed.prompts
    assert not any("Haben Sie" in prompt.text for prompt in rehearsed.prompts)
    assert rehearsed.varying == (f"{flow}:18",)


def test_where_nothing_hears_only_keys_are_offered(flow: Path) -> None:
    texts = [prompt.text for prompt in rehearse(load_flows([flow], hears=lambda _: False), NOW).prompts]
    assert "What can I do for you? For opening hours, press 1. For speaking to somebody, press 2." in texts
    assert not any(" say " in text for text in texts)


def test_prompts_are_made_once(flow: Path, tmp_path: Path, cli: Cli) -> None:
    first = cli("prompts", "build", flow, "--to", tmp_path / "kept")
    assert first.code == 0, first.err
    assert "0 kept, 3 left" in first.out
    assert f"{flow}:14" in first.out
    made = int(first.out.split(": ")[1].split()[0])
    again = cli("prompts", "build", flow, "--to", tmp_path / "kept")
    assert f"0 new, {made} kept" in again.out
    flow.write_text(FLOW.replace("Goodbye then", "So long"))
    changed = cli("prompts", "build", flow, "--to", tmp_path / "kept")
    assert f"1 new, {made - 1} kept" in changed.out


def test_files_are_prepared_and_those_that_do_not_play_are_told(tmp_path: Path, cli: Cli) -> None:
    tone = (3000 * np.sin(np.arange(8000) / 5)).astype("<i2").tobytes()
    (tmp_path / "good.wav").write_bytes(wav(Pcm(tone, 8000)))
    (tmp_path / "bad.wav").write_bytes(b"\xff\xd8\xff\xe0 a picture")
    flow = tmp_path / "jingle.yaml"
    flow.write_text("flow: jingle\nstart: [call_incoming]\nsteps:\n  - play: good.wav\n  - play: bad.wav\n")
    told = cli("prompts", "build", flow, "--to", tmp_path / "kept")
    assert told.code == 1
    assert f"not ready: {tmp_path / 'bad.wav'}: This file cannot be played" in told.out
    assert len(list((tmp_path / "kept" / "files").iterdir())) == 1
    assert "4 new" in told.out  # the file, and three last words


def test_a_language_that_nobody_speaks_is_told(flow: Path, tmp_path: Path, cli: Cli) -> None:
    flow.write_text(FLOW.replace("en-GB", "ja-JP"))
    told = cli("prompts", "build", flow, "--to", tmp_path / "kept")
    assert told.code == 1
    assert "'ja-JP'" in told.out
    assert told.out.rstrip().endswith(" more")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "There is no flow to speak."),
        (("gone.yaml",), "No such file"),
        (("desk.yaml", "--to", "desk.yaml"), "cannot be kept in desk.yaml: File exists"),
        (("desk.yaml", "--bot", "gone.yaml"), "gone.yaml"),
        (("desk.yaml", "--bot", "desk.yaml"), "desk.yaml"),
    ],
)
def test_nonsense_is_told_in_a_paragraph(
    flow: Path, monkeypatch: pytest.MonkeyPatch, cli: Cli, arguments: tuple[str, ...], words: str
) -> None:
    monkeypatch.chdir(flow.parent)
    told = cli("prompts", "build", *arguments)
    assert told.code == 2
    assert words in told.err
    assert "Traceback" not in told.err
