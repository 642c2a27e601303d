"""`confirm`: yes, no, and the answers once more."""

from __future__ import annotations

from botkit.model.speech import SpeechKind

PLAIN = """
    flow: plain
    globals: {repeat: {key: 9}}
    steps:
      - confirm: Shall I?
        yes: [{say: Done.}]
        no: [{say: Left.}]
      - end: Bye.
"""
SLOTS = """
    flow: slots
    slots:
      phone: {type: digits, length: 4, ask: Phone?}
      red: {type: choice, ask: Red?, options: {light: {}, dark: {}}}
    steps:
      - collect: [phone, red]
      - confirm: "{{ phone }}, {{ red }}: right?"
        slots: [phone, red]
        no: [{end: Never mind.}]
      - end: Thank you.
"""


def test_on_a_call(call) -> None:
    talk = call(PLAIN)
    assert talk.heard == ["Shall I? Say yes or no, or press 1 for yes and 2 for no."]
    assert talk.question.speech.kind is SpeechKind.YES_NO
    assert talk.question.keys.choices == ("1", "2", "9")
    assert talk.copy().speaks("Yes.").heard == ["Done.", "Bye."]
    assert talk.copy().presses("2").heard == ["Left.", "Bye."]
    assert talk.copy().presses("9").heard == ["Shall I? Say yes or no, or press 1 for yes and 2 for no."]
    assert talk.copy().speaks("bananas").heard[0] == "Sorry, I did not understand."
    doubted = talk.speaks("no", confidence=0.1)
    assert doubted.heard == ["Did you say no?"]
    assert doubted.speaks("yes").heard == ["Left.", "Bye."]


def test_listen_narrows_what_counts(call) -> None:
    keys = call(PLAIN.replace("confirm: Shall I?", "confirm: Shall I?\n        listen: keys"))
    assert keys.heard == ["Shall I? For yes, press 1. For no, press 2."]
    assert keys.question.speech is None
    speech = call(PLAIN.replace("confirm: Shall I?", "confirm: Shall I?\n        listen: speech"))
    assert speech.heard == ["Shall I? Say yes or no."]
    assert speech.presses("1").heard[0] == "Sorry, I did not understand."


def test_on_chat(chat) -> None:
    talk = chat(PLAIN)
    assert talk.heard == ["Shall I?"]
    assert [option.value for option in talk.question.form.controls[0].options] == ["yes", "no"]
    assert talk.copy().submits(answer="yes").heard == ["Done.", "Bye."]
    assert talk.copy().says("nope").heard == ["Left.", "Bye."]
    assert talk.copy().says("perhaps").heard == ["Sorry, I did not understand.", "Shall I?"]
    assert talk.waits().heard == ["Let us stop here. Goodbye."]


def test_a_no_collects_anew(chat) -> None:
    talk = chat(SLOTS).says("1234").submits(red="dark")
    assert talk.heard == ["1234, dark: right?"]
    assert talk.says("no").heard == ["Phone?"]
    assert talk.says("what?").heard == ["Sorry, I did not understand.", "Phone?"]
    assert talk.says("4321").heard == ["Red?"]
    assert talk.submits(red="light").heard == ["4321, light: right?"]
    assert talk.says("yes").heard == ["Thank you."]


def test_it_comes_to_an_end(call) -> None:
    talk = call(SLOTS).presses("1234").presses("1")
    for _ in range(3):
        assert talk.presses("2").heard == ["Phone?"]
        talk.speaks("one two three four").speaks("yes")
        talk.speaks("dark")
    assert talk.presses("2").heard == ["Never mind."]
    talk = call(SLOTS.replace("no: [{end: Never mind.}]", "no_match: []")).presses("1234").presses("1")
    for _ in range(3):
        talk.presses("2").presses("1234").presses("1")
    assert talk.presses("2").heard == ["Let us stop here. Goodbye."]
