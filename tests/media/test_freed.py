"""What a call has is freed when it is over, and not when Python next looks for circles."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from aiortc.rtcdtlstransport import RTCDtlsTransport

from botkit.media import aiortc_hooks
from botkit.media.leg import MediaLeg
from botkit.model.pcm import Pcm
from botkit.ports.audio import LegClosed

Dial = Callable[..., Awaitable[Any]]
Voice = Callable[[float, int], Pcm]
PATIENCE = 10.0
"""Seconds for the loop, and aiortc's tasks, to let go."""


@pytest.fixture
def uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def transport_of(leg: MediaLeg) -> RTCDtlsTransport:
    """The one that ICE, DTLS and SRTP of a leg hang on."""
    negotiation: Any = leg._ways._now.negotiation
    (transceiver,) = negotiation._pc.getTransceivers()
    return aiortc_hooks.transport_of(transceiver)


def pieces_of(leg: MediaLeg) -> list[tuple[str, weakref.ref[object]]]:
    transport = transport_of(leg)
    assert transport._ssl is not None
    pieces: list[object] = [
        *(leg, leg._playout, leg._incoming, leg._listening, leg._ways, leg._ways._now),
        *(leg._ways._now.path, leg._ways._now.negotiation),
        *(transport, transport._ssl, transport._ssl._verify_helper, transport._rx_srtp, transport._tx_srtp),
        *(transport.transport, transport.transport._connection),
    ]
    return [(f"{type(piece).__module__}.{type(piece).__name__}", weakref.ref(piece)) for piece in pieces]


async def left_of(pieces: list[tuple[str, weakref.ref[object]]]) -> set[str]:
    """The names of those that stay."""

    def left() -> set[str]:
        return {name for name, piece in pieces if piece() is not None}

    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while left():  # noqa: ASYNC110 - nobody tells when something is freed
                await asyncio.sleep(0.01)
    return left()


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("way", ["in", "out"])
async def test_a_leg_goes_with_the_last_who_holds_it(dial: Dial, ring: Dial, voice: Voice, way: str) -> None:
    call = await (dial if way == "in" else ring)()
    pieces = pieces_of(call.leg)
    assert len(pieces) > 10
    heard: list[object] = []
    call.leg.listen(heard.append)
    call.leg.play("hello", voice(0.2, 1))
    await call.caller.until_prompt()
    await call.caller.press("4")
    await call.leg.close()
    await call.caller.hangup()
    del call.leg
    assert await left_of(pieces) == set()


@pytest.mark.usefixtures("uncollected")
async def test_so_does_one_that_talked_to_others(dial: Dial, voice: Voice) -> None:
    anna, ben, carl = await dial(), await dial(), await dial()
    pieces = pieces_of(anna.leg)
    anna.leg.bridge(ben.leg)
    await anna.caller.say(voice(0.2, 1))
    anna.leg.bridge(ben.leg, carl.leg)
    await ben.caller.say(voice(0.2, 2))
    await anna.leg.close()
    await anna.caller.hangup()
    del anna.leg
    assert await left_of(pieces) == set()


@pytest.mark.usefixtures("uncollected")
async def test_so_does_one_that_was_hung_up_on(dial: Dial) -> None:
    call = await dial()
    pieces = pieces_of(call.leg)
    await call.caller.hangup()
    await call.told.until(lambda: bool(call.told.of(LegClosed)))
    del call.leg
    assert await left_of(pieces) == set()
