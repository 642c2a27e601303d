"""Spoken answers: how long the reply takes, how many are understood, and whether a pause cuts one in two."""

from __future__ import annotations

import itertools
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import Figure
from botkit.circuit import CircuitSession
from botkit.testing.phone import Phone
from botkit.testing.world import World

from . import faults
from .scene import (
    ACCENTS,
    OPTIONS,
    Answer,
    Speaker,
    make_world,
    option_heard,
    packets_later,
    replies,
    write_bot,
)

ANSWERS = 20
PAUSED = 40
QUICK = 1
PAUSE = 0.4
"""Seconds inside an answer."""
BREATH = 0.3
"""Seconds between the question and the answer."""
REPLY_WITHIN = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came of one answer."""

    seconds: float
    """From the last voiced frame to the first packet of the reply."""
    understood: bool
    cut: bool
    """The bot spoke before the answer was over."""


async def measure(quick: bool, control: bool) -> Sequence[Figure]:
    """Each answer in a call of its own. In the control the bot speaks late and hears one answer in all, and
    takes any pause for the end of one."""
    whole, paused = (QUICK, QUICK) if quick else (ANSWERS, PAUSED)
    at_once = await replies_to([0.0] * whole, late=control, hasty=False)
    with_pause = await replies_to([PAUSE] * paused, late=False, hasty=control)
    seconds = [1000 * reply.seconds for reply in at_once]
    understood = sum(reply.understood for reply in at_once)
    return [
        Figure(name="speech_to_reply_median", value=statistics.median(seconds), unit="ms", limit=450),
        Figure(name="speech_to_reply_worst", value=max(seconds), unit="ms"),
        Figure(
            name="answers_understood",
            value=100 * understood / whole,
            unit="%",
            limit=90,
            at_least=True,
        ),
        Figure(name="answers", value=whole, unit="answers"),
        Figure(name="paused_answers_cut", value=sum(r.cut for r in with_pause), unit="answers", limit=0),
        Figure(
            name="paused_answers_understood",
            value=100 * sum(r.understood for r in with_pause) / paused,
            unit="%",
        ),
        Figure(name="paused_answers", value=paused, unit="answers"),
    ]


async def replies_to(pauses: Sequence[float], *, late: bool, hasty: bool) -> list[Reply]:
    """To answers with a pause of so many seconds in each, on a bot and sandbox of their own. `late` and
    `hasty` are faults of a control: the bot speaks late, or takes any pause for the end of an answer."""
    cases = zip(itertools.cycle(itertools.product(ACCENTS, OPTIONS)), pauses, strict=False)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        world = make_world(
            folder,
            write_bot(folder, timeouts=faults.HASTY if hasty else ""),
            change_audio=faults.late if late else None,
            change_recognizer=faults.one_track if late or hasty else None,
        )
        speaker = Speaker()
        try:
            async with world:
                known = await replies(world)
                person = await world.person("caller0@example.com")
                return [
                    await _call(world, person, await speaker.say(option, pause=pause, accent=accent), known)
                    for (accent, option), pause in cases
                ]
        finally:
            await speaker.close()


async def _call(
    world: World, person: CircuitSession, answer: Answer, known: Mapping[str, frozenset[bytes]]
) -> Reply:
    direct = await person.conversations.direct(world.live_bot.connector.me.id)
    phone = Phone(person)
    try:
        await phone.dial(direct.conversation.id)
        caller = phone.caller
        await caller.until_prompt()
        await caller.until_quiet(BREATH)
        before = len(caller.packets)
        begun = await caller.say(answer.pcm)
        ended = begun + answer.last
        during = [packet for packet in caller.packets[before:] if packet.prompt]
        if not during:
            await caller.until_prompt(REPLY_WITHIN)
        first = next(packet for packet in caller.packets[before:] if packet.prompt)
        await packets_later(caller, 1.0)
        return Reply(
            seconds=first.at - ended,
            understood=option_heard(caller.packets[before:], known) == answer.option,
            cut=first.at < ended,
        )
    finally:
        await phone.hang_up()
