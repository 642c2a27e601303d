"""What is remembered of sessions is what the store would say."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botkit.ports.store import Commit, SessionRow, StaleSession
from botkit.runtime import recent
from botkit.runtime.ledger import Ledger
from botkit.store import SqliteStore
from tests.contract.store_rows import session_row

IDS = "abc"
PLACES = ("here", "there", "anywhere")

COMMITS = st.tuples(
    st.sampled_from(IDS), st.lists(st.sampled_from(PLACES), max_size=2, unique=True), st.booleans()
)
STEPS = st.lists(st.one_of(COMMITS, st.sampled_from(PLACES), st.just("stale")), max_size=40)


@pytest.mark.parametrize("few", [1, 2, 1000])
def test_whatever_happens_it_says_what_the_store_says(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "SESSIONS", few)
    monkeypatch.setattr(recent, "PLACES", few)

    @settings(max_examples=40, deadline=None)
    @given(STEPS)
    def check(steps: list[tuple[str, list[str], bool] | str]) -> None:
        asyncio.run(_live(steps))

    check()


async def _live(steps: list[tuple[str, list[str], bool] | str]) -> None:
    store = SqliteStore(":memory:")
    await store.open()
    ledger = Ledger(store)
    revisions = dict.fromkeys(IDS, 0)
    for step in steps:
        if step == "stale":
            with pytest.raises(StaleSession):
                await ledger.commit(Commit(session=session_row("a", revision=99, places=PLACES)))
        elif isinstance(step, str):
            await ledger.sessions.find(step)
        else:
            session_id, places, is_open = step
            revisions[session_id] += 1
            row = session_row(
                session_id,
                revision=revisions[session_id],
                is_open=is_open,
                places=tuple(places) if is_open else (),
            )
            await ledger.commit(Commit(session=row))
        for place in PLACES:
            assert await ledger.sessions.find(place) == await store.find(place)
        for session_id in IDS:
            assert await ledger.sessions.session(session_id) == await store.session(session_id)
    await store.close()


class SlowStore(SqliteStore):
    """Answers to `find` are held back, as those of a database far away."""

    def __init__(self) -> None:
        super().__init__(":memory:")
        self.asked = asyncio.Event()
        self.gate = asyncio.Event()

    async def find(self, place: str) -> SessionRow | None:
        found = await super().find(place)
        self.asked.set()
        await self.gate.wait()
        return found


class CountingStore(SqliteStore):
    """Tells what it was asked to find."""

    def __init__(self) -> None:
        super().__init__(":memory:")
        self.asked: list[str] = []

    async def find(self, place: str) -> SessionRow | None:
        self.asked.append(place)
        return await super().find(place)


async def test_an_answer_from_before_a_commit_is_not_remembered() -> None:
    store = SlowStore()
    await store.open()
    ledger = Ledger(store)
    asking = asyncio.create_task(ledger.sessions.find("here"))
    await store.asked.wait()
    row = session_row("a", revision=1, places=("here",))
    await ledger.commit(Commit(session=row))
    store.gate.set()
    assert await asking is None
    assert await ledger.sessions.find("here") == row
    await store.close()


async def test_what_a_cancelled_task_committed_is_asked_for() -> None:
    store = SqliteStore(":memory:")
    await store.open()
    ledger = Ledger(store)
    assert await ledger.sessions.find("here") is None
    row = session_row("a", revision=1, places=("here",))
    task = asyncio.create_task(ledger.commit(Commit(session=row)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await ledger.sessions.find("here") == row
    await store.close()


async def test_what_others_wrote_is_asked_for_once_that_is_known() -> None:
    store = SqliteStore(":memory:")
    await store.open()
    ledger = Ledger(store)
    assert await ledger.sessions.find("here") is None
    row = session_row("a", revision=1, places=("here",))
    await store.commit(Commit(session=row))
    ledger.sessions.forget()
    assert await ledger.sessions.find("here") == row
    await store.close()


async def test_where_the_only_one_has_left_nobody_is_asked_for() -> None:
    store = CountingStore()
    await store.open()
    ledger = Ledger(store)
    assert await ledger.sessions.find("here") is None
    for revision, is_open in ((1, True), (2, False)):
        row = session_row("a", revision=revision, is_open=is_open, places=("here",))
        await ledger.commit(Commit(session=row))
    assert await ledger.sessions.find("here") is None
    assert store.asked == ["here"]
    await store.close()


async def test_where_one_of_two_has_left_the_store_is_asked_for_the_other() -> None:
    store = CountingStore()
    await store.open()
    ledger = Ledger(store)
    assert await ledger.sessions.find("here") is None
    older = session_row("a", revision=1, places=("here",))
    for row in (older, session_row("b", revision=1, places=("here",))):
        await ledger.commit(Commit(session=row))
    await ledger.commit(Commit(session=session_row("b", revision=2, is_open=False)))
    assert await ledger.sessions.find("here") == older
    await store.close()


async def test_the_first_of_two_who_ask_at_once_knows_it_before_the_second_is_answered() -> None:
    class SecondHangs(SlowStore):
        times = 0

        async def find(self, place: str) -> SessionRow | None:
            self.times += 1
            return await (SlowStore.find(self, place) if self.times == 2 else SqliteStore.find(self, place))

    store = SecondHangs()
    await store.open()
    sessions = Ledger(store).sessions
    first = asyncio.create_task(sessions.know(["here"]))
    second = asyncio.create_task(sessions.know(["here"]))
    await first
    await sessions.find("here")
    assert store.times == 2
    store.gate.set()
    await second
    await store.close()
