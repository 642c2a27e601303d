"""A person's side of a call."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from botkit.model.calls import CallCause
from botkit.model.session import Channel, Session, Status
from botkit.testing.audio import KEYS, FakeLeg
from botkit.testing.call import PersonsCall, ReceivedCall
from botkit.testing.person import ScriptedPerson

from .answering import By, answer_for
from .ears import FRAME
from .stage import Stage
from .talk import Talk
from .transcript import Kind

PAUSE = 0.3
"""Seconds between two keys."""
REACTS_WITHIN = timedelta(seconds=120)
"""By then something has come of whatever a caller did."""


class Call(Talk):
    """Somebody talks with the bot on the phone.

    Without `at` a caller waits until the bot has finished speaking and listens. `at` is a number of seconds
    into the prompt that began last: into the very words, where it is still being said.
    """

    def __init__(self, stage: Stage, person: ScriptedPerson, call: PersonsCall, sdp: str) -> None:
        """`sdp` is what this side has told: its offer, or its answer."""
        super().__init__(stage, person)
        self._call = call
        self._sdp = sdp
        self._owed: tuple[int, float] | None = None
        """The session's revision at the last thing done, and until when something has to come of it."""
        self._spoke = False
        """That was speech."""

    @classmethod
    async def begin(cls, stage: Stage, email: str, name: str = "") -> Call:
        """Call the bot; the flow under test begins, whatever it starts by."""
        person = stage.person(email, name)
        if stage.flows.start_for("call_incoming") != stage.flow:
            stage.begins(person)
        stage.did(person, "calls")
        sdp = f"v=0\r\ns=call of {email}, {stage.platform.number()}\r\n"
        call = await person.call(sdp)
        talk = cls(stage, person, call, sdp)
        talk._read = talk._followed = 0
        await stage.clock.settle()
        return talk

    @property
    def session(self) -> Session | None:
        return self.stage.last_session(self._fits)

    def waits(self) -> bool:
        if self._call.cause is not None:
            return True
        session = self.session
        return session is not None and self._listens(session) and not self._is_owed(session)

    async def answers(self, value: str, *, by: By | str | None = None, at: float | None = None) -> None:
        """Answer the open question with an option or a global by its name, yes or no, digits, or any words:
        by its key where it has one, else in words; `by` wants one of them."""
        if at is None:
            await self._ready(f"answers: {value}", None)
        session = self.session
        if session is None:
            raise self.stage.failed(f"answers: {value}", "nothing is asked")
        answer = answer_for(self.stage.flows, session, self.stage.asked.get(session.id), value)
        if by is not None and By(by) is By.KEYS and not answer.keys:
            raise self.stage.failed(f"answers: {value}, by keys", f"{value} has no key")
        if answer.keys and (by is None or By(by) is By.KEYS):
            await self.presses(answer.keys, at=at)
        else:
            await self.says(answer.spoken or answer.words, at=at)

    async def assents(self) -> None:
        """Say yes if the bot asks back whether it has understood."""
        await self.stage.until(lambda: self._has_heard() and self.waits(), self.waits)
        session = self.session
        wait = session.state.get("wait") if session is not None else None
        if self._call.cause is None and isinstance(wait, Mapping) and "doubt" in wait:
            await self.says("yes")

    async def presses(self, keys: str, *, at: float | None = None, pause: float = PAUSE) -> None:
        """Press keys, one every `pause` seconds. Raises `ValueError` for what is no key."""
        if not keys or not set(keys) <= set(KEYS):
            raise ValueError(f"{keys!r} are no keys")
        leg = await self._ready(f"presses {keys}", at)
        self._does(f"presses {keys}", at)
        for number, key in enumerate(keys):
            if number:
                await self.stage.passes(pause)
            leg.press(key)
        await self.stage.clock.settle()

    async def says(self, text: str, *, confidence: float | None = None, at: float | None = None) -> None:
        """Say this; it takes its time. `confidence` is that of the recogniser, 0 to 1."""
        await self._speak(text, f"says: {text}", confidence, at)

    async def mumbles(self, *, at: float | None = None) -> None:
        """Make sounds in which there are no words."""
        await self._speak("", "mumbles", None, at)

    async def hangs_up(self, *, at: float | None = None) -> None:
        """Hang up: now, or so many seconds into the prompt that began last."""
        if at is not None:
            await self._moment("hangs up", at)
        self._does("hangs up", at)
        await self._call.hang_up()
        await self.stage.clock.settle()

    async def _speak(self, text: str, what: str, confidence: float | None, at: float | None) -> None:
        leg = await self._ready(what, at)
        self._does(what, at, "" if leg.listened_to else "the bot does not listen")
        self._spoke = True
        frames = self.stage.ears.say(self._call.id, text, confidence)
        leg.hear(frames)
        await self.stage.passes(len(frames) * FRAME)

    async def _ready(self, what: str, at: float | None) -> FakeLeg:
        """When it is to be done. Something has to come of what was said last before anything else is done, it
        would be one with it; but more keys are for the same question."""

        if at is not None:
            await self._moment(what, at)
        elif not await self.stage.until(self._has_heard, self.waits):
            raise self.stage.failed(what, f"the bot does not listen, {self._where()}")
        leg = self._leg
        if leg is None or leg.closed or self._call.cause is not None:
            raise self.stage.failed(what, "the call is over" if self._call.cause else "nobody has picked up")
        return leg

    def _has_heard(self) -> bool:
        """The bot listens, and something has come of what was said last."""
        session = self.session
        if session is None or self._call.cause is not None or not self._listens(session):
            return False
        return not self._spoke or self._kind(session) == "record" or not self._is_owed(session)

    async def _moment(self, what: str, at: float) -> None:
        began = self._last_prompt()
        if began is None:
            await self.stage.until(lambda: self._last_prompt() is not None, self.waits)
            began = self._last_prompt()
        if began is None:
            raise self.stage.failed(f"{what} at {at:g} s", "the bot has said nothing yet")
        late = self.stage.seconds - began - at
        if late > 0.001:
            raise self.stage.failed(
                f"{what} at {at:g} s", f"that moment is over: it is {late + at:.1f} s since the prompt began"
            )
        await self.stage.passes(-late)

    def _last_prompt(self) -> float | None:
        said = (
            entry.at
            for entry in reversed(self.stage.transcript.entries)
            if entry.kind is Kind.SAID and entry.call == self._call.id
        )
        return next(said, None)

    def _does(self, what: str, at: float | None, detail: str = "") -> None:
        session = self.session
        if session is not None:
            until = self.stage.seconds + REACTS_WITHIN.total_seconds()
            self._owed = (session.revision, until)
        self._spoke = False
        self._acts(what + (f" ({at:g} s into it)" if at is not None else ""), detail)

    def _listens(self, session: Session) -> bool:
        """The bot has finished speaking, and a question or a recording is open."""
        leg = self._leg
        return leg is not None and leg.silent and self._kind(session) in ("ask", "record")

    def _kind(self, session: Session) -> str:
        wait = session.state.get("wait")
        return str(wait.get("kind", "")) if isinstance(wait, dict) else ""

    def _is_owed(self, session: Session) -> bool:
        """Something has still to come of what was done last: time that runs for it, a sound to understand."""
        if self._owed is None:
            return False
        revision, until = self._owed
        return session.revision == revision and self.stage.seconds < until

    def _is_over(self) -> bool:
        session = self.session
        return self._call.cause is not None and (session is None or session.status is Status.ENDED)

    @property
    def _leg(self) -> FakeLeg | None:
        legs = self.stage.audio.legs
        return next((leg for leg in legs if self._sdp in (leg.offer, leg.completed)), None)

    def _fits(self, session: Session) -> bool:
        return session.channel is Channel.CALL and session.call_id == self._call.id

    def _is_mine(self, session_id: str) -> bool:
        session = self.stage.sessions.get(session_id)
        return session is not None and self._fits(session)


