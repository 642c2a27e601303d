"""Spoken answers: when they end, what they interrupt, and what becomes of a recogniser's faults."""

from __future__ import annotations

import asyncio

import pytest

from botkit.hooks import hook, step_handler
from botkit.model.calls import CallCause
from botkit.model.events import CallTranscript, Speaker
from botkit.ports.speech import Overloaded
from botkit.testing import FakeRecognizer
from tests.runtime.house import House, Loudness
from tests.runtime.telephone import assert_nothing_is_left, ring, seconds

MENU = """
flow: menu
start: [call_incoming]
steps:
  - say: Welcome.
  - id: menu
    choose: What can I do for you?
    options:
      hours:  {key: 1, label: opening hours, words: [opening hours]}
      person: {key: 2, label: a person, words: [a person]}
    prompt: {call: What can I do for you?}
    into: wish
    no_match:
      - Sorry?
  - end: "{{ wish }}"
"""
WELCOME, PROMPT = "Welcome.", "What can I do for you?"
INTRO = seconds(WELCOME) + seconds(PROMPT)


@pytest.fixture
def ears(house: House) -> FakeRecognizer:
    house.recognizer = FakeRecognizer(clock=house.clock)
    return house.recognizer


async def test_a_spoken_answer(house: House, ears: FakeRecognizer) -> None:
    ears.hear("opening hours", confidence=0.9, after=0.1)
    line = await ring(house, MENU)
    await house.clock.advance(INTRO + 1)
    assert line.leg.listened_to
    line.speak(1.0)
    await house.clock.advance(1.0 + 0.22)
    assert line.texts() == [WELCOME, PROMPT]
    assert await line.answers() == []
    await house.clock.advance(0.1)
    ((kind, answer),) = await line.answers()
    assert (kind, answer["text"], answer["confidence"]) == ("SpeechHeard", "opening hours", 0.9)
    (asked,) = ears.asked
    assert asked.utterance.rate == 16_000
    assert 1.1 <= asked.utterance.seconds <= 1.6
    assert asked.utterance.samples.count(1) == 32_000, "all that was said"
    assert asked.language == "en-US"
    assert asked.caller == line.call.id
    assert set(asked.phrases) >= {"opening hours", "a person"}
    (row,) = await line.journal("heard")
    assert (row["ended"], row["text"], row["confidence"]) == ("heard", "opening hours", 0.9)
    assert row["seconds"] == pytest.approx(asked.utterance.seconds)
    await house.clock.advance(5)
    assert line.texts()[-1] == "hours"
    assert line.call.cause is CallCause.ENDED
    await assert_nothing_is_left(line)


async def test_a_port_that_tells_speech_itself_is_believed(house: House, ears: FakeRecognizer) -> None:
    """Here what is quiet in the middle is speech, and what is loud around it is none."""
    ears.hear("opening hours")
    line = await ring(house, MENU)
    line.leg.tells_speech = lambda samples: not any(samples)
    loud = [b"\1" * 640]
    line.leg.hear(loud * 500)
    await house.clock.advance(INTRO + 5)
    assert line.texts() == [WELCOME, PROMPT]
    assert ears.asked == []
    line.leg.hear([bytes(640)] * 50 + loud * 100)
    await house.clock.advance(8)
    assert line.texts()[-1] == "hours"


async def test_a_second_reading_that_is_on_offer_is_the_answer(house: House, ears: FakeRecognizer) -> None:
    ears.hear("All the knee towers.", alternatives=["Opening hours."])
    line = await ring(house, MENU)
    await house.clock.advance(INTRO + 1)
    line.speak(1.0)
    await house.clock.advance(1.0 + 0.4)
    ((_, answer),) = await line.answers()
    assert answer["text"] == "Opening hours."


async def test_the_reply_comes_soon_behind_the_last_word(house: House, ears: FakeRecognizer) -> None:
    ears.hear("opening hours", after=0.1)
    line = await ring(house, MENU)
    await house.clock.advance(INTRO + 1)
    line.speak(1.0)
    await house.clock.advance(1.0 + 0.28)
    (turn,) = await line.answers()
    assert turn[1]["text"] == "opening hours", "recognised before the silence was over"


async def test_a_pause_inside_is_not_the_end(house: House, ears: FakeRecognizer) -> None:
    ears.hear("opening", after=0.1)
    ears.hear("opening hours", after=0.1)
    line = await ring(house, MENU)
    await house.clock.advance(INTRO + 1)
    line.speak(0.5, 0.5, 0.5)
    await house.clock.advance(3)
    (answer,) = await line.answers()
    assert answer[1]["text"] == "opening hours"
    first, second = ears.asked
    assert second.utterance.samples.startswith(first.utterance.samples)


