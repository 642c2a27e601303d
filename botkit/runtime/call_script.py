"""What a call has still to say and to ask, and what a key or a word means meanwhile. Pure.

After VoiceXML 2.1 section 4.1.5 and 4.1.8:

- Lines are heard one after another, up to a question; the question's own prompt is the last.
- A key during a line that keys may interrupt cuts it at once. The lines of that kind that follow are skipped
  up to the next question, and the key is the first one of its answer. Keys that come when nothing plays
  and nothing is asked wait for the next question too (type-ahead), whose prompt is then skipped.
- A line that keys may not interrupt is played in full; it throws away the keys that wait, and those
  pressed while it plays.
- Keys that wait skip nothing when the call ends with no question between: a good-bye is heard.
- Speech cuts a line only on the way to a question that speech answers: one that is known already, with
  nothing before it that speech may not interrupt. What is said then is its answer.
- What a question in secret is answered with is concealed from its prompt on; what was keyed ahead, or said
  into a line before it, from when that was.
- While somebody speaks the time for the first key stands still. A key ends that: keys win. So does a sound
  that is no word; the time goes on as if it had not stood still.
"""

from __future__ import annotations

from collections import deque

from botkit.flow.keys import KeyCollector, KeysResult
from botkit.model.effects import Ask, Play, Record, RecordCall, Say
from botkit.model.inputs import KeysCollected, RecordEnded, SpeechHeard
from botkit.model.questions import BargeIn, KeyRules

from .call_actions import (
    Action,
    Answered,
    Begin,
    Conceal,
    Cut,
    End,
    Keep,
    Line,
    Reached,
    Reveal,
    Skip,
)

TYPE_AHEAD = 32
"""Keys that wait for a question at most; the oldest are kept."""

BEFORE = 0.5
"""Seconds that a key or a word may have been heard before it is told."""


