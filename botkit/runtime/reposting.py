"""Forms that stood open while the bot had no link.

A platform tells a submission once and keeps it nowhere, so after such a time nobody knows whether a form was
submitted. It is put up once more, the same form: whichever of the two is submitted counts, and one of them.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from itertools import chain

from msgspec.structs import replace

from botkit.model import codec
from botkit.model.effects import Ask
from botkit.model.events import CaughtUp, FormUnheard
from botkit.model.secret import MASK
from botkit.model.session import Session
from botkit.ports import metrics
from botkit.ports.clock import Clock
from botkit.ports.store import Commit, InboxRow, JournalRow, SessionRow, StaleSession
from botkit.ports.telemetry import Telemetry

from . import addressing, journal, places
from .ledger import Cause, Ledger
from .turn import Turns

log = logging.getLogger(__name__)


class Reposting:
    """Puts up again what may have been answered unheard, once a form."""

    def __init__(self, ledger: Ledger, turns: Turns, clock: Clock, telemetry: Telemetry) -> None:
        self._ledger = ledger
        self._turns = turns
        self._clock = clock
        self._telemetry = telemetry

    async def look(self, caught_up: CaughtUp) -> None:
        """Find the forms that stood open. What was answered in words meanwhile is in the inbox already, and
        comes first where it has the same key. Raises `StoreError`."""
        for row in await self._ledger.store.open_sessions(places.form("")):
            session = await self._turns.read(row)
            if session is None or not session.form_id:
                continue
            if _posted(await self._ledger.store.journal(session.id), session.form_id, caught_up.at):
                unheard = FormUnheard(
                    event_id=f"form:{session.form_id}:unheard",
                    at=caught_up.at,
                    form_id=session.form_id,
                    since=caught_up.since,
                )
                # With the key of its submissions: one that has come goes first.
                await self._ledger.receive(
                    InboxRow(
                        id=unheard.event_id,
                        key=places.form(session.form_id),
                        payload=codec.dump(unheard),
                        at=unheard.at,
                    )
                )

    async def again(self, row: InboxRow, unheard: FormUnheard) -> None:
        """Put up a form again, if it is open still. Raises `StoreError`."""
        cause = Cause(done=row.id)
        found = await self._ledger.sessions.find(places.form(unheard.form_id))
        session = await self._turns.read(found) if found else None
        if found is None or session is None:
            await self._ledger.settle(cause)
            return
        ask = _asked(await self._ledger.store.journal(session.id), session)
        if ask is None:
            log.error(
                "the form %s may have been submitted unheard, and cannot be put up again", session.form_id
            )
            await self._ledger.settle(cause)
            return
        try:
            await self._ledger.commit(self._commit(row, found, session, ask, unheard))
        except StaleSession:
            # Somebody answers just now: then there is nothing to put up.
            log.debug("the form %s is being answered", session.form_id)
            await self._ledger.settle(cause)
            return
        log.warning("the form %s is put up again: submissions may be lost", session.form_id)
        self._telemetry.count(metrics.FORMS_REPOSTED)

    def _commit(
        self, row: InboxRow, found: SessionRow, session: Session, ask: Ask, unheard: FormUnheard
    ) -> Commit:
        message = addressing.asking(session, ask.question)
        line = journal.reposted(session.id, ask.id, session.form_id, unheard.since, self._clock.now())
        return Commit(
            done=row.id,
            # The session is as it was, and has moved on all the same: not beside another turn.
            session=places.row_of(replace(session, revision=found.revision + 1)),
            journal=(line,),
            outbox=(addressing.sending(session.id, f"{ask.id}:again", message),),
        )


def _posted(lines: Sequence[JournalRow], form_id: str, before: datetime) -> bool:
    """The form stood on the platform already; one that waits in the outbox has not been missed."""
    return any(
        journal.form_posted(line) == form_id and line.at < before for line in lines if line.kind == "posted"
    )


def _asked(lines: Sequence[JournalRow], session: Session) -> Ask | None:
    """The question whose form is open, as the journal has it; None when it does not have all of it."""
    for line in reversed([each for each in lines if each.kind == "turn"]):
        try:
            effects = journal.turn_of(line).effects
        except (KeyError, TypeError, ValueError):
            continue
        for effect in effects:
            form = effect.question.form if isinstance(effect, Ask) else None
            if form is None or form.id != session.form_id or not isinstance(effect, Ask):
                continue
            written = chain(
                (effect.question.prompt, form.title), (f"{each.text}{each.value}" for each in form.controls)
            )
            return None if any(MASK in text for text in written) else effect
    return None
