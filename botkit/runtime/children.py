"""Performs `Each` and `Withdraw`: sessions of a flow with several people, begun together and ended together.

Their ids are made of the effect's, and all of them begin with the commit that confirms it: however often it
is carried out, each of them begins once.
"""

from __future__ import annotations

import asyncio
import logging

from botkit.model import codec
from botkit.model.effects import Child, Each, Withdraw
from botkit.model.inputs import ChildFinished, ChildOutcome, Withdrawn
from botkit.model.session import Channel, Session, SessionStart
from botkit.ports.clock import Clock
from botkit.ports.connector import Connector, ConnectorError
from botkit.ports.store import Commit, InboxRow, JournalRow, OutboxRow

from . import journal, people
from .places import session_key
from .results import child_row

log = logging.getLogger(__name__)

LOOKED_UP_AT_ONCE = 10
"""People."""
TRIES = 5
FIRST_PAUSE = 2.0
"""Seconds between two tries to look somebody up; doubled each time, so that it ends within a minute."""


class Children:
    """The sessions that flows begin with others."""

    def __init__(self, connector: Connector, clock: Clock) -> None:
        self._connector = connector
        self._clock = clock

    async def begin(self, row: OutboxRow, effect: Each) -> Commit:
        """All that can begin; of the others it is told why not."""
        few = asyncio.Semaphore(LOOKED_UP_AT_ONCE)

        async def start(number: int, child: Child) -> tuple[InboxRow, JournalRow | None]:
            async with few:
                return await self._start(row, effect, number, child)

        begun = await asyncio.gather(*(start(*child) for child in enumerate(effect.children)))
        return Commit(
            confirmed=(row.id,),
            inbox=[start for start, _ in begun],
            journal=[fault for _, fault in begun if fault is not None],
        )

    def withdraw(self, row: OutboxRow, effect: Withdraw) -> Commit:
        """Those that are over already take no notice. In its inbox each has its beginning before this."""
        payload, now = codec.dump(Withdrawn()), self._clock.now()
        names = [_name(effect.began, number) for number in range(effect.children)]
        told = [
            InboxRow(id=f"{name}:withdrawn", key=session_key(name), payload=payload, at=now) for name in names
        ]
        return Commit(confirmed=(row.id,), inbox=told)

    async def _start(
        self, row: OutboxRow, effect: Each, number: int, child: Child
    ) -> tuple[InboxRow, JournalRow | None]:
        try:
            session = await self._session(effect, number, child.to)
        except ConnectorError as error:
            why, now = error.paragraph(), self._clock.now()
            log.warning("%s is not asked: %s", child.to, why)
            finished = ChildFinished(
                effect_id=effect.id, number=number, outcome=ChildOutcome.FAILED, detail=why
            )
            fault = journal.failed(row.session_id, f"{effect.id}:{number}", why, now)
            return child_row(row.session_id, finished, now), fault
        start = codec.dump(SessionStart(session=session, inputs=child.inputs))
        key, now = session_key(session.id), self._clock.now()
        return InboxRow(id=session.id, key=key, payload=start, at=now), None

    async def _session(self, effect: Each, number: int, address: str) -> Session:
        """A session with whoever lives there; it has not begun. Raises `ConnectorError`."""
        pause = FIRST_PAUSE
        for last in (*[False] * (TRIES - 1), True):
            try:
                person = await people.find(self._connector, address)
                conversation = await self._connector.chat.conversation_for(person.id)
                break
            except ConnectorError as error:
                if error.lasting or last:
                    raise
            await self._clock.sleep(pause)
            pause *= 2
        return Session(
            id=_name(effect.id, number),
            channel=Channel.CHAT,
            flow=effect.flow,
            conversation_id=conversation.id,
            parent=effect.id,
            number=number,
            person=person,
        )


def _name(effect_id: str, number: int) -> str:
    return f"{effect_id}:child:{number}"