class CallScript:
    """The lines of one call. Times are seconds on any one clock; each method tells what to do now."""

    def __init__(self) -> None:
        self._lines: deque[Line | RecordCall] = deque()
        self._ends = False
        self._open = False
        self._over = False
        self._playing: Line | None = None
        self._asking: Ask | None = None
        self._collector: KeyCollector | None = None
        self._speaking = False
        self._interrupted = False
        """Who speaks has cut the question's prompt, or one before it."""
        self._recording: Record | None = None
        self._recording_until = 0.0
        self._typed: deque[tuple[str, float]] = deque()
        """Keys, and when each was pressed."""
        self._now = 0.0
        self._held_since: float | None = None
        """When the time on hold began that is not counted yet."""

    @property
    def first(self) -> Line | None:
        """The next line to be heard."""
        return self._playing or next((line for line in self._lines if not isinstance(line, RecordCall)), None)

    @property
    def hears(self) -> Ask | Record | None:
        """Whose answer, or recording, it would be if somebody spoke now."""
        if self._recording is not None or self._over:
            return self._recording
        if self._asking is not None and self._collector is not None:
            return self._asking if _by_speech(self._asking) and not self._collector.digits else None
        if self._playing is not None:
            for line in (self._playing, *self._lines):
                if isinstance(line, RecordCall):
                    continue
                if barge_in(line) not in (BargeIn.SPEECH, BargeIn.BOTH):
                    return None
                if isinstance(line, Ask):
                    return line if _by_speech(line) else None
        return None

    @property
    def deadline(self) -> float | None:
        """When `expire` is due."""
        if self._held_since is not None:
            return None
        if self._recording is not None:
            return self._recording_until
        return self._collector.deadline if self._collector and not self._speaking else None

    def open(self, at: float) -> list[Action]:
        """The call is answered; until then nothing is played."""
        self._open = True
        return self._go_on(at)

    def add(self, line: Line | RecordCall, at: float) -> list[Action]:
        """One more line, or a switch between two. After the end there is none."""
        if not self._ends:
            self._lines.append(line)
        return self._go_on(at)

    def end(self, at: float) -> list[Action]:
        """Hang up behind the lines there are."""
        self._ends = True
        return self._go_on(at)

    def hold(self, at: float, *, held: bool) -> None:
        """The far end puts us on hold, or takes us back. Meanwhile no time passes for who is to answer."""
        self._stand_still(self._later(at))
        self._held_since = self._now if held else None

    def close(self) -> list[Action]:
        """The call is over, whatever was still to be heard."""
        self._over = True
        return self._drop()

    def hush(self, at: float) -> list[Action]:
        """Be silent now: nothing of the lines there are is heard, asked or recorded any more."""
        self._later(at)
        self._typed.clear()
        self._speaking = False
        return [*self._drop(), *self._go_on(at)]

    def _drop(self) -> list[Action]:
        actions: list[Action] = [Cut(self._playing)] if self._playing else []
        for line in (self._recording, self._playing, *self._lines):
            if isinstance(line, Record):  # also one that has not begun: the flow waits for it
                actions.append(Keep(line, RecordEnded.HANGUP))
        for line in self._lines:
            if not isinstance(line, RecordCall):
                actions.append(Skip(line))
            elif not self._over:  # the flow takes it that it is done
                actions.append(Reached(line))
        if _in_secret(self._asking or self._playing) and not self._over:
            actions.append(Reveal(self._now))
        self._lines.clear()
        self._playing = self._asking = self._collector = self._recording = None
        return actions

    def over(self, line_id: str, at: float) -> list[Action]:
        """A line has come to its end, or there was nothing to be heard of it."""
        line = self._playing
        if line is None or line.id != line_id:
            return []
        self._playing = None
        actions: list[Action] = []
        if isinstance(line, Ask):
            actions = self._ask(line, at)
        elif isinstance(line, Record):
            self._stand_still(self._later(at))
            self._recording = line
            self._recording_until = self._now + line.maximum
        return actions + self._go_on(at)

    def key(self, digit: str, at: float) -> list[Action]:
        """A key went down."""
        at = self._later(at)
        self._stand_still(at)
        if self._over:
            return []
        if self._recording is not None:
            ends = digit in self._recording.terminators
            return self.recorded(self._recording.id, RecordEnded.KEY, at, digit) if ends else []
        if self._collector:
            if self._speaking:
                # The time for the first key stood still: it would be over by now.
                self._speaking = False
                self._collector = KeyCollector(self._collector.rules)
                self._collector.prompt_ended(at)
            return self._collected(self._collector.key(digit, at)) + self._go_on(at)
        line = self._playing
        if line is not None and not by_keys(line):
            return []
        if len(self._typed) < TYPE_AHEAD:
            self._typed.append((digit, at))
        if line is None:
            return []
        self._playing = None
        actions: list[Action] = [Cut(line)]
        if isinstance(line, Ask):
            actions += self._ask(line, at)
        return actions + self._go_on(at)

    def speech(self, at: float) -> list[Action]:
        """Somebody began to speak; whether it means anything now tells `hears`."""
        question = self.hears
        if not isinstance(question, Ask):
            return []
        self._speaking = True
        self._interrupted = self._asking is not question
        if not self._interrupted:
            return []
        line, self._playing = self._playing, None
        actions: list[Action] = [Cut(line)] if line else []
        while line is not question and self._lines:
            following = self._lines.popleft()
            if isinstance(following, RecordCall):
                actions.append(Reached(following))
            else:
                line = following
                actions.append(Skip(line))
        return actions + self._ask(question, at, since=at - BEFORE)

    def heard(self, heard: SpeechHeard, at: float) -> list[Action]:
        """What somebody said has become an answer."""
        question = self._asking
        if question is None or question.id != heard.effect_id or not self._speaking:
            return []
        self._asking = self._collector = None
        self._speaking = False
        return [Answered(question, heard), *_revealed(question, self._later(at)), *self._go_on(at)]

    def overheard(self, line_id: str) -> bool:
        """Who spoke said no word. Whether that can pass: a prompt that it has cut is to be asked again."""
        question = self._asking
        if question is None or question.id != line_id or not self._speaking or self._interrupted:
            return False
        self._speaking = False
        return True

    def recorded(self, line_id: str, ended: RecordEnded, at: float, key: str = "") -> list[Action]:
        """A recording has come to its end."""
        record = self._recording
        if record is None or record.id != line_id:
            return []
        self._recording = None
        return [Keep(record, ended, key), *self._go_on(at)]

    def expire(self, at: float) -> list[Action]:
        """The time is `at`."""
        at = self._later(at)
        if self._held_since is not None:
            return []
        if self._recording is not None:
            late = at >= self._recording_until
            return self.recorded(self._recording.id, RecordEnded.MAXIMUM, at) if late else []
        if not self._collector or self._speaking:
            return []
        return self._collected(self._collector.expire(at)) + self._go_on(at)

    def _go_on(self, at: float) -> list[Action]:
        """Come to the next line that is heard, or the end."""
        actions: list[Action] = []
        while self._open and not (self._over or self._playing or self._asking or self._recording):
            if not self._lines:
                if self._ends:
                    self._over = True
                    actions.append(End())
                break
            line = self._lines.popleft()
            if isinstance(line, RecordCall):
                actions.append(Reached(line))
                continue
            if self._typed and not (by_keys(line) and self._question_may_come(line)):
                self._typed.clear()
            if self._typed:
                actions.append(Skip(line))
                if isinstance(line, Ask):
                    actions += self._ask(line, at)
            else:
                self._playing = line
                if _in_secret(line):
                    actions.append(Conceal(self._later(at)))
                actions.append(Begin(line))
        return actions

    def _question_may_come(self, line: Line) -> bool:
        return not self._ends or any(isinstance(each, Ask) for each in (line, *self._lines))

    def _ask(self, question: Ask, at: float, since: float | None = None) -> list[Action]:
        """The prompt of a question is over: collect keys, those first that wait. `since`: the answer may have
        begun then."""
        at = self._later(at)
        self._stand_still(at)
        self._asking = question
        self._collector = KeyCollector(question.question.keys or KeyRules())
        if self._typed:
            since = self._typed[0][1] - BEFORE
        actions: list[Action] = [Conceal(at if since is None else since)] if _in_secret(question) else []
        while self._typed:
            answered = self._collected(self._collector.key(self._typed.popleft()[0], at))
            if answered:
                return actions + answered
        self._collector.prompt_ended(at)
        return actions

    def _collected(self, result: KeysResult | None) -> list[Action]:
        question = self._asking
        if result is None or question is None:
            return []
        self._asking = self._collector = None
        if result.unused:
            self._typed.appendleft((result.unused, self._now))
        keys = KeysCollected(effect_id=question.id, digits=result.digits, ended=result.ended)
        return [Answered(question, keys), *_revealed(question, self._now)]

    def _stand_still(self, at: float) -> None:
        """What has passed on hold counts for nothing."""
        if self._held_since is not None:
            passed, self._held_since = at - self._held_since, at
            self._recording_until += passed
            if self._collector:
                self._collector.stand_still(passed)

    def _later(self, at: float) -> float:
        """Times of packets and of timers meet here; for the collector they never fall."""
        self._now = max(self._now, at)
        return self._now


def barge_in(line: Line) -> BargeIn:
    """What may interrupt a line."""
    match line:
        case Say() | Play():
            return line.barge_in
        case Ask(question=question):
            return question.barge_in
        case _:
            return BargeIn.NEVER


def by_keys(line: Line) -> bool:
    """Whether a key that comes while it plays cuts it, any key."""
    return barge_in(line) in (BargeIn.KEYS, BargeIn.BOTH)


def _in_secret(line: Line | None) -> bool:
    return isinstance(line, Ask) and line.question.secret


def _revealed(question: Ask, at: float) -> list[Action]:
    return [Reveal(at)] if _in_secret(question) else []


def _by_speech(line: Ask) -> bool:
    return line.question.speech is not None
