"""Where an utterance begins and ends, frame by frame."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botkit.flow.match import Completeness
from botkit.flow.utterance import (
    PAUSE,
    PRE_ROLL,
    WINDOW,
    Ended,
    EndPointer,
    Mark,
    Pause,
    Resumed,
    Started,
    frames,
)
from botkit.model.speech import SpeechKind, SpeechRules

RULES = SpeechRules(kind=SpeechKind.TEXT)
COMPLETE = frames(RULES.complete_timeout)
INCOMPLETE = frames(RULES.incomplete_timeout)
PART, MAY_GO_ON, WHOLE = Completeness.PART, Completeness.MAY_GO_ON, Completeness.WHOLE


@dataclass
class Talk:
    """An end-pointer that is fed frames with numbers for sound; what it marks, with the frame's number."""

    rules: SpeechRules = RULES
    words: Completeness | None = None
    """What a recogniser says of each pause, at once; None = nothing yet."""
    marks: list[tuple[int, Mark]] = field(default_factory=list)
    count: int = 0

    def __post_init__(self) -> None:
        self.ends = EndPointer(self.rules)

    def hear(self, voiced: bool, times: int = 1) -> None:
        for _ in range(times):
            self.count += 1
            self._mark(self.ends.frame(self.count.to_bytes(4, "big"), voiced=voiced))

    def pattern(self, text: str) -> None:
        """`#` = a voiced frame, `.` = another one."""
        for letter in text:
            self.hear(letter == "#")

    def recognised(self, number: int, words: Completeness) -> None:
        self._mark(self.ends.recognised(number, words))

    def kinds(self) -> list[type[Mark]]:
        return [type(mark) for _, mark in self.marks]

    def at(self, kind: type[Mark]) -> list[int]:
        """The numbers of the frames that were marked so."""
        return [number for number, mark in self.marks if isinstance(mark, kind)]

    def _mark(self, marks: Iterable[Mark]) -> None:
        for mark in marks:
            self.marks.append((self.count, mark))
            if isinstance(mark, Pause) and self.words is not None:
                self.recognised(mark.number, self.words)


def sound(first: int, last: int) -> bytes:
    return b"".join(number.to_bytes(4, "big") for number in range(first, last + 1))


def test_words_that_are_a_whole_answer() -> None:
    talk = Talk(words=WHOLE)
    talk.hear(False, 50)
    talk.hear(True, 40)
    talk.hear(False, 100)
    assert talk.kinds() == [Started, Pause, Ended]
    assert talk.at(Started) == [52]
    assert talk.at(Pause) == [90 + PAUSE], "ahead of the end"
    assert talk.at(Ended) == [90 + COMPLETE]


