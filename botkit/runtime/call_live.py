"""One live call: joins a session, a leg and the platform's signalling until all three are over.

It lives as long as its leg, in this process alone. What reaches it, reaches it on the event loop, in
any order: the caller may be gone while the bot is still picking up. `end` is the one way out.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine

from msgspec.structs import replace

from botkit.model.calls import CallCause, DeclineCause
from botkit.model.effects import (
    Answer,
    Ask,
    Decline,
    Effect,
    Enqueue,
    Hangup,
    Hush,
    LeaveQueue,
    Play,
    Record,
    RecordCall,
    Say,
    SendDigits,
    Transfer,
)
from botkit.model.inputs import CallOutcome, HungUp, Recorded, RecordEnded, SpeechHeard
from botkit.model.session import Status, Turn
from botkit.ports import metrics
from botkit.ports.audio import (
    DigitPressed,
    HoldChanged,
    LegClosed,
    LegConnected,
    LegEvent,
    OfferRefused,
    PromptFinished,
    PromptStarted,
)
from botkit.ports.connector import ConnectorError
from botkit.ports.store import Commit, JournalRow, StoreError

from . import journal
from .alarm import Alarm
from .call_actions import Action, Answered, Begin, Cut, End, Keep, Line, Skip
from .call_connection import Connection
from .call_ears import CallEars
from .call_equipment import CallEquipment
from .call_inputs import CallInputs
from .call_results import kept, transferred
from .call_script import CallScript
from .call_sound import CallSound
from .call_tape import CallTape
from .call_tasks import CallTasks
from .call_transcript import Transcript
from .dialling import DialledConnection
from .turn import TurnFailed

log = logging.getLogger(__name__)

TAIL = 0.3
"""Seconds between the last packet and hanging up: the far end still has that much in its buffer."""
CONNECT_WITHIN = 20.0
"""Seconds from the answer until media must flow."""


class LiveCall:
    """Rings, is answered, says and asks, is over."""

    def __init__(self, connection: Connection, session_id: str, equipment: CallEquipment) -> None:
        """The session that talks here is, or will be, `session_id`."""
        self.id = connection.id
        self.session_id = session_id
        self._connection = connection
        self._equipment = equipment
        self._clock = equipment.clock
        self._script = CallScript()
        self._transcript = Transcript(self.id, equipment)
        self._sound = CallSound(session_id, equipment, write=self._write, begun=self._transcript.prompt_began)
        self._ears = CallEars(self.id, equipment, self, self._spawn)
        self._inputs = CallInputs()
        self._tape = CallTape(session_id, equipment, write=self._write, tell=self._inputs)
        self._tasks = CallTasks(self.id, session_id)
        self._alarm = Alarm(self._clock, self._expire, self._spawn)
        self._picking_up: asyncio.Task[None] | None = None
        self._watchdog: asyncio.Task[None] | None = None
        self._transfer: asyncio.Task[None] | None = None
        self._freeing: asyncio.Task[None] | None = None
        self._connected = False
        self._hidden: frozenset[str] = frozenset()
        """What was told in secret."""
        self.dialled = isinstance(connection, DialledConnection)
        """The bot made the call."""
        self.answered_at: float | None = None
        """When it was picked up, monotonic; None = it was not."""
        self.cause: CallCause | None = None
        """Why it is over; None while it lives."""

    async def converse(self) -> None:
        """Give the session what comes from the call, in order, up to its end; then close everything."""
        over = False
        try:
            while not (over and self._inputs.empty):
                given = await self._inputs.next()
                over = over or isinstance(given, HungUp)
                try:
                    await self._equipment.turns.give(self.session_id, given)
                except (StoreError, TurnFailed) as error:
                    log.error("the call %s cannot go on: %s", self.id, error)
                    self.broken()
                if over:
                    self._free()
        finally:
            await self._close()

    def perform(self, turn: Turn) -> None:
        """Carry out what a turn of the call's session wants."""
        self._hidden = self._tape.hidden = turn.hidden
        if self.cause is not None:
            for effect in turn.effects:
                if isinstance(effect, Record):  # the flow waits for it, hung up or not
                    self._inputs.tell(Recorded(effect_id=effect.id, ended=RecordEnded.HANGUP))
                elif isinstance(effect, RecordCall):
                    self._tape.expect(effect)
            self._tape.end()
            return
        self._transcript.person_id = turn.session.person.id
        for effect in turn.effects:
            self._perform(effect)
        if turn.session.status is Status.ENDED:
            self._do(self._script.end(self._clock.monotonic()))
            if self._picking_up is None and not any(isinstance(effect, Decline) for effect in turn.effects):
                self._spawn(self.hang_up())

    def pick_up(self) -> None:
        """Let them hear us: answer a call that rings, or begin with whoever has answered ours."""
        if self._picking_up is None:
            self._picking_up = self._spawn(self._pick_up())

    def candidate(self, line: str, mid: str, index: int) -> None:
        """One of the far end's ICE candidates."""
        if self.cause is None:
            self._spawn(self._connection.candidate(line, mid, index))

    def change(self, change_id: str, offer: str) -> None:
        """The far end offers something else."""
        if self.cause is None:
            self._spawn(self._connection.change(change_id, offer))

    def end(self, cause: CallCause) -> None:
        """The call is over. Only the first cause counts."""
        if self.cause is not None:
            return
        self.cause = cause
        self._equipment.queues.hung_up(self.session_id)
        self._do(self._script.close())
        self._tape.end()
        self._inputs.tell(HungUp(cause=cause))

    async def hang_up(self, cause: CallCause = CallCause.ENDED) -> None:
        """End it from our side; one that still rings is declined."""
        if self.cause is not None:
            return
        self.end(cause)
        await self._connection.hang_up(cause)

    def speech_began(self, at: float) -> None:
        """The ears tell."""
        self._do(self._script.speech(at))

    def speech_ended(self, question: Ask, heard: SpeechHeard, seconds: float) -> None:
        """The ears tell."""
        actions = self._script.heard(heard, self._clock.monotonic())
        if actions:
            secret = question.question.secret
            row = journal.heard(self.session_id, heard, seconds, secret=secret, at=self._clock.now())
            self._write(row)
            self._equipment.ledger.telemetry.count(metrics.SPEECH, heard.ended)
            self._do(actions)

    def sound_passed(self, question: Ask) -> bool:
        """The ears tell."""
        passed = self._script.overheard(question.id)
        self._alarm.set(self._script.deadline)
        return passed

    def recording_ended(self, line_id: str, ended: RecordEnded, at: float) -> None:
        """The ears tell."""
        self._do(self._script.recorded(line_id, ended, at))

    def broken(self) -> None:
        """It cannot go on."""
        self._spawn(self.hang_up(CallCause.FAILED))

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Answer():
                self.pick_up()
            case Decline(cause=cause):
                self._declined(cause)
            case Ask(question=question) if question.speech and not self._ears.hear(question):
                self._take_turn(replace(effect, question=replace(question, speech=None)))
            case Say() | Ask() | Play() | SendDigits() | Record() | Transfer():
                self._take_turn(effect)
            case RecordCall():
                self._tape.expect(effect)
                self._do(self._script.add(effect, self._clock.monotonic()))
            case Hush():
                self._do(self._script.hush(self._clock.monotonic()))
            case Enqueue():
                self._equipment.queues.enter(self.session_id, effect, self._inputs.tell)
            case LeaveQueue():
                self._equipment.queues.leave(self.session_id)
            case Hangup():
                self._do(self._script.end(self._clock.monotonic()))
            case _:
                pass  # the outbox carries it out

    def _take_turn(self, line: Line) -> None:
        self._sound.expect(line)
        self._do(self._script.add(line, self._clock.monotonic()))

    async def _pick_up(self) -> None:
        try:
            leg = await self._connection.make_leg(self._heard)
        except OfferRefused as error:
            await self._fail(error.paragraph())
            return
        except Exception as error:
            log.exception("the call %s cannot be answered", self.id)
            await self._fail(repr(error))
            return
        self._sound.connect(leg)
        self._ears.connect(leg)
        self._tape.connect(leg)
        first = self._script.first
        if first is not None:
            # Whoever picks up speaks: the sound is there before the line is open.
            await self._sound.ready(first)
        if self.cause is not None:
            return
        self._connection.answered = True
        self.answered_at = self._clock.monotonic()
        if not self._connected:
            self._watchdog = asyncio.create_task(self._watch_connecting())
        self._do(self._script.open(self._clock.monotonic()))
        try:
            await self._connection.answer()
        except ConnectorError as error:
            await self._fail(str(error))

    async def _watch_connecting(self) -> None:
        await self._clock.sleep(CONNECT_WITHIN)
        # In a task of its own: this one is cancelled with the end that it brings about.
        self._spawn(self._fail(f"no media came within {CONNECT_WITHIN:g} s"))

    def _declined(self, cause: DeclineCause) -> None:
        """The outbox tells the caller."""
        if not self._connection.answered:
            self.end(CallCause.BUSY if cause is DeclineCause.BUSY else CallCause.DECLINED)

    async def _fail(self, reason: str) -> None:
        log.error("the call %s failed: %s", self.id, reason)
        self._write(journal.failed(self.session_id, self.id, reason, self._clock.now()))
        await self.hang_up(CallCause.FAILED)

    async def _leave(self) -> None:
        if self._connection.answered:
            await self._clock.sleep(TAIL)
        await self.hang_up()

    def _heard(self, event: LegEvent) -> None:
        try:
            self._take_in(event)
        except Exception:
            log.exception("the call %s cannot go on", self.id)
            self.broken()

    def _take_in(self, event: LegEvent) -> None:
        match event:
            case DigitPressed(digit=digit, at=at):
                self._do(self._script.key(digit, at))
            case PromptStarted():
                self._sound.started(event)
            case PromptFinished():
                self._sound.finished(event)
            case HoldChanged(held=held, at=at):
                self._ears.held = held
                self._script.hold(at, held=held)
                self._alarm.set(self._script.deadline)
            case LegConnected():
                self._connected = True
                if self._watchdog is not None:
                    self._watchdog.cancel()
            case LegClosed(cause=cause):
                self._spawn(self.hang_up(cause))
            case _:
                log.debug("a leg tells of %s", type(event).__name__)

    def _do(self, actions: list[Action]) -> None:
        for action in actions:
            self._tape.follow(action)
            match action:
                case Begin(Transfer() as transfer):
                    self._transfer = self._spawn(self._join(transfer))
                case Begin(line):
                    self._sound.play(line, self._over)
                case Cut(Transfer()):
                    if self._transfer is not None:
                        self._transfer.cancel()
                case Cut(line):
                    self._sound.cut(line)
                case Skip(line):
                    self._sound.skip(line)
                case Answered(question, answer):
                    self._transcript.answered(question, answer)
                    self._inputs.tell(answer)
                case Keep(record, ended, key):
                    sound = self._ears.recorded(record, ended)
                    keeping = kept(record, ended, key, sound, blobs=self._equipment.blobs)
                    self._inputs.tell_result(asyncio.create_task(keeping))
                case End():
                    self._spawn(self._leave())
                case _:
                    pass  # the tape's alone
        self._ears.attend(self._script.hears)
        self._alarm.set(self._script.deadline)

    def _over(self, line_id: str, at: float) -> None:
        self._tape.over(line_id, at)
        self._do(self._script.over(line_id, at))

    async def _join(self, transfer: Transfer) -> None:
        """Lines wait meanwhile."""
        assert self._connection.leg is not None, "nothing has its turn before there is a leg"
        taken = True
        try:
            finished = await transferred(transfer, self._connection.leg, by=self._equipment.transfer)
            taken = finished.outcome is CallOutcome.ANSWERED
        finally:
            self._equipment.queues.over(self.session_id, taken=taken)
        self._inputs.tell(finished)
        self._over(transfer.id, self._clock.monotonic())

    def _expire(self) -> None:
        self._do(self._script.expire(self._clock.monotonic()))

    def _write(self, row: JournalRow) -> None:
        self._spawn(self._commit(journal.without(row, self._hidden)))

    async def _commit(self, row: JournalRow) -> None:
        try:
            await self._equipment.ledger.commit(Commit(journal=(row,)))
        except StoreError as error:
            log.error("a line of the journal is lost: %s", error)

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        return self._tasks.begin(work, self._failed)

    def _failed(self, error: BaseException) -> None:
        log.error("the call %s cannot go on", self.id, exc_info=error)
        if self.cause is None:
            self.broken()

    def _free(self) -> None:
        """What carried it is needed no more, though its recording may still be on its way to a file."""
        if self._freeing is None:
            self._freeing = self._spawn(self._let_go())

    async def _let_go(self) -> None:
        self._alarm.cancel()
        if self._watchdog is not None:
            self._watchdog.cancel()
        if self._picking_up is not None:
            await asyncio.wait((self._picking_up,))
        self._ears.close()
        await self._connection.close()
        if (line := self._connection.line) is not None:
            self._write(journal.media(self.session_id, self.id, line, self._clock.now()))
        self._sound.close()

    async def _close(self) -> None:
        """Nothing of the call is left afterwards: no leg, no task, no line unwritten."""
        self._free()
        await self._tasks.all_over()
        self._equipment.queues.leave(self.session_id)
        await self._transcript.close()
        # What refers back to it, or has an error that does: else it stays until Python looks for circles.
        self._watchdog = self._picking_up = self._transfer = self._freeing = None
        del self._alarm, self._sound, self._ears, self._tape