async def test_words_that_are_no_answer_yet_are_waited_behind(house: House, ears: FakeRecognizer) -> None:
    ears.hear("well")
    line = await ring(house, MENU)
    await house.clock.advance(INTRO + 1)
    line.speak(0.5)
    await house.clock.advance(0.5 + 1.1)
    assert await line.answers() == []
    await house.clock.advance(0.2)
    (answer,) = await line.answers()
    assert answer[1]["text"] == "well"


async def test_speech_interrupts_on_its_way_to_the_question(house: House, ears: FakeRecognizer) -> None:
    ears.hear("a person")
    line = await ring(house, MENU)
    await house.clock.advance(0.2)
    line.speak(0.8)
    await house.clock.advance(0.06)
    assert line.heard() == [(WELCOME, 240, True)], "40 ms from the onset to silence"
    await house.clock.advance(10)
    assert line.texts() == [WELCOME, "person"]
    skipped = [row["text"] for row in await line.journal("played") if not row["of"]]
    assert skipped == [PROMPT]
    await assert_nothing_is_left(line)


async def test_a_click_interrupts_nothing(house: House, ears: FakeRecognizer) -> None:
    line = await ring(house, MENU)
    await house.clock.advance(0.1)
    line.speak(0.02, 0.1, 0.02)
    await house.clock.advance(INTRO)
    assert [cut for _, _, cut in line.heard()] == [False, False]
    assert ears.asked == []


async def test_speech_interrupts_nothing_when_no_question_is_known(
    house: House, ears: FakeRecognizer
) -> None:
    @step_handler
    async def think() -> str:
        await house.clock.sleep(0.3)
        return ""

    house.plug(think)
    line = await ring(house, MENU.replace("  - id: menu", "  - run: think\n  - id: menu"))
    await house.clock.advance(0.1)
    assert not line.leg.listened_to
    ears.hear("a person")
    line.speak(1.0)
    await house.clock.advance(0.1)
    assert line.leg.heard == []
    await house.clock.advance(0.2)
    assert line.heard() == [(WELCOME, 340, True)], "the question came, and somebody speaks"
    await house.clock.advance(5)
    assert line.texts()[-1] == "person"


@pytest.mark.parametrize("barge_in", ["keys", "never"])
async def test_prompts_that_speech_may_not_interrupt(
    house: House, ears: FakeRecognizer, barge_in: str
) -> None:
    line = await ring(house, MENU.replace("    into:", f"    barge_in: {barge_in}\n    into:"))
    await house.clock.advance(seconds(WELCOME) + 0.1)
    early = line.leg.listened_to
    assert not early
    line.speak(0.3)
    await house.clock.advance(seconds(PROMPT))
    assert line.leg.listened_to
    assert [cut for _, _, cut in line.heard()] == [False, False]


async def test_who_speaks_is_not_told_that_nobody_spoke(house: House, ears: FakeRecognizer) -> None:
    ears.hear("a person", after=2.0)
    line = await ring(house, MENU)
    await house.clock.advance(INTRO + 4.8)
    line.speak(2.0)
    await house.clock.advance(10)
    (answer,) = await line.answers()
    assert answer[1]["text"] == "a person"


async def test_silence_is_no_input(house: House, ears: FakeRecognizer) -> None:
    line = await ring(house, MENU)
    await house.clock.advance(INTRO + 5.1)
    (answer,) = await line.answers()
    assert (answer[0], answer[1]["ended"]) == ("KeysCollected", "none")


async def test_a_key_wins_over_speech(house: House, ears: FakeRecognizer) -> None:
    ears.hear("a person", after=1.0)
    line = await ring(house, MENU)
    await house.clock.advance(INTRO + 1)
    line.speak(0.5)
    await house.clock.advance(1.0)
    await line.press("1")
    await house.clock.advance(5)
    (answer,) = await line.answers()
    assert answer[1]["digits"] == "1"
    assert await line.journal("heard") == []
    await assert_nothing_is_left(line)


async def test_a_cough_is_no_answer_and_gains_no_time(house: House, ears: FakeRecognizer) -> None:
    ears.hear("")
    ears.hear("a person")
    line = await ring(house, MENU)
    await house.clock.advance(INTRO + 1)
    line.speak(0.2)
    await house.clock.advance(2.0)
    assert len(ears.asked) == 1
    assert await line.answers() == []
    line.speak(0.5)
    await house.clock.advance(5)
    assert [answer["text"] for _, answer in await line.answers()] == ["a person"]


