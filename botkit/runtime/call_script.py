"""What a call has still to say and to ask, and what a key means meanwhile. Pure: the shell performs.

After VoiceXML 2.1 section 4.1.5 and 4.1.8:

- Prompts are played one after another, up to a question; the question's own prompt is the last.
- A key during an interruptible prompt cuts it at once. The interruptible prompts that follow are skipped
  up to the next question, and the key is the first one of its answer. Keys that come when nothing plays
  and nothing is asked wait for the next question too (type-ahead), whose prompt is then skipped.
- A prompt with `barge_in: never` is played in full; it throws away the keys that wait, and those
  pressed while it plays.
- Keys that wait skip nothing when the call ends with no question between: a good-bye is heard.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from botkit.flow.keys import KeyCollector, KeysResult
from botkit.model.inputs import KeysCollected
from botkit.model.questions import BargeIn, KeyRules, Question

TYPE_AHEAD = 32
"""Keys that wait for a question at most; the oldest are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A prompt, and the question behind it if it is one's."""

    id: str
    """Of its effect."""
    text: str
    barge_in: BargeIn
    question: Question | None = None


@dataclass(frozen=True, slots=True)
class Play:
    """Let this be heard; the shell tells when it is `over`."""

    line: Line


@dataclass(frozen=True, slots=True)
class Cut:
    """Silence: this line is over before its end."""

    line: Line


@dataclass(frozen=True, slots=True)
class Skip:
    """This line is not heard at all."""

    line: Line


@dataclass(frozen=True, slots=True)
class Answered:
    """A question has its keys."""

    keys: KeysCollected


@dataclass(frozen=True, slots=True)
class End:
    """All has been heard: hang up."""


Action = Play | Cut | Skip | Answered | End


class CallScript:
    """The lines of one call. Times are seconds on any one clock; each method tells what to do now."""

    def __init__(self) -> None:
        self._lines: deque[Line] = deque()
        self._ends = False
        self._open = False
        self._over = False
        self._playing: Line | None = None
        self._asking: Line | None = None
        self._collector: KeyCollector | None = None
        self._typed: deque[str] = deque()
        self._now = 0.0

    @property
    def first(self) -> Line | None:
        """The next line to be heard."""
        return self._playing or (self._lines[0] if self._lines else None)

    @property
    def playing(self) -> Line | None:
        """The line that is to be heard now."""
        return self._playing

    @property
    def deadline(self) -> float | None:
        """When `expire` is due."""
        return self._collector.deadline if self._collector else None

    def open(self, at: float) -> list[Action]:
        """The call is answered; until then nothing is played."""
        self._open = True
        return self._go_on(at)

    def add(self, line: Line, at: float) -> list[Action]:
        """One more line. After the end there is none."""
        if not self._ends:
            self._lines.append(line)
        return self._go_on(at)

    def end(self, at: float) -> list[Action]:
        """Hang up behind the lines there are."""
        self._ends = True
        return self._go_on(at)

    def close(self) -> list[Action]:
        """The call is over, whatever was still to be heard."""
        actions: list[Action] = [Cut(self._playing)] if self._playing else []
        actions.extend(Skip(line) for line in self._lines)
        self._over = True
        self._lines.clear()
        self._playing = self._asking = self._collector = None
        return actions

    def over(self, line_id: str, at: float) -> list[Action]:
        """A line has been played to its end, or could not be spoken."""
        line = self._playing
        if line is None or line.id != line_id:
            return []
        self._playing = None
        actions = self._ask(line, at) if line.question else []
        return actions + self._go_on(at)

    def key(self, digit: str, at: float) -> list[Action]:
        """A key went down."""
        at = self._later(at)
        if self._over:
            return []
        if self._collector:
            return self._collected(self._collector.key(digit, at)) + self._go_on(at)
        line = self._playing
        if line is not None and line.barge_in is BargeIn.NEVER:
            return []
        if len(self._typed) < TYPE_AHEAD:
            self._typed.append(digit)
        if line is None:
            return []
        self._playing = None
        actions: list[Action] = [Cut(line)]
        if line.question:
            actions += self._ask(line, at)
        return actions + self._go_on(at)

    def expire(self, at: float) -> list[Action]:
        """The time is `at`."""
        at = self._later(at)
        if not self._collector:
            return []
        return self._collected(self._collector.expire(at)) + self._go_on(at)

    def _go_on(self, at: float) -> list[Action]:
        """Come to the next line that is heard, or the end."""
        actions: list[Action] = []
        while self._open and not (self._over or self._playing or self._asking):
            if not self._lines:
                if self._ends:
                    self._over = True
                    actions.append(End())
                break
            line = self._lines.popleft()
            if self._typed and (line.barge_in is BargeIn.NEVER or not self._question_may_come(line)):
                self._typed.clear()
            if self._typed:
                actions.append(Skip(line))
                if line.question:
                    actions += self._ask(line, at)
            else:
                self._playing = line
                actions.append(Play(line))
        return actions

    def _question_may_come(self, line: Line) -> bool:
        return not self._ends or any(each.question for each in (line, *self._lines))

    def _ask(self, line: Line, at: float) -> list[Action]:
        """The prompt of a question is over: collect keys, those first that wait."""
        if line.question is None:
            return []
        self._asking = line
        self._collector = KeyCollector(line.question.keys or KeyRules())
        at = self._later(at)
        while self._typed:
            actions = self._collected(self._collector.key(self._typed.popleft(), at))
            if actions:
                return actions
        self._collector.prompt_ended(at)
        return []

    def _collected(self, result: KeysResult | None) -> list[Action]:
        line = self._asking
        if result is None or line is None:
            return []
        self._asking = self._collector = None
        if result.unused:
            self._typed.appendleft(result.unused)
        return [Answered(KeysCollected(effect_id=line.id, digits=result.digits, ended=result.ended))]

    def _later(self, at: float) -> float:
        """Times of packets and of timers meet here; for the collector they never fall."""
        self._now = max(self._now, at)
        return self._now
