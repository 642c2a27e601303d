"""What is left in memory of a call that is over."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from tests.runtime.house import House
from tests.runtime.telephone import VOICED, Line, ring

FLOW = """
flow: desk
start: [call_incoming]
steps:
  - say: Welcome to the front desk.
  - choose: Which one?
    options:
      hours: {key: 1, label: opening hours}
      message: {key: 2, label: leave a message}
    into: wish
  - record: Your message please.
    into: message
  - end: Goodbye.
"""


@pytest.fixture
def uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def parts_of(line: Line) -> dict[str, weakref.ref[object]]:
    """What the bot has for the call that goes on."""
    (live,) = line.house.runtime._switchboard._calls.values()
    parts = (live, live._script, live._sound, live._ears, live._tape, live._transcript)
    return {type(part).__name__: weakref.ref(part) for part in parts}


async def left_of(parts: dict[str, weakref.ref[object]], line: Line) -> set[str]:
    """Once the call is over. The leg, which the test keeps, knows nobody of them any more."""
    assert line.call.cause is not None
    assert line.leg.closed
    return {name for name, part in parts.items() if part() is not None}


@pytest.mark.usefixtures("uncollected")
async def test_a_call_goes_when_it_is_over(house: House) -> None:
    line = await ring(house, FLOW)
    parts = parts_of(line)
    await house.clock.advance(2.0)
    await line.press("2")
    await house.clock.advance(4.0)
    line.leg.hear([VOICED] * 100)
    await house.clock.advance(30.0)
    assert await left_of(parts, line) == set()


@pytest.mark.usefixtures("uncollected")
async def test_so_does_one_that_is_hung_up_on(house: House) -> None:
    line = await ring(house, FLOW)
    parts = parts_of(line)
    await house.clock.advance(0.5)
    await line.call.hang_up()
    await house.clock.advance(1.0)
    assert await left_of(parts, line) == set()