@pytest.mark.parametrize(("words", "silence"), [(PART, INCOMPLETE), (MAY_GO_ON, INCOMPLETE // 2)])
def test_words_that_may_go_on_are_waited_behind(words: Completeness, silence: int) -> None:
    talk = Talk(words=words)
    talk.hear(True, 40)
    talk.hear(False, 100)
    assert talk.at(Ended) == [40 + silence]


def test_a_whole_answer_that_may_go_on_has_no_less_time_than_one_that_may_not() -> None:
    talk = Talk(
        SpeechRules(kind=SpeechKind.TEXT, complete_timeout=1.0, incomplete_timeout=1.2), words=MAY_GO_ON
    )
    talk.hear(True, 40)
    talk.hear(False, 100)
    assert talk.at(Ended) == [40 + 50]


@pytest.mark.parametrize("words", Completeness)
def test_a_recogniser_that_is_late_is_waited_for(words: Completeness) -> None:
    talk = Talk()
    talk.hear(True, 40)
    talk.hear(False, 100)
    assert talk.kinds() == [Started, Pause]
    talk.recognised(1, words)
    assert talk.marks[-1] == (140, Ended(1))


def test_the_first_sound_is_not_clipped() -> None:
    talk = Talk()
    talk.hear(False, 100)
    talk.hear(True, 30)
    talk.hear(False, 60)
    (pause,) = [mark for _, mark in talk.marks if isinstance(mark, Pause)]
    begins = 103 - PRE_ROLL - WINDOW
    assert pause.utterance == sound(begins, talk.at(Pause)[0])
    assert 101 - begins >= 15, "300 ms before the first voiced frame"


@pytest.mark.parametrize("first", [PART, MAY_GO_ON])
def test_a_pause_inside_is_inside(first: Completeness) -> None:
    """400 ms, as a detector hears it that clips 60 ms off both sides."""
    talk = Talk(words=first)
    talk.hear(True, 30)
    talk.hear(False, 26)
    talk.words = WHOLE
    talk.hear(True, 30)
    talk.hear(False, 60)
    assert talk.kinds() == [Started, Pause, Resumed, Pause, Ended]
    assert talk.at(Ended) == [86 + COMPLETE]
    utterances = [mark.utterance for _, mark in talk.marks if isinstance(mark, Pause)]
    assert utterances[1].startswith(utterances[0])


def test_what_was_recognised_before_speech_went_on_is_stale() -> None:
    talk = Talk()
    talk.hear(True, 30)
    talk.hear(False, 25)
    talk.hear(True, 5)
    talk.recognised(1, WHOLE)
    talk.hear(False, 25)
    talk.recognised(1, WHOLE)
    talk.hear(False, 20)
    assert talk.kinds() == [Started, Pause, Resumed, Pause]
    talk.recognised(2, WHOLE)
    assert talk.marks[-1] == (105, Ended(2))


def test_an_end_waits_while_speech_may_be_beginning_again() -> None:
    talk = Talk(words=WHOLE)
    talk.hear(True, 30)
    talk.hear(False, COMPLETE - 2)
    talk.pattern("####")
    assert talk.kinds() == [Started, Pause, Resumed]


def test_a_flicker_delays_an_end_and_no_more() -> None:
    talk = Talk(words=WHOLE)
    talk.hear(True, 30)
    talk.hear(False, COMPLETE - 2)
    talk.pattern("#......")
    assert talk.kinds() == [Started, Pause, Ended]
    assert talk.at(Ended) == [30 + COMPLETE - 2 + 4]


def test_flickers_begin_nothing() -> None:
    talk = Talk()
    talk.pattern("#....#..#...#....#..#.." * 20)
    assert talk.marks == []


def test_speech_without_end_is_taken_as_it_is() -> None:
    talk = Talk(words=WHOLE)
    talk.hear(True, 3000)
    assert talk.kinds() == [Started, Pause, Ended]
    assert talk.at(Ended) == [2 + frames(RULES.max_speech_timeout)]


def test_speech_that_becomes_too_long_in_a_pause() -> None:
    rules = SpeechRules(kind=SpeechKind.TEXT, max_speech_timeout=1.0)
    talk = Talk(rules)
    talk.hear(True, 25)
    talk.hear(False, 100)
    assert talk.kinds() == [Started, Pause]
    talk.recognised(1, PART)
    assert talk.kinds() == [Started, Pause, Ended]


def test_nothing_comes_behind_the_end() -> None:
    talk = Talk(words=WHOLE)
    talk.pattern("#" * 30 + "." * 40)
    told = len(talk.marks)
    talk.pattern("#" * 30 + "." * 40)
    talk.recognised(1, WHOLE)
    assert len(talk.marks) == told


ORDER: dict[type[Mark] | None, set[type[Mark]]] = {
    None: {Started},
    Started: {Pause},
    Pause: {Resumed, Ended},
    Resumed: {Pause},
    Ended: set(),
}
timeouts = st.floats(min_value=0.0, max_value=2.0)
runs = st.lists(st.tuples(st.booleans(), st.integers(1, 40)), max_size=40)


@given(runs, st.lists(st.sampled_from(Completeness)), timeouts, timeouts, st.floats(0.1, 5.0))
def test_order_and_bounds_whatever_comes(
    talked: list[tuple[bool, int]],
    answers: list[Completeness],
    complete: float,
    incomplete: float,
    longest: float,
) -> None:
    rules = SpeechRules(
        kind=SpeechKind.TEXT,
        complete_timeout=complete,
        incomplete_timeout=incomplete,
        max_speech_timeout=longest,
    )
    talk = Talk(rules)
    waiting = list(answers)
    for voiced, times in talked:
        talk.hear(voiced, times)
        if waiting and isinstance(talk.marks[-1][1] if talk.marks else None, Pause):
            _, last = talk.marks[-1]
            assert isinstance(last, Pause)
            talk.recognised(last.number, waiting.pop())
    last_kind: type[Mark] | None = None
    for kind in talk.kinds():
        assert kind in ORDER[last_kind]
        last_kind = kind
    most = PRE_ROLL + WINDOW + max(WINDOW, frames(longest))
    for number, mark in talk.marks:
        if isinstance(mark, Pause):
            assert len(mark.utterance) // 4 <= most
            length = len(mark.utterance) // 4
            assert mark.utterance == sound(number - length + 1, number), "no frame is lost, none comes twice"


@given(
    st.integers(1, 200),
    st.integers(5, 100),
    st.integers(0, frames(0.4) + 6),
    st.integers(5, 100),
    st.sampled_from([PART, MAY_GO_ON]),
)
def test_a_pause_of_400_ms_in_an_answer_never_cuts_it(
    before: int, first: int, pause: int, second: int, words: Completeness
) -> None:
    talk = Talk(words=words)
    talk.pattern("." * before + "#" * first + "." * pause)
    talk.words = WHOLE
    talk.pattern("#" * second + "." * 100)
    assert talk.at(Ended) == [before + first + pause + second + COMPLETE]