async def test_who_only_coughs_has_said_nothing(house: House, ears: FakeRecognizer) -> None:
    line = await ring(house, MENU)
    await house.clock.advance(INTRO + 4.5)
    line.speak(0.2)
    await house.clock.advance(2.0)
    ((kind, answer),) = await line.answers()
    assert (kind, answer["ended"]) == ("KeysCollected", "none")


async def test_a_cough_that_cut_the_prompt_has_it_asked_again(house: House, ears: FakeRecognizer) -> None:
    line = await ring(house, MENU)
    await house.clock.advance(0.2)
    line.speak(0.2)
    await house.clock.advance(3.0)
    ((kind, answer),) = await line.answers()
    assert (kind, answer["ended"]) == ("SpeechHeard", "nothing")


async def test_sound_without_words(house: House, ears: FakeRecognizer) -> None:
    line = await ring(house, MENU)
    await house.clock.advance(INTRO + 1)
    line.speak(0.5)
    await house.clock.advance(2)
    (answer,) = await line.answers()
    assert answer[1]["ended"] == "nothing"
    await house.clock.advance(3)
    assert "Sorry?" in line.texts()


@pytest.mark.parametrize(
    ("fault", "ended"),
    [(None, "failed"), (Overloaded("all ears are busy"), "overloaded")],
    ids=["died", "overloaded"],
)
async def test_a_fault_of_the_recogniser_costs_one_answer(
    house: House, ears: FakeRecognizer, fault: Overloaded | None, ended: str
) -> None:
    ears.fail(fault)
    ears.hear("a person")
    line = await ring(house, MENU)
    await house.clock.advance(INTRO + 1)
    line.speak(0.5)
    await house.clock.advance(5)
    ((_, answer),) = await line.answers()
    assert answer["ended"] == ended
    assert answer["detail"]
    assert (await line.journal("heard"))[0]["detail"] == answer["detail"]
    line.speak(0.5)
    await house.clock.advance(5)
    assert (await line.answers())[1][1]["text"] == "a person"
    await assert_nothing_is_left(line)


