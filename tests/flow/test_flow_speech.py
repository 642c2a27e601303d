"""Questions answered by speech: what is listened for, taken, confirmed and refused."""

from __future__ import annotations

import pytest

from botkit.model.effects import Ask
from botkit.model.inputs import SpeechEnded, SpeechHeard
from botkit.model.questions import BargeIn
from botkit.model.session import Status
from botkit.model.speech import SpeechKind

MENU = """
    flow: menu
    slots: {}
    globals:
      operator: {key: 0, words: [a person], go: human}
      repeat: {key: 9}
    steps:
      - choose: What can I do?
        options:
          hours: {key: 1, label: opening hours, words: [hours]}
          order: {key: 2, label: placing an order, words: [ordering]}
        into: wish
        no_match: [Pardon?, Once more?]
      - end: "{{ wish }}"
      - id: human
        end: A person.
"""


def reason(talk) -> object:
    return next(row.read for row in talk.turn.why if row.branch in ("no_match", "give_up"))


def test_a_menu_offers_words_beside_keys(call) -> None:
    talk = call(MENU)
    assert talk.heard == [
        "What can I do? For opening hours, press 1 or say hours. "
        "For placing an order, press 2 or say ordering."
    ]
    question = talk.question
    assert question.barge_in is BargeIn.BOTH
    assert question.keys.choices == ("1", "2", "0", "9")
    assert question.speech.kind is SpeechKind.CHOICE
    assert dict(question.speech.choices) == {
        "hours": ("hours", "opening hours", "hours"),
        "order": ("order", "placing an order", "ordering"),
        "global operator": ("a person", "operator"),
        "global repeat": ("repeat",),
    }


@pytest.mark.parametrize("words", ["Opening hours.", "hours", "The hours, please", "one", "1"])
def test_what_is_surely_meant_is_taken(call, words: str) -> None:
    talk = call(MENU).speaks(words)
    assert talk.heard == ["hours"]
    assert not talk.turn.secret


def test_globals_are_spoken_too(call) -> None:
    talk = call(MENU)
    assert talk.copy().speaks("A person.").heard == ["A person."]
    assert talk.copy().speaks("Repeat").heard[0].startswith("What can I do?")


def test_what_is_not_offered_is_not_guessed(call) -> None:
    talk = call(MENU).speaks("What is the weather like?")
    assert talk.heard[0] == "Pardon?"
    assert reason(talk) == {"heard": "What is the weather like?"}
    talk.speaks("hours or ordering")
    assert talk.heard[0] == "Once more?"
    talk.speaks("bananas")
    assert talk.heard == ["Let us stop here. Goodbye."]


@pytest.mark.parametrize("ended", [SpeechEnded.NOTHING, SpeechEnded.OVERLOADED, SpeechEnded.FAILED])
def test_why_nothing_was_heard_is_in_the_journal(call, ended: SpeechEnded) -> None:
    talk = call(MENU).mumbles(ended, "the engine died")
    assert talk.heard[0] == "Pardon?"
    assert reason(talk) == {"ended": ended, "detail": "the engine died"}


def test_words_without_letters_are_nothing(call) -> None:
    talk = call(MENU).speaks("   ")
    assert reason(talk) == {"ended": "nothing", "detail": ""}


@pytest.fixture
def doubted(call):
    talk = call(MENU).speaks("opening hours", confidence=0.3)
    assert talk.heard == ["Did you say opening hours?"]
    assert talk.question.speech.kind is SpeechKind.YES_NO
    assert talk.question.keys.choices == ("1", "2")
    return talk


def test_a_doubt_is_settled_by_a_yes(doubted) -> None:
    assert doubted.copy().speaks("Yes, please.").heard == ["hours"]
    assert doubted.copy().presses("1").heard == ["hours"]


def test_a_no_counts_as_a_failure(doubted) -> None:
    for refused in (doubted.copy().speaks("No."), doubted.copy().presses("2"), doubted.copy().presses("7")):
        assert refused.heard[0] == "Pardon?"
        assert refused.heard[1].startswith("What can I do?")
        assert refused.speaks("ordering").heard == ["order"]


def test_silence_upon_a_doubt_asks_anew(doubted) -> None:
    assert doubted.is_silent().heard[0] == "I did not hear anything."
    assert doubted.presses("2").heard == ["order"]


def test_a_correction_upon_a_doubt_is_taken_when_it_is_sure(doubted) -> None:
    assert doubted.copy().speaks("Ordering").heard == ["order"]
    again = doubted.copy().speaks("Ordering", confidence=0.2)
    assert again.heard[0] == "Pardon?"


def test_doubts_come_to_an_end(call) -> None:
    talk = call(MENU)
    for _ in range(3):
        talk.speaks("hours", confidence=0.1).speaks("no")
    assert talk.ended


def test_speech_for_another_question_is_stale(call) -> None:
    talk = call(MENU)
    talk.give(SpeechHeard(effect_id="s:9:9", text="hours"))
    assert talk.why == ["1 ignored stale_speech"]
    assert talk.session.status is Status.OPEN


@pytest.mark.parametrize(
    ("listen", "prompt"),
    [
        ("keys", "Which? For red, press 1. For blue, press 2."),
        ("speech", "Which? For red, say red. For blue, say blue."),
    ],
)
def test_listen_narrows_what_counts(call, listen: str, prompt: str) -> None:
    talk = call(f"""
        flow: a
        steps:
          - choose: Which?
            options: {{red: {{}}, blue: {{}}}}
            listen: {listen}
            into: colour
          - end: "{{{{ colour }}}}"
    """)
    assert talk.heard == [prompt]
    assert (talk.question.speech is None) == (listen == "keys")
    pressed = talk.copy().presses("2")
    assert (pressed.heard == ["blue"]) == (listen == "keys")
    if listen == "speech":
        assert talk.speaks("two").heard[0] == "Sorry, I did not understand."


