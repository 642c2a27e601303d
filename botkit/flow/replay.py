"""A session that was written down runs again, on other flows: where would it go differently?

The engine gets the inputs that came in, at the times they came, and its turns are held against those of the
journal: the ways that were taken, and what was to be done. Results (of handlers, requests, calls) count as
they were then. Once a session has gone another way, what comes in may fit no more; it is given all the same.

Answers to secret questions were never written down. Answers of the tool's own stand in for them, which lead
where the session went; as soon as something depends on what such an answer says, there is nothing more to
tell, and the replay stops.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec.structs import replace

from botkit.model import codec
from botkit.model.effects import Ask, Effect
from botkit.model.inputs import (
    DeadlineReached,
    FormReceived,
    Input,
    KeysCollected,
    SpeechHeard,
    TextReceived,
)
from botkit.model.reasons import Reason
from botkit.model.secret import MASK
from botkit.model.session import Session, Status, Turn

from .engine import endings, step
from .flowset import FlowSet
from .library import VERB

late = timedelta(minutes=1)
"""By how much an input may come after the deadline: a bot that was away finds both at once."""

_stand_ins = (
    *(digit * count for count in range(1, 16) for digit in "12"),
    *("yes", "no", "abc", "xyz", "Ann", "Bob", "2030-03-31", "2031-04-30", "09:30", "10:45"),
    *("ann@example.com", "bob@example.com", "+4930901820", "+4930901821", "5m", "7m"),
)
"""Answers for secret questions, in the order in which they are tried."""

_ids = ("id", "began", "entered")
"""Fields of effects that hold ids of effects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One turn as the journal tells it."""

    at: datetime
    given: Input
    why: tuple[Reason, ...]
    effects: tuple[Effect, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One turn then and today."""

    number: int
    """From 1, as the journal counts them."""
    at: datetime
    given: Input
    """What came in, as it was written down."""
    then: tuple[Reason | Effect, ...]
    today: tuple[Reason | Effect, ...]
    same: bool
    note: str = ""
    """What has to be known of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What became of a session today."""

    rounds: tuple[Round, ...]
    stopped: str = ""
    """Why it was not led to its end; empty = it was."""

    @property
    def first(self) -> Round | None:
        """The first turn that went otherwise."""
        return next((each for each in self.rounds if not each.same), None)


def replay(flows: FlowSet, began: Session, turns: Sequence[Happened], *, hash_then: str = "") -> Replay:
    """`began` is the session before its first turn, `hash_then` that of the flow it ended with."""
    return _Replaying(flows, began, hash_then).run(turns)


def mark(part: Reason | Effect) -> str:
    """What of a decision or an effect is compared: not its ids and line, nor the place of a step that has no
    name of its own."""
    if isinstance(part, Reason):
        named = "" if part.step.rpartition(".")[2].isdigit() else part.step
        return json.dumps([part.flow, named, part.verb, part.branch, part.condition])
    name, fields = json.loads(codec.dump(part))
    for key in _ids:
        fields.pop(key, None)
    if isinstance(part, Ask) and part.question.form is not None:
        fields["question"]["form"].pop("id")
    return json.dumps([name, fields], sort_keys=True)


