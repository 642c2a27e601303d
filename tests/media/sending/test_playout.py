"""What a key of the far end does to what plays, slot by slot."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from botkit.media.codecs import PCMU
from botkit.media.rtp.dtmf import KeyPacket
from botkit.media.sending.payloads import PayloadCache
from botkit.media.sending.playout import MOST_KEYS, Playout
from botkit.model.pcm import Pcm
from botkit.ports.audio import LegEvent, PromptFinished

Voice = Callable[[float, int], Pcm]


@pytest.fixture
async def cache() -> AsyncIterator[PayloadCache]:
    with ThreadPoolExecutor(1) as encoder:
        yield PayloadCache(encoder, max_bytes=2**20)


async def playing(cache: PayloadCache, told: list[LegEvent], *prompts: tuple[str, Pcm, bool]) -> Playout:
    playout = Playout(PCMU, cache, told.append)
    for name, pcm, until_key in prompts:
        await cache.get(pcm, PCMU)
        playout.play(name, pcm, until_key=until_key)
    return playout


def finished(told: list[LegEvent]) -> list[tuple[str, float, bool]]:
    return [(e.prompt_id, round(e.played, 2), e.cut) for e in told if isinstance(e, PromptFinished)]


async def test_a_key_silences_the_next_slot(cache: PayloadCache, voice: Voice) -> None:
    told: list[LegEvent] = []
    playout = await playing(cache, told, ("one", voice(0.2, 1), True), ("two", voice(0.2, 2), True))
    assert playout.next(0.0) is not None
    playout.key()
    assert playout.next(0.02) is None
    assert finished(told) == [("one", 0.02, True), ("two", 0.0, True)]


async def test_what_was_not_begun_yet_is_silenced_as_well(cache: PayloadCache, voice: Voice) -> None:
    told: list[LegEvent] = []
    playout = await playing(cache, told, ("one", voice(0.2, 1), True))
    playout.key()
    assert playout.next(0.0) is None
    assert finished(told) == [("one", 0.0, True)]


async def test_what_keys_may_not_interrupt_plays_on(cache: PayloadCache, voice: Voice) -> None:
    told: list[LegEvent] = []
    playout = await playing(cache, told, ("one", voice(0.04, 1), False), ("two", voice(0.04, 2), True))
    playout.key()
    assert [playout.next(0.02 * n) is not None for n in range(2)] == [True, True]
    assert finished(told) == [("one", 0.04, False)]
    playout.key()
    assert finished(told) == [("one", 0.04, False), ("two", 0.0, True)]
    playout.key()
    assert playout.next(0.1) is None


async def test_who_presses_keys_without_end_fills_nothing(cache: PayloadCache) -> None:
    """At another end: they come faster than they can go out."""
    playout = Playout(PCMU, cache, lambda event: None)
    playout.use(PCMU, events=True)
    for _ in range(10 * MOST_KEYS):
        playout.send_digits(None, "5")
    slots = [playout.next(slot / 50) for slot in range(40 * MOST_KEYS)]
    assert sum(isinstance(slot, KeyPacket) and slot.since == 0 for slot in slots) == MOST_KEYS
