"""A call to the bot, as the tests of calls see it."""

from __future__ import annotations

from typing import Any

import pytest

from botkit.model.calls import CallCause
from botkit.model.tones import beep
from botkit.testing import FakeLeg, ScriptedCall, ScriptedPerson
from tests.runtime.house import House

VOICED = b"\x01" * 640
"""20 ms in which somebody speaks."""
SILENT = bytes(640)

UNANSWERED = pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        (CallCause.BUSY, "busy ()"),
        (CallCause.DECLINED, "declined ()"),
        (CallCause.NO_ANSWER, "no_answer ()"),
        (CallCause.FAILED, "failed (it ended: failed)"),
    ],
)
"""How a call that nobody takes ends, and what the flow's `failed` steps read of it."""


class Line:
    """A call to the bot: what goes on in it."""

    def __init__(self, house: House, call: ScriptedCall, person: ScriptedPerson) -> None:
        self.house = house
        self.call = call
        self.person = person

    @property
    def leg(self) -> FakeLeg:
        return self.house.audio.legs[-1]

    def heard(self) -> list[tuple[str, float, bool]]:
        """(text, milliseconds, cut) of each prompt that the leg has played."""
        assert self.house.voice is not None
        return [
            (
                "beep" if each.pcm == beep() else self.house.voice.text_of(each.pcm),
                round(1000 * each.played),
                each.cut,
            )
            for each in self.leg.heard
        ]

    def texts(self) -> list[str]:
        return [text for text, _, _ in self.heard()]

    async def press(self, digits: str) -> None:
        self.leg.press(digits)
        await self.house.clock.settle()

    def speak(self, *runs: float) -> None:
        """Speak for so many seconds, be silent for so many, and so on."""
        for number, seconds in enumerate(runs):
            self.leg.hear([SILENT if number % 2 else VOICED] * round(seconds / 0.02))

    async def answers(self) -> list[Any]:
        """What the session was given, its beginning left out."""
        return [turn["input"] for turn in (await self.journal("turn"))[1:]]

    async def journal(self, *kinds: str) -> list[dict[str, Any]]:
        return await self.house.journal(f"call:{self.call.id}", *kinds)


def seconds(text: str) -> float:
    """How long the voice says it."""
    return 0.06 * len(text)


async def ring(house: House, flow: str) -> Line:
    """Start the bot and call it, up to its first words."""
    if flow:
        house.flow(flow)
    await house.start()
    ada = ScriptedPerson(house.platform)
    call = await ada.call()
    await house.clock.settle()
    return Line(house, call, ada)


async def assert_nothing_is_left(line: Line) -> None:
    """No leg is open, no task, no session; and the journal tells exactly what the leg has played."""
    house = line.house
    assert all(leg.closed for leg in house.audio.legs)
    assert line.call.cause is not None
    assert not await house.store.open_sessions("call:")
    played = [entry for entry in await line.journal("played") if entry["of"]]
    told = [(entry["text"], round(1000 * entry["seconds"]), entry["cut"]) for entry in played]
    assert told == line.heard()
