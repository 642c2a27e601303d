"""Scripts over a real call: the sound is real, and so is the time. What cannot be spoken is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from botkit.flow.document import DocumentError
from botkit.testing.scripts.runner import load_cases
from botkit.testing.scripts.spoken import speak_cases
from botkit.testing.scripts.subject import Subject
from tests.testing.scripts.desk import write_bot, write_scripts

FLOW = """
flow: desk
start: [call_incoming]
steps:
  - say: Hello.
  - id: menu
    choose: Tea?
    options: {tea: {key: 1}, milk: {key: 2}}
    into: drink
    prompt: {call: Tea or milk?}
  - end: Your {{ drink }} comes.
"""


def test_a_real_call_by_key(tmp_path: Path) -> None:
    bot = write_bot(tmp_path, flow=FLOW)
    script = """
        on: [call]
        scripts:
          milk:
            steps:
              - hears: Hello.
              - hears: Tea or milk?
              - presses: 2
                at: 0.3s
              - hears: Your milk comes.
              - why: menu = milk
              - slots: {drink: milk}
              - ends: flow
    """
    subject = Subject.read(bot)
    (result,) = speak_cases(load_cases([write_scripts(bot, script)], subject), subject)
    assert result.failure is None, str(result.failure)
    assert any("presses 2" in line for line in result.lines)


def test_what_cannot_be_spoken(tmp_path: Path) -> None:
    bot = write_bot(tmp_path, flow=FLOW)
    script = """
        on: [call]
        scripts:
          no:
            steps:
              - mumbles
              - waits: 2h
              - says: tea
                confidence: 0.2
          mocked:
            mocks: {run: {price_of: {returns: 1}}}
            steps:
              - hears: Hello.
    """
    subject = Subject.read(bot)
    cases = load_cases([write_scripts(bot, script)], subject)
    with pytest.raises(DocumentError) as caught:
        speak_cases(cases, subject)
    assert [(each.place.line, each.message) for each in caught.value.findings] == [
        (7, "`mumbles` cannot be done by voice."),
        (8, "A real call does not wait for 7200 s."),
        (9, "How sure a real recogniser is, nobody can say."),
        (11, "A real call has no mocks."),
    ]
