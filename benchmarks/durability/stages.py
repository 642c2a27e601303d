"""A stage of conversation scripts whose bot dies at given writes, and starts again on what it left."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, cast

from msgspec.structs import replace

from botkit.model import codec
from botkit.model.conversations import Conversation
from botkit.model.effects import Http, Post, SendMessage, SendWebhook
from botkit.model.errors import WorldError
from botkit.model.events import CaughtUp, Event, FormSubmitted
from botkit.model.session import Channel, Session, Status
from botkit.ports.connector import Calls, Connector, EventSink
from botkit.ports.store import Commit, Store
from botkit.testing import FakeConnector
from botkit.testing.platform import Posted
from botkit.testing.scripts.stage import Stage

from .mortal import Death, Mortal
from .stores import OpenStore

QUIET_ROUNDS = 3
"""Of the event loop, in which the store has nothing to do."""
AWAY = timedelta(seconds=1)
"""From a bot's death to the moment when the next one has caught up."""
Point = tuple[int, bool]
"""A place to die at: the number of the write since the last start, and whether it still took effect."""


class MortalStage(Stage):
    """`Stage`, on a store that survives its bot.

    Platforms keep messages, and tell a form's submission once: one that a dying bot was told of is lost if it
    did not get into the store. Whoever submitted it does so again where the form is put up again.
    """

    def __init__(self, store: OpenStore, deaths: Iterable[Point], *arguments: Any, **named: Any) -> None:  # noqa: ANN401
        super().__init__(*arguments, **named)
        self.died = 0
        self.wanted: dict[str, str] = {}
        """What was committed to be written: effect -> text."""
        self.asked_for: set[str] = set()
        """Requests and webhooks that were committed to be sent, by their keys."""
        self.cut_off: dict[str, Session] = {}
        """Sessions of calls that were open when their process died, as they then were."""
        self._open_store = store
        self._deaths = deque(deaths)
        self.death = Death()
        self._store: Store | None = None
        self._bystanders: set[asyncio.Task[Any]] = set()
        self._warden: asyncio.Task[None] | None = None
        self._booting = False
        self._unheard: dict[str, FormSubmitted] = {}
        """Form -> its submission that a bot died of, which may be in the store all the same."""
        self.unheard = 0
        """Submissions that were lost, and made again."""
        self.clock.watch(lambda: self._booting or self.death.came.is_set() or self._at_work())

    async def __aenter__(self) -> MortalStage:
        self._bystanders = asyncio.all_tasks()
        self._warden = asyncio.create_task(self._watch())
        self._bystanders.add(self._warden)
        await self._boot()
        await self.clock.settle()
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._warden is not None
        self._warden.cancel()
        with suppress(asyncio.CancelledError):
            await self._warden
        await super().__aexit__(*error)

    async def _watch(self) -> None:
        """Whenever it has died, start it again."""
        while True:
            await self.death.came.wait()
            self.died += 1
            self._deaths.popleft()
            await self._bury()
            self.cut_off |= {
                each.id: each
                for each in self.sessions.values()
                if each.channel is Channel.CALL and each.status is Status.OPEN
            }
            await self._boot()
            self._stays(self._catch_up())

    async def _catch_up(self) -> None:
        now = self.clock.now()
        caught_up = CaughtUp(event_id=f"caught_up:{self.platform.number()}", at=now + AWAY, since=now)
        await self.platform.tell_bot(caught_up)

    def _stays(self, doing: Coroutine[Any, Any, None]) -> None:
        """The world's doing: it dies with no bot."""
        task = asyncio.create_task(doing)
        self._bystanders.add(task)
        task.add_done_callback(self._bystanders.discard)

    def _at_work(self) -> bool:
        return bool(getattr(self._store, "busy", False))

    async def _boot(self) -> None:
        self._booting = True
        fatal = self._deaths[0] if self._deaths else None
        self.death = death = Death(*fatal[:1], after=fatal[1]) if fatal else Death()
        self._store = self._open_store(self._committed)
        self._bot.store = cast("Store", Mortal(self._store, death))
        connector = _Listening(self._connector(), death)
        self._bot.connector = cast("Connector", connector)
        starting = asyncio.create_task(self._bot.start())
        dying = asyncio.create_task(death.came.wait())
        await asyncio.wait((starting, dying), return_when=asyncio.FIRST_COMPLETED)
        dying.cancel()
        if not death.came.is_set():
            await starting
        self._booting = False

    def _connector(self) -> FakeConnector:
        return FakeConnector(self.platform)

    async def _bury(self) -> None:
        """No task of it gets another word in; what it held in memory is gone."""
        self.platform.connect(None)
        self.audio.legs.clear()
        await self._written()
        for event in [each for each in self.platform.undelivered if isinstance(each, FormSubmitted)]:
            self.platform.undelivered.remove(event)
            self._unheard[event.form_id] = event
        if self._store is not None:
            await self._store.close()  # it may have tasks of its own
        # A task that is cancelled may begin others.
        while own := asyncio.all_tasks() - self._bystanders - {asyncio.current_task()}:
            for task in own:
                task.cancel()
            await asyncio.sleep(0)

    async def _written(self) -> None:
        """What other tasks had given to the store takes effect before the fatal write, and is told."""
        rounds = 0
        while rounds < QUIET_ROUNDS:
            await asyncio.sleep(0)
            rounds = 0 if self._at_work() else rounds + 1

    def _posted(self, posted: Posted, conversation: Conversation) -> None:
        super()._posted(posted, conversation)
        lost = self._unheard.pop(posted.form.id, None) if posted.form is not None else None
        if lost is not None:
            self.unheard += 1
            again = replace(
                lost, event_id=f"{lost.event_id}:again", at=self.clock.now(), item_id=posted.item.id
            )
            self._stays(self.platform.tell_bot(again))

    def _committed(self, turn: Commit) -> None:
        super()._committed(turn)
        for row in turn.outbox:
            effect = codec.load(row.payload)
            if isinstance(effect, SendMessage):
                self.wanted[effect.origin or row.id] = effect.message.text
            elif isinstance(effect, Post):
                self.wanted[effect.id] = effect.text  # which becomes a message of this origin
            elif isinstance(effect, Http | SendWebhook):
                self.asked_for.add(effect.id)


class ForgetfulStage(MortalStage):
    """With the control's fault: no bot looks after callers that the one before has left."""

    def _connector(self) -> FakeConnector:
        connector = super()._connector()
        connector.calls = cast("Calls", _ForgetfulCalls(connector.calls))
        return connector


class _ForgetfulCalls:
    def __init__(self, inner: Calls) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._inner, name)

    async def hang_up_lost(self) -> None:
        pass


class _Listening(Mortal):
    """A connector whose bot, once dead, takes no event: the platform keeps it."""

    def __init__(self, inner: FakeConnector, death: Death) -> None:
        super().__init__(inner, death, "chat", "calls")

    async def start(self, sink: EventSink, since: datetime | None = None) -> None:
        async def listen(event: Event) -> None:
            taken = asyncio.ensure_future(sink(event))
            dead = asyncio.ensure_future(self._death.came.wait())
            await asyncio.wait((taken, dead), return_when=asyncio.FIRST_COMPLETED)
            dead.cancel()
            if self._death.came.is_set():
                raise WorldError("Nobody listens any more.")
            await taken

        await self._inner.start(listen, since)
