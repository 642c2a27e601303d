"""The corridor put together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import timedelta
from functools import partial
from types import MappingProxyType

from botkit.flow.flowset import FlowSet
from botkit.flow.library import FlowLibrary
from botkit.hooks import Hooks
from botkit.model.effects import (
    ChangeConversationWebhook,
    Decline,
    DeferredMessage,
    Dial,
    Each,
    Effect,
    Http,
    Post,
    React,
    Run,
    SendMessage,
    SendWebhook,
    Transfer,
    Withdraw,
)
from botkit.model.events import (
    CallAnswered,
    CallCandidates,
    CallChangeOffered,
    CallEnded,
    CallOffered,
    CaughtUp,
    ConnectionChanged,
    Event,
    MessageReceived,
)
from botkit.model.inputs import RunFinished
from botkit.model.limits import Limits
from botkit.model.plural import counted
from botkit.model.secret import Secret
from botkit.model.session import Turn
from botkit.ports import metrics
from botkit.ports.audio import AudioPort, SoundFiles
from botkit.ports.blobs import Blobs
from botkit.ports.clock import Clock
from botkit.ports.connector import Connector
from botkit.ports.http import HttpClient
from botkit.ports.keeping import Keep
from botkit.ports.receivers import Receiver
from botkit.ports.speech import Recognizer, Synthesizer, VoiceActivity
from botkit.ports.store import Commit, InboxRow, OutboxRow, Store, StoreError
from botkit.ports.telemetry import NoTelemetry, Telemetry

from . import journal, places
from .admission import Admission
from .children import Children
from .condition import Condition
from .conversation_webhooks import ConversationWebhookChanges
from .deliveries import Deliveries
from .dispatch import Dispatch
from .handlers import StepHandlers
from .heard import Heard
from .http_requests import HttpRequests
from .inbox import Inbox
from .inviting import Inviting
from .keeping import Keeping
from .ledger import Ledger
from .lost_calls import LostCalls
from .observing import Perform, observed_effects
from .outbound import Outbound
from .outbox import Outbox
from .outside import watch_outside
from .places import session_key
from .poison import DEATHS
from .posting import Posting
from .reception import Reception
from .reposting import Reposting
from .results import result_row
from .schedules import Schedules
from .switchboard import Switchboard
from .timers import Timers
from .turn import Turns
from .versions import FlowChange, VersionLoader, Versions

log = logging.getLogger(__name__)

SCHEDULES = "schedules"
"""The loop that begins flows at moments."""
DIAL_LATER = timedelta(minutes=1)
"""For how long a call rests that a bot which is about to end does not make."""
DRAIN_SECONDS = 5.0
"""How long a stop waits for effects in flight."""


class Runtime:
    """One bot at work. It opens and closes nothing but its own tasks and the connector's logon."""

    def __init__(
        self,
        *,
        connector: Connector,
        store: Store,
        flows: FlowSet,
        load_version: VersionLoader,
        hooks: Hooks,
        clock: Clock,
        http: HttpClient,
        secrets: Mapping[str, Secret],
        audio: AudioPort | None = None,
        voice: Synthesizer | None = None,
        recognizer: Recognizer | None = None,
        voice_activity: Callable[[], VoiceActivity] | None = None,
        sounds: SoundFiles | None = None,
        blobs: Blobs | None = None,
        language: str = "en-US",
        limits: Limits | None = None,
        telemetry: Telemetry | None = None,
        receivers: Mapping[str, Receiver] = MappingProxyType({}),
        keep: Keep | None = None,
    ) -> None:
        """`store` is open; `secrets` are those that flows name, `receivers` who gets the webhooks that are
        sent. Without `audio` or `voice` calls are declined; without `recognizer` or `voice_activity` they are
        answered by keys alone. `language` is BCP 47. `load_version` makes older flows again, which sessions
        of the store began with. `telemetry` is told how it goes. `keep` is how
        long what is over is kept, None = for ever."""
        self._connector = connector
        self._hooks = hooks
        self._clock = clock
        self._telemetry = telemetry = telemetry or NoTelemetry()
        self._ledger = Ledger(store, telemetry, clock)
        self.condition = Condition(self._ledger, clock)
        self._library = FlowLibrary(flows)
        self._versions = Versions(store, self._library, load_version)
        self._turns = Turns(self._ledger, self._library, clock, self._committed)
        self._switchboard = Switchboard(
            signalling=connector.calls,
            audio=audio,
            voice=voice,
            recognizer=recognizer,
            voice_activity=voice_activity,
            sounds=sounds,
            blobs=blobs,
            hooks=hooks,
            language=language,
            clock=clock,
            ledger=self._ledger,
            turns=self._turns,
            most=(limits or Limits()).calls,
        )
        self._lost_calls = LostCalls(
            ledger=self._ledger, turns=self._turns, signalling=connector.calls, clock=clock
        )
        self._heard = Heard(self._ledger, connector, clock)
        self._reposting = Reposting(self._ledger, self._turns, clock, telemetry)
        dispatch = Dispatch(
            ledger=self._ledger,
            turns=self._turns,
            hooks=hooks,
            library=self._library,
            connector=connector,
            switchboard=self._switchboard,
            blobs=blobs,
            admission=Admission(limits or Limits(), self._ledger, clock, language),
            receivers=receivers,
            reposting=self._reposting,
        )
        self._inbox = Inbox(self._ledger, clock, dispatch)
        self._reception = Reception(self._ledger, self._inbox, hooks)
        perform: Perform = self._perform
        if telemetry.on:
            hooks.on_fault(partial(telemetry.count, metrics.HANDLER_FAULTS))
            perform = observed_effects(perform, telemetry=telemetry, clock=clock)
        self._outbox = Outbox(self._ledger, clock, perform)
        self._timers = Timers(self._ledger, clock)
        self._schedules = Schedules(self._ledger, self._library, clock)
        self._keeping = Keeping(keep=keep or Keep(), ledger=self._ledger, blobs=blobs, clock=clock)
        self._posting = Posting(self._ledger, connector, blobs, clock)
        self._inviting = Inviting(self._ledger, connector.chat, clock)
        self._outbound = Outbound(
            ledger=self._ledger, connector=connector, switchboard=self._switchboard, clock=clock
        )
        self._children = Children(connector, clock)
        self._handlers = StepHandlers(hooks.step_handlers, secrets, clock)
        self._requests = HttpRequests(http, secrets, clock)
        self._deliveries = Deliveries(self._ledger, http, receivers, clock)
        self._webhook_changes = ConversationWebhookChanges(connector, clock)
        self._loops: list[asyncio.Task[None]] = []
        self._notices: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def start(self) -> None:
        """Log on, then take up what was left: events, effects, deadlines, calls that died with the last
        process. Raises `ConnectorError` when the logon is refused, `StoreError`; then nothing runs."""
        # Before anything is written: it may go by the newest line of the journal.
        away_since = await self._heard.since()
        await self._versions.take_up()
        lost = await self._lost_calls.tell()
        await self._reception.begin()
        await self._connector.start(self._sink, away_since)
        await self._reception.begun()
        await self._heard.note(now=True)  # on the first day nothing may be heard before the process dies
        self._notice(self._lost_calls.hang_up(lost))
        await self._hooks.dispatch("bot_started")
        loops = {
            "inbox": self._inbox.run(),
            "outbox": self._outbox.run(),
            "timers": self._timers.run(),
            SCHEDULES: self._schedules.run(),
            "keeping": self._keeping.run(),
            "outside": watch_outside(self._ledger, self._clock),
        }
        for name, run in loops.items():
            loop = asyncio.create_task(run, name=name)
            loop.add_done_callback(self._loop_is_over)
            self._loops.append(loop)
        self.condition.started()

    async def change_flows(self, flows: FlowSet) -> Sequence[FlowChange]:
        """Let sessions begin with `flows` from now on; those that are open go on as each flow's `on_change`
        says. An input that is being dealt with is dealt with by the flows it came to. Raises `StoreError`;
        then all stays as it was."""
        changes = await self._versions.replace(flows)
        self._schedules.changed()
        return changes

    async def drain(self, seconds: float) -> None:
        """Take and make no more calls, begin nothing by a schedule, and wait for the calls that talk, for so
        long. All else goes on; `stop` comes next."""
        self.condition.drains()
        for loop in self._loops:
            if loop.get_name() == SCHEDULES:
                loop.cancel()
        await asyncio.gather(self._switchboard.drain(seconds), self._tell_what_is_left(seconds))
        calls = len(self._switchboard)
        left = counted(calls, "call is hung up", "calls are hung up") if calls else "no call is left"
        log.info("drained: %s", left)

    async def _tell_what_is_left(self, seconds: float) -> None:
        calls = len(self._switchboard)
        try:
            counts = await self._ledger.store.counts()
            waiting = counted(counts.inbox, "event waits", "events wait")
            rows = f"{waiting}, {counted(counts.outbox, 'effect is not done', 'effects are not done')}"
        except StoreError as error:
            rows = f"the store does not tell what waits: {error}"
        talking = counted(calls, "call talks or rings", "calls talk or ring")
        log.info("draining, for %g s at most: %s, %s", seconds, talking, rows)

    async def sample(self) -> None:
        """Tell how much there is at the moment. Raises `StoreError`."""
        await self.condition.sample(len(self._switchboard))

    async def receive(self, event: Event) -> bool:
        """Keep an event that comes by another way than the connector, from before `start` on; False when its
        id was seen before. Raises `StoreError`."""
        return await self._reception.receive(event)

    async def stop(self) -> None:
        """Finish the turns under way, end calls, finish the effects under way, log off. Events that come
        meanwhile are kept for the next start."""
        self._stopping = True
        self.condition.drains()
        await self._hooks.dispatch("bot_stopping")
        # Nothing more is taken up before the calls are ended: one that comes now would hold up the stop.
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        self._loops.clear()
        await self._inbox.drain()
        await self._switchboard.close()
        await self._outbox.drain(DRAIN_SECONDS)
        await self._connector.close()
        await self._heard.note(now=True)
        await asyncio.gather(*self._notices, return_exceptions=True)

    async def _sink(self, event: Event) -> None:
        """Where the connector delivers. Back once the event is safe."""
        match event:
            case MessageReceived():
                await self._heard.note()  # should the process die of it before it is kept, it is told again
                await self._reception.receive(event)
            case ConnectionChanged(state=state):
                self.condition.connected(state)
                self._notice(self._hooks.dispatch("connection_changed", connection=event))
            case CaughtUp():
                self._reception.caught_up()
                await self._caught_up(event)
            case CallCandidates():
                self._switchboard.candidates(event)
            case CallChangeOffered():
                self._switchboard.changes(event)
            case CallAnswered():
                self._switchboard.answered(event)
            case CallOffered():
                # Its candidates may overtake the store.
                rings = not self._stopping and self._switchboard.ring(event)
                new = await self._reception.receive(event)
                if rings and not new:
                    self._switchboard.forget(event.call.id)
            case CallEnded():
                self._switchboard.ended(event)
                await self._reception.receive(event)
            case _:
                await self._reception.receive(event)
        await self._heard.note()

    def _committed(self, turn: Turn) -> None:
        self._switchboard.committed(turn)

    async def _perform(self, row: OutboxRow, effect: Effect) -> Commit:
        match effect:
            case SendMessage():
                return await self._posting.send(row, effect)
            case Post():
                return await self._posting.address(row, effect)
            case React():
                return await self._posting.react(row, effect)
            case Run():
                finished = await self._run(row, effect)
                result = result_row(row.session_id, effect.id, finished, self._clock.now())
                return Commit(confirmed=(row.id,), inbox=(result,))
            case Http():
                return await self._requests.perform(row, effect)
            case SendWebhook():
                return await self._deliveries.perform(row, effect)
            case ChangeConversationWebhook():
                return await self._webhook_changes.perform(row, effect)
            case Decline(cause=cause):
                await self._switchboard.decline(row.key.removeprefix(places.CALLS), cause)
                return Commit(confirmed=(row.id,))
            case Dial() if self.condition.draining:
                return Commit(postponed={row.id: self._clock.now() + DIAL_LATER})
            case Dial():
                return await self._outbound.dial(row, effect)
            case Each():
                return await self._children.begin(row, effect)
            case Withdraw():
                return self._children.withdraw(row, effect)
            case Transfer():
                return await self._inviting.invite(row, effect)
            case DeferredMessage():
                # Behind the handler's result, which is the session's next input.
                again = InboxRow(
                    id=row.id, key=session_key(row.session_id), payload=row.payload, at=self._clock.now()
                )
                return Commit(confirmed=(row.id,), inbox=(again,))
            case _:
                raise TypeError(f"{type(effect).__name__} is nothing the outbox should hold")

    async def _caught_up(self, event: CaughtUp) -> None:
        if event.left_out:
            lines = [journal.left_out(event.since, what, event.at) for what in event.left_out]
            await self._ledger.commit(Commit(journal=lines))
            self._telemetry.count(metrics.LEFT_OUT, by=len(lines))
        await self._reposting.look(event)

    async def _run(self, row: OutboxRow, effect: Run) -> RunFinished:
        if row.tries >= DEATHS:
            log.error(
                "the step handler %s is not run again: %d processes ended in it", effect.handler, row.tries
            )
            return RunFinished(effect_id=effect.id, error=f"{row.tries} processes ended while it ran")
        await self._ledger.store.attempt(row.id, self._clock.now())
        return await self._handlers.run(effect)

    def _loop_is_over(self, loop: asyncio.Task[None]) -> None:
        if not loop.cancelled() and (error := loop.exception()) is not None:
            self.condition.died(loop.get_name())
            log.critical("a loop of the corridor died; restart the bot", exc_info=error)

    def _notice(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._notices.add(task)
        task.add_done_callback(self._notices.discard)
