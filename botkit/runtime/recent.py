"""Sessions as they were last committed, so that a dialogue is not read back at each of its messages.

One process owns the database: what it committed last is the truth. What is not known here is read from the
store, and what may be wrong here is refused by it (`StaleSession`), which makes it unknown.
"""

from __future__ import annotations

from collections.abc import Sequence

from botkit.ports.store import SessionRow, Store

SESSIONS = 1000
"""Of 1 to 20 kB each. Not those that are open, which may be many, but those that are busy."""
PLACES = 4 * SESSIONS
"""A message is looked for in up to three places, and in most of them there is nobody."""

NOBODY = ""


class Recent:
    """`Store.session` and `Store.find`, from memory where possible. Whoever commits a session tells of it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rows: dict[str, SessionRow] = {}
        """Open ones by their ids, the one that was committed last at the end."""
        self._there: dict[str, str] = {}
        """Who is found in a place: the id of one of `_rows`, or `NOBODY`."""
        self._alone: set[str] = set()
        """Those of these places in which nobody else stands, so that nobody does once that one leaves."""
        self._asked: dict[str, object] = {}
        """Places that the store is being asked for, by several perhaps, until somebody may have come or gone
        meanwhile."""
        self._changes = 0
        """How often somebody may have come or gone."""

    async def session(self, session_id: str) -> SessionRow | None:
        """As it was last committed, ended or not."""
        return self._rows.get(session_id) or await self._store.session(session_id)

    async def find(self, place: str) -> SessionRow | None:
        """The open session in a place."""
        there = self._there.get(place)
        if there is not None:
            return self._rows[there] if there else None
        question = self._asked.setdefault(place, object())
        row = await self._store.find(place)
        if self._asked.get(place) is question:
            del self._asked[place]
            if row is not None:
                self._rows[row.id] = row
            self._there[place] = NOBODY if row is None else row.id
            self._trim()
        return row

    async def know(self, places: Sequence[str]) -> None:
        """Have these few at hand: `find`, asked at once, tells of all of them as of one moment. Asked one by
        one, the store would miss a session that goes from the second to the first meanwhile."""
        changes = None
        while changes != self._changes:
            changes = self._changes
            for place in places:
                if place not in self._there:
                    await self.find(place)

    def committed(self, row: SessionRow) -> None:
        """So the session stands now."""
        self._changes += 1
        before = self._rows.pop(row.id, None)
        places = row.places if row.open else ()
        if before is not None and before.places != places:
            self._leave(set(before.places).difference(places))
        for place in places:
            self._asked.pop(place, None)
            there = self._there.get(place)
            if there == NOBODY:
                self._there[place] = row.id
                self._alone.add(place)
            elif there is not None and there != row.id:
                self._drop(place)  # which of the two is found, the store knows
        if row.open:
            self._rows[row.id] = row
            self._trim()

    def refused(self, row: SessionRow) -> None:
        """So the session should stand now, and nobody knows whether it does."""
        self._changes += 1
        before = self._rows.pop(row.id, None)
        self._unknown({*row.places, *(before.places if before is not None else ())})

    def forget(self) -> None:
        """Somebody else may have written to the store."""
        self._changes += 1
        self._rows.clear()
        self._there.clear()
        self._alone.clear()
        self._asked.clear()

    def _leave(self, places: set[str]) -> None:
        """The one who was found in each of them stands there no more."""
        alone = places & self._alone
        self._unknown(places)
        self._there.update(dict.fromkeys(alone, NOBODY))

    def _unknown(self, places: set[str]) -> None:
        for place in places:
            self._asked.pop(place, None)
            self._drop(place)

    def _drop(self, place: str) -> None:
        self._there.pop(place, None)
        self._alone.discard(place)

    def _trim(self) -> None:
        while len(self._rows) > SESSIONS:
            oldest = next(iter(self._rows))
            for place in self._rows.pop(oldest).places:
                if self._there.get(place) == oldest:
                    self._drop(place)
        while len(self._there) > PLACES:
            self._drop(next(iter(self._there)))
