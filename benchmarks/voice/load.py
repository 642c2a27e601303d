"""Many calls at once: whether packets leave in time, and every flow ends as it should.

The bot is a process of its own, pinned to one core with its engines; sandbox and callers have the other
one. Every caller speaks a quarter of the time. Lateness is measured at the callers' end, against the 20 ms
grid of each call's earliest packet, so that whatever the callers are late themselves counts, too.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import Figure
from botkit.media.codecs import OPUS
from botkit.media.rtp.header import ahead
from botkit.model.calls import CallCause
from botkit.testing.caller import CallFailed, HeardPacket
from botkit.testing.phone import Phone
from botkit.testing.process import BotProcess
from botkit.testing.world import World

from .faults import STALLING
from .scene import OPTIONS, Answer, Speaker, make_world, write_account, write_bot

CALLS = 10
SECONDS = 60.0
QUICK_CALLS = 2
QUICK_SECONDS = 4.0
SPEAKS = 0.25
"""Share of the time in which a caller speaks."""
LATE = 0.020
VERY_LATE = 0.100
TICK = 0.005
SAID_WITHIN = 10.0
REPLY_WITHIN = 15.0
END_WITHIN = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One call."""

    lateness: Sequence[float]
    """Of each packet, in seconds."""
    answered: int
    """Spoken answers that got a reply."""
    spoken: int
    ended: bool
    """The bot said goodbye and hung up."""


async def measure(quick: bool, control: bool) -> Sequence[Figure]:
    """All calls at the same time. In the control something holds up the bot, and it never hangs up."""
    calls, seconds = (QUICK_CALLS, QUICK_SECONDS) if quick else (CALLS, SECONDS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bot_file = write_bot(folder, handlers=STALLING, last="say") if control else write_bot(folder)
        world = make_world(folder, bot_file, people=calls)
        bot, speaker = BotProcess(bot_file), Speaker()
        try:
            await world.sandbox.start()
            write_account(folder, world)
            with on_core(max(os.sched_getaffinity(0))):
                await bot.start()
            with on_core(min(os.sched_getaffinity(0))):
                spoken = [await speaker.say(option) for option in OPTIONS]
                stalls: list[float] = []
                watch = asyncio.create_task(_watch_oneself(stalls))
                outcomes = await asyncio.gather(*(_call(world, n, spoken, seconds) for n in range(calls)))
                watch.cancel()
        finally:
            await bot.kill()
            await speaker.close()
            await world.close()
    late = sorted(itertools.chain.from_iterable(outcome.lateness for outcome in outcomes))
    return [
        Figure(
            name="load_packets_late",
            value=100 * sum(each > LATE for each in late) / len(late),
            unit="%",
            limit=1.0,
        ),
        Figure(
            name="load_packets_very_late", value=sum(e > VERY_LATE for e in late), unit="packets", limit=0
        ),
        Figure(name="load_lateness_p99", value=1000 * late[len(late) * 99 // 100], unit="ms"),
        Figure(name="load_lateness_worst", value=1000 * late[-1], unit="ms"),
        Figure(
            name="load_flows_not_ended_right", value=sum(not o.ended for o in outcomes), unit="calls", limit=0
        ),
        Figure(
            name="load_answers_replied_to",
            value=100 * sum(o.answered for o in outcomes) / max(1, sum(o.spoken for o in outcomes)),
            unit="%",
        ),
        Figure(name="load_measurer_stalled_worst", value=1000 * max(stalls), unit="ms"),
        Figure(name="load_calls", value=calls, unit="calls"),
    ]


async def _call(world: World, number: int, spoken: Sequence[Answer], seconds: float) -> Outcome:
    person = await world.person(f"caller{number}@example.com")
    direct = await person.conversations.direct(world.tenant.user_id(world.tenant.bots[0].email))
    phone = Phone(person)
    caller = phone.caller
    answered = said = 0
    ended = False
    begun = time.monotonic()
    try:
        for answer in spoken:
            await caller.prepare(answer.pcm)
        await phone.dial(direct.conversation.id)
        await caller.until_prompt()
        begun = time.monotonic()
        for answer in itertools.islice(itertools.cycle(spoken), number, None):
            if time.monotonic() > begun + seconds:
                break
            turn = time.monotonic()
            async with asyncio.timeout(SAID_WITHIN):  # a microphone whose call is over says nothing
                await caller.say(answer.pcm)
            said += 1
            answered += await _replied(phone)
            rest = answer.pcm.seconds / SPEAKS - (time.monotonic() - turn)
            await asyncio.sleep(max(0.0, rest))
        await caller.press("0")
        ended = await _ended(phone)
    except (CallFailed, TimeoutError) as fault:
        spent = time.monotonic() - begun
        print(f"call {number} was over after {spent:.0f} s and {said} answers: {fault!r}", file=sys.stderr)
    finally:
        await phone.hang_up()
    lateness = _lateness([packet for packet in caller.packets if packet.at >= begun])
    return Outcome(lateness=lateness, answered=answered, spoken=said, ended=ended)


async def _watch_oneself(stalls: list[float]) -> None:
    """How late this process is itself: on a machine that is busy with other things, the figures are too."""
    while True:
        due = time.monotonic() + TICK
        await asyncio.sleep(TICK)
        stalls.append(time.monotonic() - due)


async def _replied(phone: Phone) -> bool:
    try:
        await phone.caller.until_prompt(REPLY_WITHIN)
    except TimeoutError:
        return False
    return True


async def _ended(phone: Phone) -> bool:
    try:
        return await phone.over(END_WITHIN) is CallCause.HANGUP
    except TimeoutError:
        return False


def _lateness(packets: Sequence[HeardPacket]) -> list[float]:
    """How long after its slot each packet came; the grid is that of the earliest."""
    if not packets:
        return []
    first = packets[0]
    offsets = [
        packet.at - ahead(packet.timestamp, first.timestamp, 32) / OPUS.clock_rate for packet in packets
    ]
    earliest = min(offsets)
    return [offset - earliest for offset in offsets]


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """This thread, and the processes it starts, on one core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
