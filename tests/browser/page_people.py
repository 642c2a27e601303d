"""Who takes part in the page's tests: a bot on the wire, and a person in a tab."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from chromium import Chromium, Tab

from botkit.circuit.connector import CircuitConnector
from botkit.circuit.session import CircuitSession
from botkit.media.engine import EngineAudioPort
from botkit.model.events import (
    CallAnswered,
    CallCandidates,
    CallEnded,
    CallOffered,
    CallTranscript,
    Event,
    Speaker,
)
from botkit.model.secret import Secret
from botkit.ports.audio import Leg, LegEvent, OutgoingLeg
from botkit.ports.system_clock import SystemClock
from botkit.sandbox import Sandbox

CLIENT_ID = "front-desk-bot"
SECRET = "a-secret-of-this-test"
OLIVIA = "olivia@example.com"
LIMIT = 45.0
"""Seconds that anything awaited here may take."""

RINGS = "!document.querySelector('#incoming').hidden"
"""True while somebody calls."""

SOUNDS = "Number(document.querySelector('.level').style.getPropertyValue('--level')) > 0.5"
"""True while the other side is heard: the bar moves only if sound comes out of the peer connection."""

Found = TypeVar("Found")


async def log_in(
    browser: Chromium, sandbox: Sandbox, name: str = "Olivia", width: int = 1280, script: str = ""
) -> Tab:
    """Opens the page and becomes one of the demo tenant's people; `script` as in `Chromium.open`."""
    tab = await browser.open(sandbox.page_address, width=width, script=script)
    await tab.click(".login-user", name)
    await tab.wait_for_text(".row", "Front desk")
    return tab


async def open_direct(tab: Tab) -> None:
    """Opens the direct conversation with the bot, which exists already."""
    await tab.click("#conversation-list .row:has(.badge)")
    await tab.wait_for_text("#chat-title", "Front desk bot")


async def call(tab: Tab) -> None:
    """Presses the button that calls the bot."""
    await tab.wait_for_text(".phone-call", "Call Front desk bot")
    await tab.click(".phone-call")


class Happenings:
    """What came, in order; a test waits for the next of a kind."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[object] = asyncio.Queue()

    def put(self, happening: object) -> None:
        self._queue.put_nowait(happening)

    async def next(self, kind: type[Found], fits: Callable[[Found], bool] = lambda _: True) -> Found:
        """The next one of this kind that fits; others before it are passed over."""
        async with asyncio.timeout(LIMIT):
            while True:
                happening = await self._queue.get()
                if isinstance(happening, kind) and fits(happening):
                    return happening


class BotSide:
    """A bot without a flow: the test decides what it says."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.session = CircuitSession(
            sandbox.address, client_id=CLIENT_ID, client_secret=Secret(SECRET), trust=sandbox.certificate
        )
        self.connector = CircuitConnector(self.session)
        self.audio = EngineAudioPort()
        self.events = Happenings()
        self.sounds = Happenings()
        self._leg: Leg | None = None

    async def start(self) -> None:
        await self.connector.start(self._hear)

    async def close(self) -> None:
        await self.connector.close()
        await self.audio.close()

    async def pick_up(self) -> tuple[CallOffered, Leg]:
        """Waits for a call, lets it ring, answers it."""
        offered = await self.events.next(CallOffered)
        await self.connector.calls.ringing(offered.call.id)
        self._leg = await self.audio.accept(offered.offer, self._sound)
        await self.connector.calls.answer(offered.call.id, self._leg.answer)
        return offered, self._leg

    async def dial(self, address: str) -> tuple[str, OutgoingLeg]:
        """Calls a person; the call's id, and the sound, which flows once the person has answered."""
        leg = await self.audio.dial(self._sound)
        self._leg = leg
        return await self.connector.calls.dial(address, leg.offer), leg

    async def answered(self, leg: OutgoingLeg) -> CallAnswered:
        """Waits until the person has picked up."""
        answered = await self.events.next(CallAnswered)
        await leg.complete(answered.answer)
        return answered

    async def _hear(self, event: Event) -> None:
        if isinstance(event, CallCandidates) and self._leg is not None:
            for line, mid, index in event.candidates:
                await self._leg.add_candidate(line, mid, index)
        if isinstance(event, CallEnded) and self._leg is not None:
            await self._leg.close()
        self.events.put(event)

    def _sound(self, event: LegEvent) -> None:
        self.sounds.put(event)


async def say(bot: BotSide, call_id: str, number: int, speaker: Speaker, text: str, to: str = OLIVIA) -> None:
    """Shows one line of a call's transcript."""
    person = await bot.connector.directory.user_by_email(to)
    assert person is not None
    said = CallTranscript(
        event_id=f"{call_id}:said:{number}",
        at=SystemClock().now(),
        call_id=call_id,
        person_id=person.id,
        speaker=speaker,
        text=text,
    )
    await bot.connector.calls.transcribe(said)