@dataclass(slots=True)
class _Replaying:
    flows: FlowSet
    session: Session
    hash_then: str
    twin: Session | None = None
    """The same, with other answers in the place of the secret ones."""
    unknown: set[str] = field(default_factory=set)
    """Slots that hold such answers."""
    ids: dict[str, str] = field(default_factory=dict)
    """Id of an effect then -> of the one that is in its place today."""
    kinds: dict[str, str] = field(default_factory=dict)
    """Id of an effect, then or today -> its class."""
    rounds: list[Round] = field(default_factory=list)

    def run(self, turns: Sequence[Happened]) -> Replay:
        for number, then in enumerate(turns, 1):
            if self._too_late(then):
                self._deadline(number)
            if self._over():
                return self._replay("today it is over by then")
            stopped = self._turn(number, then)
            if stopped:
                return self._replay(stopped)
        return self._replay("")

    def _over(self) -> bool:
        return self.session.status is Status.ENDED

    def _replay(self, stopped: str) -> Replay:
        return Replay(rounds=tuple(self.rounds), stopped=stopped)

    def _too_late(self, then: Happened) -> bool:
        """Today's time would have been up before this came in; of the same flow that cannot be said."""
        flow, deadline = self.flows.flows.get(self.session.flow), self.session.deadline
        known = flow is None or flow.hash == self.hash_then
        over = isinstance(then.given, (DeadlineReached, *endings))
        return not known and not over and deadline is not None and deadline + late < then.at

    def _deadline(self, number: int) -> None:
        """The turn that there was not then."""
        assert self.session.deadline is not None
        at = self.session.deadline
        turn = step(self.flows, self.session, DeadlineReached(), at)
        self._note(number, at, DeadlineReached(), (), turn, "today the time is up before the next input")
        self.session, self.twin = turn.session, None

    def _turn(self, number: int, then: Happened) -> str:
        """Take a turn; why there can be no other, if so."""
        given = self._translated(then.given)
        note = _changed_then(then)
        if _masked(given):
            answers = self._answers(given, then)
            if not answers:
                return "the answer is secret, and no answer that was tried leads where it went"
            given, other = answers[0], answers[-1]
            note = "the answer is secret: another one stands in for it"
            twin = step(self.flows, self.twin or self.session, other, then.at)
        else:
            twin = step(self.flows, self.twin or self.session, given, then.at)
        turn = step(self.flows, self.session, given, then.at)
        if self._depends(turn, twin):
            return "from here on it depends on an answer that is secret"
        if note.startswith("the answer is secret"):
            self.unknown |= _filled(self.session, turn.session)
            self.twin = twin.session
        elif self.twin is not None:
            self.twin = twin.session
        self._pair(then.effects, turn.effects)
        self._note(number, then.at, then.given, (*_ways(then.why), *then.effects), turn, note)
        self.session = turn.session
        return ""

    def _answers(self, given: Input, then: Happened) -> list[Input]:
        """Those that lead where the session went; if none does, those that at first take its way."""
        wanted = _marks((*_ways(then.why), *then.effects))
        first = _marks(_ways(then.why)[:1])
        exact: list[Input] = []
        near: list[Input] = []
        for answer in _guesses(given):
            turn = step(self.flows, self.session, answer, then.at)
            if _marks((*_ways(turn.why), *turn.effects)) == wanted:
                exact.append(answer)
            elif first and _marks(_ways(turn.why)[:1]) == first:
                near.append(answer)
        return exact or near

    def _depends(self, turn: Turn, twin: Turn) -> bool:
        """Whether what a secret answer says has decided something, or is told."""
        reads = {name.partition(".")[0] for reason in turn.why for name in reason.read}
        if reads & self.unknown:
            return True
        return _marks((*turn.why, *turn.effects)) != _marks((*twin.why, *twin.effects))

    def _note(
        self,
        number: int,
        at: datetime,
        given: Input,
        then: tuple[Reason | Effect, ...],
        turn: Turn,
        note: str,
    ) -> None:
        today: tuple[Reason | Effect, ...] = (*_ways(turn.why), *turn.effects)
        same = _marks(then) == _marks(today)
        self.rounds.append(
            Round(number=number, at=at, given=given, then=then, today=today, same=same, note=note)
        )

    def _pair(self, then: Sequence[Effect], today: Sequence[Effect]) -> None:
        """Effects of one class stand for one another in their order."""
        self.kinds |= {effect.id: type(effect).__name__ for effect in (*then, *today)}
        left = list(today)
        for effect in then:
            other = next((each for each in left if type(each) is type(effect)), None)
            if other is not None:
                left.remove(other)
                self.ids[effect.id] = other.id

    def _translated(self, given: Input) -> Input:
        """What came in, for the effects of today."""
        if isinstance(given, FormReceived):
            return replace(given, form_id=self._id_today(given.form_id))
        effect_id = getattr(given, "effect_id", None)
        if not isinstance(effect_id, str):
            return given
        return replace(given, effect_id=self._id_today(effect_id))

    def _id_today(self, then: str) -> str:
        """The effect of today that one of then stands for: what is waited for, if it is of the same kind."""
        waited = self.session.state.get("wait")
        awaited = str(waited.get("id", "")) if isinstance(waited, Mapping) else ""
        found = self.ids.get(then, then)
        same_kind = self.kinds.get(then) == self.kinds.get(awaited)
        return awaited if found != awaited and awaited and same_kind else found


def _marks(parts: Sequence[Reason | Effect]) -> list[str]:
    return [mark(part) for part in parts]


def _ways(why: Sequence[Reason]) -> tuple[Reason, ...]:
    """The decisions: what a step without a choice does is in its effects."""
    return tuple(each for each in why if (each.branch or each.condition) and each.verb != VERB)


def _changed_then(then: Happened) -> str:
    changed = any(each.verb == VERB and each.branch != "pinned" for each in then.why)
    return "here the flow had changed, and the session had gone over to the new one" if changed else ""


def _masked(given: Input) -> bool:
    """Whether it is the answer to a secret question, of which nothing was written down."""
    match given:
        case TextReceived() | SpeechHeard():
            return given.text == MASK
        case KeysCollected():
            return given.digits == MASK
        case FormReceived(values=values):
            return bool(values) and set(values.values()) == {MASK}
        case _:
            return False


def _guesses(given: Input) -> Iterator[Input]:
    for text in _stand_ins:
        match given:
            case TextReceived() | SpeechHeard():
                yield replace(given, text=text)
            case KeysCollected() if text.isdigit():
                yield replace(given, digits=text)
            case FormReceived(values=values):
                yield replace(given, values=dict.fromkeys(values, text))


def _filled(before: Session, after: Session) -> set[str]:
    """The slots and results that a turn gave a value."""
    was, now = (session.state.get("scopes") or [] for session in (before, after))
    assert isinstance(was, list | tuple)
    assert isinstance(now, list | tuple)
    found: set[str] = set()
    for number, scope in enumerate(now):
        old = was[number] if number < len(was) else {}
        found |= {name for name, value in scope.items() if old.get(name) != value}
    return found