def test_nothing_is_listened_for_where_nobody_hears(call) -> None:
    asked: list[str] = []
    talk = call(MENU, language="nl", hears=lambda language: bool(asked.append(language)))
    assert set(asked) == {"nl"}
    assert talk.heard == ["What can I do? For opening hours, press 1. For placing an order, press 2."]
    assert talk.question.speech is None


def test_times_of_speech_are_flows_and_steps_options(call) -> None:
    talk = call("""
        flow: a
        asking: {complete_timeout: 1s, incomplete_timeout: 2s}
        steps:
          - choose: Which?
            options: {red: {}, blue: {}}
            incomplete_timeout: 3s
            max_speech_timeout: 9s
    """)
    rules = talk.question.speech
    assert (rules.complete_timeout, rules.incomplete_timeout, rules.max_speech_timeout) == (1, 3, 9)


SLOTS = """
    flow: slots
    slots:
      name: {ask: Name?}
      people: {type: number, max: 20, ask: How many?}
      sure: {type: yes_no, ask: Sure?}
      size: {type: choice, ask: Size?, options: {small: {}, large: {words: [big]}}}
      day: {type: date, ask: Which day?}
      at: {type: time, ask: At what time?}
      code: {type: spelling, length: 3..8, ask: Your code?}
      phone: {type: digits, length: 4, ask: Phone?}
    steps:
      - collect: [name, people, sure, size, day, at, code, phone]
      - say: "{{ name }} {{ people }} {{ sure }} {{ size }} {{ code }} {{ phone }}"
      - end: "{{ day | date }} {{ at | time }}"
"""


def test_every_type_of_slot_can_be_said(call) -> None:
    talk = call(SLOTS)
    kinds = []
    for words in ("Bea Miller.", "Twelve.", "Yes.", "Big", "tomorrow", "half past nine", "A, B, C."):
        kinds.append(talk.question.speech.kind)
        talk.speaks(words)
    assert kinds == ["text", "number", "yes_no", "choice", "date", "time", "spelling"]
    assert talk.heard == ["I heard A, B, C. Is that right?"]
    assert talk.speaks("That's right").heard == ["Phone?"]
    assert (talk.question.speech.minimum, talk.question.speech.maximum) == (4, 4)
    assert talk.speaks("four seven one").heard[0] == "Sorry, I did not understand."
    assert talk.speaks("Four seven one two.").heard == ["I heard 4, 7, 1, 2. Is that right?"]
    assert talk.speaks("yes").heard == ["Bea Miller 12 yes large ABC 4712", "March 3, 2026 9:30 AM"]
    assert talk.slot("day") == "2026-03-03"
    assert talk.slot("at") == "09:30"


def test_dates_and_times_can_be_typed(chat) -> None:
    talk = chat(SLOTS).says("Bea").says("3").says("no").submits(size="small")
    assert talk.says("31.2.2026").heard[-1] == "Which day?"
    assert talk.says("2026-12-24").says("9:30 pm").says("a b 1").heard == ["Phone?"]
    assert talk.says("4712").heard == ["Bea 3 no small AB1 4712", "Dec 24, 2026 9:30 PM"]


def test_what_can_only_be_said_still_takes_keys_of_globals(call) -> None:
    text = SLOTS.replace("flow: slots", "flow: slots\n    globals: {cancel: {key: '*'}}")
    talk = call(text)
    assert talk.question.keys.choices == ("*",)
    assert talk.copy().presses("5").heard[0] == "Sorry, I did not understand."
    assert talk.presses("*").heard == ["All right, cancelled."]


SECRET = """
    flow: bank
    slots:
      pin: {type: digits, length: 4, secret: true, ask: PIN?}
      word: {secret: true, ask: Your word?}
    steps:
      - collect: [pin]
      - if: pin == "1234"
        then:
          - collect: [word]
      - end: Thank you.
"""


def test_a_secret_is_keyed_in_and_told_as_one(call) -> None:
    talk = call(SECRET)
    assert talk.question.secret
    assert talk.question.speech is None
    assert talk.presses("12").turn.secret
    assert talk.presses("1234").turn.secret
    assert next(row for row in talk.turn.why if row.verb == "if").read == {"pin": "***"}
    assert talk.question.speech.kind is SpeechKind.TEXT
    assert talk.mumbles().turn.secret
    assert talk.speaks("open sesame").turn.secret
    assert "sesame" not in str(talk.turn.why)


def test_a_secret_is_keyed_in_also_where_speech_alone_counts(call) -> None:
    talk = call(SECRET.replace("collect: [pin]", "collect: [pin]\n        listen: speech"))
    assert talk.question.speech is None
    talk.presses("1234")
    assert next(row for row in talk.turn.why if row.verb == "if").read == {"pin": "***"}


def test_a_secret_form_does_not_show_what_was_entered(chat) -> None:
    text = SECRET.replace("- collect: [pin]", "- collect: [pin, word]\n        as: form")
    talk = chat(text)
    talk.submits(pin="12", word="sesame")
    assert talk.turn.secret
    assert "sesame" not in str(talk.session.state)
    assert "sesame" not in str(talk.effects)
    assert isinstance(talk.effects[-1], Ask)
