"""A transfer on a call: somebody else is called while the caller hears it ring; then both hear each other."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from botkit.model.calls import CallCause
from botkit.model.effects import Transfer
from botkit.model.inputs import CallFinished, CallOutcome
from botkit.model.tones import ringback
from botkit.ports.audio import Leg, LegClosed, LegConnected, LegEvent
from botkit.ports.clock import Clock

from .dialling import DialledConnection, Dialler, NotAnswered

log = logging.getLogger(__name__)

CONNECT_WITHIN = 20.0
"""Seconds from the far end's answer until its media must flow."""


async def transfer(effect: Transfer, caller: Leg, dialler: Dialler, clock: Clock) -> CallFinished:
    """Join `caller` with `effect.to` until that one hangs up, or did not come.

    Cancel it when the caller is gone: then the other one is hung up on. Prompts that it plays bear ids
    that begin with the effect's.
    """
    try:
        async with _ringback(effect.id, caller, clock):
            other = await dialler.dial(effect.to, effect.ring, beside=caller)
    except NotAnswered as why:
        return CallFinished(effect_id=effect.id, outcome=why.outcome, detail=why.detail)
    cause = CallCause.ENDED
    try:
        cause = await _joined(caller, other, clock)
    finally:
        caller.bridge(None)
        await dialler.drop(other, cause)
    if cause is CallCause.FAILED:
        detail = f"no media came within {CONNECT_WITHIN:g} s"
        return CallFinished(effect_id=effect.id, outcome=CallOutcome.FAILED, detail=detail)
    return CallFinished(effect_id=effect.id, outcome=CallOutcome.ANSWERED)


@asynccontextmanager
async def _ringback(name: str, caller: Leg, clock: Clock) -> AsyncIterator[None]:
    """Meanwhile `caller` hears it ring."""
    ringing = asyncio.create_task(_ring(name, caller, clock))
    try:
        yield
    finally:
        ringing.cancel()
        caller.stop()


async def _ring(name: str, caller: Leg, clock: Clock) -> None:
    sound = ringback()
    await caller.prepare(sound)
    for number in itertools.count(1):
        caller.play(f"{name}:ring:{number}", sound)
        if number > 1:  # one is always queued, so that no gap comes between
            await clock.sleep(sound.seconds)


async def _joined(caller: Leg, other: DialledConnection, clock: Clock) -> CallCause:
    """Let them talk; why it ended."""
    loop = asyncio.get_running_loop()
    connected: asyncio.Future[None] = loop.create_future()
    lost: asyncio.Future[CallCause] = loop.create_future()

    def hear(event: LegEvent) -> None:
        match event:
            case LegConnected() if not connected.done():
                connected.set_result(None)
            case LegClosed(cause=cause) if not lost.done():
                lost.set_result(cause)
            case _:
                pass  # whoever was called presses keys for the caller, not for the bot

    leg = await other.make_leg(hear)
    caller.bridge(leg)
    deadline = asyncio.create_task(clock.sleep(CONNECT_WITHIN))
    try:
        await asyncio.wait((connected, other.over, lost, deadline), return_when=asyncio.FIRST_COMPLETED)
        if not (connected.done() or other.over.done() or lost.done()):
            return CallCause.FAILED
        await asyncio.wait((other.over, lost), return_when=asyncio.FIRST_COMPLETED)
    finally:
        deadline.cancel()
    return other.over.result() if other.over.done() else lost.result()