async def picks_up(stage: Stage, email: str = "") -> Call:
    """Somebody (empty = whoever is called) takes the bot's call. Raises `ScriptFailed`."""
    person, call = await _rung(stage, email, "picks up")
    stage.did(person, "picks up")
    sdp = f"v=0\r\ns=answer of {person.user.email}, {stage.platform.number()}\r\n"
    talk = Call(stage, person, call, sdp)
    await call.pick_up(sdp)
    await stage.clock.settle()
    return talk


async def declines(stage: Stage, email: str = "", cause: CallCause = CallCause.DECLINED) -> None:
    """Somebody does not take the bot's call: `DECLINED`, `BUSY`, or `NO_ANSWER` (it rang too long)."""
    person, call = await _rung(stage, email, "declines")
    stage.did(person, "is busy" if cause is CallCause.BUSY else "does not answer the call")
    await call.decline(cause)
    await stage.clock.settle()


async def _rung(stage: Stage, email: str, what: str) -> tuple[ScriptedPerson, ReceivedCall]:
    who = email or "somebody"
    if not await stage.until(lambda: stage.ring_of(email) is not None, lambda: False):
        raise stage.failed(f"{who} {what}", "the bot calls nobody")
    ring = stage.ring_of(email)
    assert ring is not None
    return ring
