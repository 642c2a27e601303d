"""A bot that is left alone lets go what is old, and nothing that is needed."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from msgspec.structs import replace

from botkit.ports.keeping import NOTE, START, Horizon, Keep, Position, Unfinished, named
from botkit.ports.store import Commit, DeadKind
from botkit.runtime.keeping import EVERY, JITTER
from tests.contract.store_rows import dead_letter, session_row
from tests.runtime.house import House
from tests.runtime.killing import Killer

DAY = timedelta(days=1)
FLOW = """\
flow: desk
start: [mention]
steps:
  - choose: Tea or coffee?
    options: {tea: {}, coffee: {}}
    into: drink
    timeout: 200d
  - end: "{{ drink }}."
"""
KEEP = Keep(sessions=30 * DAY, journal=30 * DAY, seen=30 * DAY, recordings=30 * DAY)


async def lived(house: House, days: float) -> None:
    await house.clock.advance(days * 86_400)


async def test_what_is_over_goes_and_what_is_open_stays(house: House) -> None:
    house.keep = KEEP
    house.flow(FLOW)
    await house.start()
    over = await house.chatted("tea")
    waiting = await house.chatted()
    await lived(house, 29)
    assert await house.store.session(over) is not None
    await lived(house, 3)
    assert await house.store.session(over) is None
    assert await house.store.journal(over) == []
    row = await house.store.session(waiting)
    assert row is not None
    assert row.open
    assert len(await house.store.journal(waiting)) > 1
    await house.stop()
    await house.start()
    assert await house.store.session(waiting) == row


async def test_a_clock_that_is_set_ahead_for_some_hours_costs_nothing(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.keep = KEEP
    house.flow(FLOW)
    await house.start()
    over, _ = await house.chatted("tea"), await house.chatted()
    await lived(house, 2.5)
    right = house.clock.now()
    house.clock.set(right + 90 * DAY)
    await lived(house, 0.9)
    assert "the clock went on by 90 days at once" in caplog.text
    house.clock.set(right + 0.9 * DAY)
    await lived(house, 10)
    assert await house.store.session(over) is not None
    house.clock.set(right + 90 * DAY)
    await lived(house, 3)
    assert await house.store.session(over) is None, "it stayed so: it is right"


async def test_a_machine_that_sleeps_for_days_prunes_all_the_same(house: House) -> None:
    house.keep = KEEP
    house.flow(FLOW)
    await house.start()
    over, _ = await house.chatted("tea"), await house.chatted()
    for _ in range(20):
        await lived(house, 0.9)
        house.clock.set(house.clock.now() + 3 * DAY)
    assert await house.store.session(over) is None


async def test_a_clock_that_was_ahead_at_the_start_holds_up_nothing(house: House) -> None:
    house.keep = KEEP
    house.flow(FLOW)
    right = house.clock.now()
    house.clock.set(right + 200 * DAY)
    await house.start()
    house.clock.set(right)
    await lived(house, 2)
    noted = Horizon.load(await house.store.note(NOTE))
    assert noted is not None
    assert noted.at < right + 2 * DAY


async def test_without_a_word_everything_stays(house: House) -> None:
    house.flow(FLOW)
    await house.start()
    over = await house.chatted("tea")
    await lived(house, 150)
    assert await house.store.session(over) is not None
    assert await house.store.note(NOTE) is None


async def test_recordings_go_unless_something_names_them(house: House) -> None:
    house.keep = KEEP
    house.flow(FLOW)
    await house.start()
    refs = {name: await house.blobs.put(f"{name}.wav", b"sound") for name in ("waited", "heard", "young")}
    letter = dead_letter("waits", DeadKind.EFFECT)
    letter = replace(letter, payload=b'["SendMessage",{"files":["%b"]}]' % refs["waited"].encode())
    await house.store.commit(Commit(dead=[letter]))
    for name in ("waited", "heard"):
        house.blobs.age(refs[name], house.clock.now() - 40 * DAY)
    await lived(house, 1)
    assert set(house.blobs.kept) == {refs["waited"], refs["young"]}
    await house.store.drop("waits")
    await lived(house, 2)
    assert set(house.blobs.kept) == {refs["young"]}


async def test_a_recording_that_is_handed_on_while_it_is_looked_for_stays(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.keep = KEEP
    house.flow(FLOW)
    await house.start()
    ref = await house.blobs.put("message.wav", b"sound")
    house.blobs.age(ref, house.clock.now() - 40 * DAY)
    await house.store.commit(
        Commit(dead=[replace(dead_letter("waits", DeadKind.EFFECT), payload=ref.encode())])
    )
    unfinished, seen = house.store.unfinished, set()

    async def moving(after: Position = START) -> Unfinished:
        found = await unfinished(after)
        seen.update(named(found.payloads, {ref}))
        if found.rest is not None and found.rest.phase == 3 and await house.store.drop("waits"):
            row = session_row("holder", is_open=True, state=b'"%b"' % ref.encode())
            await house.store.commit(Commit(session=row))
        return found

    monkeypatch.setattr(house.store, "unfinished", moving)
    await lived(house, 2)
    assert seen == {ref}
    assert set(house.blobs.kept) == {ref}


async def test_a_bot_that_is_started_anew_all_the_time_looks_once_a_day(house: House) -> None:
    house.keep = KEEP
    house.flow(FLOW)
    moments = set()
    for _ in range(20):
        await house.start()
        await house.clock.advance(3600 * 4.5)
        moments.add(await house.store.note(NOTE))
        await house.stop()
    noted = sorted(found.at for each in moments if (found := Horizon.load(each)) is not None)
    assert 3 <= len(noted) <= 5
    for earlier, later in pairwise(noted):
        assert EVERY <= later - earlier <= EVERY + 5 * JITTER


@pytest.mark.parametrize("call", [1, 2, 3, 4])
@pytest.mark.parametrize("after", [False, True])
async def test_a_bot_that_is_killed_in_the_middle_goes_on_with_the_next_one(
    house: House, call: int, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from botkit.store import pruning

    monkeypatch.setattr(pruning, "LINES", 1)
    house.keep = KEEP
    house.flow(FLOW)
    await house.start()
    over = await house.chatted("tea")
    waiting = await house.chatted()
    lines = await house.store.journal(waiting)
    await house.stop()
    await lived(house, 31)
    killer = Killer()
    await house.boot(killer)
    await house.clock.settle()
    killer.die_of("SqliteStore.prune", call, after=after)
    await house.clock.advance(2 * 3600)
    assert killer.dead.is_set()
    await house.kill()
    await house.start()
    assert await house.store.journal(waiting) == lines
    await lived(house, 2)
    assert await house.store.session(over) is None
    assert await house.store.journal(over) == []
    assert await house.store.journal(waiting) == lines