async def test_a_detector_that_breaks_leaves_the_keys(
    house: House, ears: FakeRecognizer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(self: Loudness, samples: bytes) -> bool:
        raise RuntimeError("a bug")

    monkeypatch.setattr(Loudness, "voiced", broken)
    line = await ring(house, MENU)
    line.speak(1.0)
    await house.clock.advance(INTRO + 1)
    assert caplog.text.count("goes on without spoken answers") == 1
    await line.press("1")
    await house.clock.advance(2)
    assert line.texts()[-1] == "hours"


@pytest.mark.parametrize("after", [0.1, 0.6, 1.2])
async def test_the_caller_hangs_up_while_speaking(house: House, ears: FakeRecognizer, after: float) -> None:
    ears.hear("a person", after=1.0)
    line = await ring(house, MENU)
    await house.clock.advance(INTRO + 1)
    line.speak(0.5)
    await house.clock.advance(after)
    await line.call.hang_up()
    await house.clock.advance(5)
    assert [kind for kind, _ in await line.answers()] == ["HungUp"]
    await assert_nothing_is_left(line)


async def test_nobody_listens_in_a_language_that_is_not_heard(house: House) -> None:
    house.recognizer = FakeRecognizer(languages=["ko-KR"])
    line = await ring(house, MENU)
    await house.clock.advance(0.1)
    assert not line.leg.listened_to
    line.speak(1.0)
    await house.clock.advance(INTRO)
    assert not line.leg.listened_to
    assert [cut for _, _, cut in line.heard()] == [False, False]
    await line.press("1")
    await house.clock.advance(2)
    assert line.texts()[-1] == "hours"


async def test_a_flow_of_another_language(house: House, ears: FakeRecognizer) -> None:
    house.recognizer = ears = FakeRecognizer("a person", languages=["en-US", "de-DE"])
    line = await ring(house, MENU.replace("start:", "language: de-DE\nstart:"))
    await house.clock.advance(INTRO + 1)
    line.speak(0.5)
    await house.clock.advance(2)
    assert [asked.language for asked in ears.asked] == ["de-DE"]
    assert house.voice is not None
    assert line.leg.heard[0].pcm == await house.voice.synthesize(WELCOME, language="de-DE")


PIN = """
flow: pin
start: [call_incoming]
slots:
  pin: {type: digits, length: 4, ask: Your secret number please., secret: true}
steps:
  - collect: [pin]
  - end: Thank you.
"""


async def test_secrets_stay_out_of_journal_and_transcript(house: House, ears: FakeRecognizer) -> None:
    told: list[CallTranscript] = []

    @hook
    def call_transcript(said: CallTranscript) -> None:
        told.append(said)

    house.plug(call_transcript)
    line = await ring(house, PIN)
    await house.clock.advance(2)
    await line.press("4711")
    await house.clock.advance(5)
    assert [(said.speaker, said.text) for said in told] == [
        (Speaker.BOT, "Your secret number please."),
        (Speaker.PERSON, "***"),
        (Speaker.BOT, "Thank you."),
    ]
    rows = await house.store.journal(f"call:{line.call.id}")
    assert not any(b"4711" in row.data for row in rows)


async def test_transcripts_reach_hooks_and_the_person(house: House, ears: FakeRecognizer) -> None:
    told: list[CallTranscript] = []

    @hook
    def call_transcript(said: CallTranscript) -> None:
        told.append(said)

    house.plug(call_transcript)
    ears.hear("opening hours")
    line = await ring(house, MENU)
    await house.clock.advance(INTRO + 1)
    line.speak(0.5)
    await house.clock.advance(5)
    assert [(said.speaker, said.text) for said in told] == [
        (Speaker.BOT, WELCOME),
        (Speaker.BOT, PROMPT),
        (Speaker.PERSON, "opening hours"),
        (Speaker.BOT, "hours"),
    ]
    assert {(said.call_id, said.person_id) for said in told} == {(line.call.id, line.person.user.id)}
    assert len({said.event_id for said in told}) == 4
    assert house.platform.transcripts == told


async def test_a_hook_that_hangs_holds_up_no_sound(house: House, ears: FakeRecognizer) -> None:
    @hook
    async def call_transcript(said: CallTranscript) -> None:
        await house.clock.sleep(1000)

    house.plug(call_transcript)
    line = await ring(house, MENU)
    await house.clock.advance(INTRO)
    assert line.texts() == [WELCOME, PROMPT]


async def test_a_recogniser_that_does_not_come_up_holds_up_no_stop(
    house: House, ears: FakeRecognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def start() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(ears, "start", start)
    line = await ring(house, MENU)
    await house.clock.advance(0.2)
    async with asyncio.timeout(30):
        await house.stop()
    assert line.call.cause is not None


async def test_a_recogniser_that_breaks_as_it_starts_costs_nothing_else(
    house: House, ears: FakeRecognizer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def start() -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(ears, "start", start)
    ears.hear("opening hours")
    line = await ring(house, MENU)
    await house.clock.advance(INTRO + 1)
    line.speak(1.0)
    await house.clock.advance(5)
    assert line.texts()[-1] == "hours"
    assert "Too many open files" in caplog.text


async def test_who_talks_for_a_minute_is_taken_at_their_word_now_and_then(
    house: House, ears: FakeRecognizer
) -> None:
    for _ in range(10):
        ears.hear("and so on and so forth")
    line = await ring(house, MENU)
    await house.clock.advance(INTRO + 1)
    line.speak(60.0)
    await house.clock.advance(70)
    assert line.call.cause is not None, "the flow gives up after its own number of attempts"
    assert all(each.utterance.seconds <= 21 for each in ears.asked)
    await assert_nothing_is_left(line)


async def test_a_key_while_speaking_beats_the_words_of_either(house: House, ears: FakeRecognizer) -> None:
    ears.hear("a person", after=0.3)
    line = await ring(house, MENU)
    await house.clock.advance(INTRO + 1)
    line.speak(2.0)
    await house.clock.advance(1.0)
    await line.press("1")
    await house.clock.advance(5)
    assert line.texts()[-1] == "hours"
    assert ears.asked == []
    await assert_nothing_is_left(line)


async def test_speech_before_the_first_word_of_the_bot(house: House, ears: FakeRecognizer) -> None:
    """Whoever says hello at once is heard out, and asked."""
    ears.hear("hello there")
    ears.hear("opening hours")
    line = await ring(house, MENU)
    line.speak(0.6)
    await house.clock.advance(12)
    first, *_ = await line.answers()
    assert first[0] == "SpeechHeard"
    assert PROMPT in line.texts()
