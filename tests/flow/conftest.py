"""A dialogue with the engine, checked at every turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from textwrap import dedent

import pytest
from msgspec.structs import replace

from botkit.flow.engine import FlowSet, step
from botkit.flow.loader import load_flows
from botkit.model import codec
from botkit.model.calls import CallCause
from botkit.model.effects import Ask, Effect, Hangup, Post, Run, Say
from botkit.model.inputs import (
    Begin,
    CallFinished,
    CallOutcome,
    DeadlineReached,
    FormReceived,
    HttpFinished,
    HttpOutcome,
    HungUp,
    Input,
    KeysCollected,
    KeysEnded,
    Recorded,
    RecordEnded,
    RunFinished,
    SpeechEnded,
    SpeechHeard,
    TextReceived,
)
from botkit.model.questions import Question
from botkit.model.session import Channel, Person, Session, Status, Turn


class Talk:
    """One session; every turn is checked for what must always hold."""

    def __init__(self, flows: FlowSet, channel: Channel, flow: str = "", now: datetime | None = None) -> None:
        self.flows = flows
        self.now = now or datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        person = Person(id="u1", name="Ann Lee", email="ann@example.com")
        name = flow or next(iter(flows.flows))
        self.session = Session(id="s", channel=channel, flow=name, person=person, conversation_id="c1")
        self.turn = Turn(session=self.session)
        self.effects: list[Effect] = []

    def give(self, event: Input) -> Talk:
        before = self.session
        turn = step(self.flows, before, event, self.now)
        assert turn == step(self.flows, before, event, self.now), "not deterministic"
        session = turn.session
        assert session.revision == before.revision + 1
        assert codec.load(codec.dump(session)) == session
        for number, effect in enumerate(turn.effects):
            assert effect.id == f"{session.id}:{session.revision}:{number}"
            assert codec.load(codec.dump(effect)) == effect
        assert turn.why
        assert len(codec.dump(session)) <= 17_000
        if session.status is Status.ENDED:
            assert session.deadline is None
            assert not session.awaits_text
            assert not session.form_id
        elif session.channel is not Channel.CALL:
            assert session.deadline is not None
            assert session.deadline >= self.now
        self.turn, self.session, self.effects = turn, session, list(turn.effects)
        return self

    def begin(self, text: str = "") -> Talk:
        return self.give(Begin(text=text, item_id="i0" if text else ""))

    def says(self, text: str) -> Talk:
        return self.give(TextReceived(text=text, item_id=f"i{self.session.revision}"))

    def submits(self, **values: str) -> Talk:
        return self.give(FormReceived(form_id=self.session.form_id, values=values))

    def presses(self, digits: str, ended: KeysEnded = KeysEnded.DIGITS) -> Talk:
        return self.give(KeysCollected(effect_id=self.asked_id, digits=digits, ended=ended))

    def speaks(self, text: str, confidence: float | None = None) -> Talk:
        return self.give(SpeechHeard(effect_id=self.asked_id, text=text, confidence=confidence))

    def mumbles(self, ended: SpeechEnded = SpeechEnded.NOTHING, detail: str = "") -> Talk:
        return self.give(SpeechHeard(effect_id=self.asked_id, ended=ended, detail=detail))

    def records(self, file: str = "", seconds: float = 0.0, ended: RecordEnded = RecordEnded.KEY) -> Talk:
        return self.give(Recorded(effect_id=self.asked_id, ended=ended, file=file, seconds=seconds))

    def reaches(
        self, outcome: CallOutcome = CallOutcome.ANSWERED, outputs: Mapping[str, object] | None = None
    ) -> Talk:
        return self.give(CallFinished(effect_id=self.asked_id, outcome=outcome, outputs=outputs or {}))

    def is_silent(self) -> Talk:
        return self.presses("", KeysEnded.NONE)

    def hangs_up(self) -> Talk:
        return self.give(HungUp(cause=CallCause.HANGUP))

    def returns(self, value: object = None, error: str = "", *, timed_out: bool = False) -> Talk:
        effect_id = str(self.session.state["wait"]["id"])  # type: ignore[index]
        return self.give(RunFinished(effect_id=effect_id, value=value, error=error, timed_out=timed_out))

    def is_answered(
        self, value: object = None, outcome: HttpOutcome = HttpOutcome.DONE, detail: str = ""
    ) -> Talk:
        finished = HttpFinished(effect_id=self.asked_id, outcome=outcome, value=value, detail=detail)
        return self.give(finished)

    def waits(self) -> Talk:
        """Until the deadline."""
        assert self.session.deadline is not None
        self.now = self.session.deadline
        return self.give(DeadlineReached())

    def after(self, seconds: float) -> Talk:
        self.now += timedelta(seconds=seconds)
        return self

    @property
    def asked_id(self) -> str:
        return str(self.session.state["wait"]["id"])  # type: ignore[index]

    @property
    def question(self) -> Question:
        return next(effect.question for effect in reversed(self.effects) if isinstance(effect, Ask))

    @property
    def heard(self) -> list[str]:
        """What the last turn said and asked."""
        return [
            effect.text if isinstance(effect, Say) else effect.question.prompt
            for effect in self.effects
            if isinstance(effect, Say | Ask)
        ]

    @property
    def posts(self) -> list[tuple[str, str]]:
        return [(effect.to, effect.text) for effect in self.effects if isinstance(effect, Post)]

    @property
    def run(self) -> Run:
        return next(effect for effect in self.effects if isinstance(effect, Run))

    @property
    def ended(self) -> bool:
        return self.session.status is Status.ENDED

    @property
    def hung_up(self) -> bool:
        return bool(self.effects) and isinstance(self.effects[-1], Hangup)

    @property
    def why(self) -> list[str]:
        return [f"{reason.step} {reason.verb} {reason.branch}".strip() for reason in self.turn.why]

    def slot(self, name: str) -> object:
        scopes = self.session.state["scopes"]
        assert isinstance(scopes, list)
        return scopes[-1].get(name) if scopes else None

    def copy(self) -> Talk:
        other = Talk(self.flows, self.session.channel, self.session.flow, self.now)
        other.session = replace(self.session)
        return other


Loader = Callable[..., FlowSet]
Talker = Callable[..., Talk]


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Loader]:
    """Flows from texts, a file each."""
    numbers = count()

    def load(*texts: str, beside: Sequence[str] = (), **options: object) -> FlowSet:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        for name in beside:
            (folder / name).touch()
        for number, text in enumerate(texts):
            (folder / f"{number}.yaml").write_text(dedent(text), encoding="utf-8")
        return load_flows([folder], **options)  # type: ignore[arg-type]

    return load


@pytest.fixture
def chat(load: Loader) -> Talker:
    """A chat with the first flow of these texts, begun."""
    return lambda *texts, **options: Talk(load(*texts, **options), Channel.CHAT).begin()


@pytest.fixture
def call(load: Loader) -> Talker:
    """A call, likewise."""
    return lambda *texts, **options: Talk(load(*texts, **options), Channel.CALL).begin()


@pytest.fixture
def detached(load: Loader) -> Talker:
    """A session with nobody to talk to, likewise."""
    return lambda *texts, **options: Talk(load(*texts, **options), Channel.DETACHED).begin()


@pytest.fixture
def dialogue() -> type[Talk]:
    """For tests that begin by themselves."""
    return Talk
