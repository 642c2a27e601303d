"""A call with the microphone and the loudspeaker of this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType

import numpy as np

from botkit.app import Bot
from botkit.cli.alone import LoneFlow, OverTheShoulder, starters
from botkit.cli.phone_line import printer
from botkit.model.errors import WorldError
from botkit.model.pcm import Pcm
from botkit.ports.audio import LegEvent, PromptFinished, PromptStarted
from botkit.ports.clock import Clock
from botkit.ports.system_clock import SystemClock
from botkit.store.sqlite import SqliteStore
from botkit.testing.audio import FakeAudioPort, FakeLeg
from botkit.testing.connector import FakeConnector
from botkit.testing.person import ScriptedPerson

RATE = 16_000
BLOCK = 320
"""Samples of one 20 ms frame."""
LONGEST_CALL = 3600.0
"""Seconds."""


async def call_with_microphone(lone: LoneFlow) -> None:
    """Until somebody hangs up; Ctrl-C does. Raises `WorldError` when there are no such devices."""
    clock = SystemClock()
    platform = OverTheShoulder(clock, bot_name="bot")
    person = ScriptedPerson(platform, "You")
    platform.onlooker = person.user
    sound = sound_devices()
    audio = _DevicePort(clock, sound)
    bot = Bot(
        connector=FakeConnector(platform),
        flows=[lone.file],
        handlers=[*starters(lone.name), printer()],
        config=lone.config,
        store=SqliteStore(":memory:"),
        hooks=lone.bot.hooks,
        http=lone.http,
        secrets=lone.bot.secrets(),
        receivers=lone.bot.receivers(),
        audio=audio,
        language=lone.bot.speech.language,
        clock=clock,
    )
    await bot.start()
    try:
        call = await person.call()
        with _microphone(sound, asyncio.get_running_loop(), audio.hear):
            print(f"The call is over: {await call.until_ended(within=LONGEST_CALL)}.")
    finally:
        await bot.stop()


def sound_devices() -> ModuleType:
    """The module `sounddevice`, with a microphone and a loudspeaker behind it. Raises `WorldError`."""
    try:
        import sounddevice
    except (ImportError, OSError) as error:
        raise WorldError(
            "The sound devices of this machine cannot be reached: PortAudio is missing.",
            where="--mic",
            remedy="As root: apt-get install libportaudio2",
        ) from error
    try:
        sounddevice.check_input_settings(samplerate=RATE, channels=1, dtype="int16")
        sounddevice.check_output_settings(channels=1, dtype="int16")
    except (sounddevice.PortAudioError, ValueError) as error:
        raise WorldError(
            f"There is no microphone or no loudspeaker here: {error}.",
            where="--mic",
            remedy="Leave --mic out and type, or name a folder of recordings with --wav.",
        ) from error
    return sounddevice  # type: ignore[no-any-return]


@contextmanager
def _microphone(
    sound: ModuleType, loop: asyncio.AbstractEventLoop, on_frame: Callable[[bytes], None]
) -> Iterator[None]:
    """Give every 20 ms of the microphone to `on_frame`, on the loop."""

    def heard(data: bytes, frames: int, time: object, status: object) -> None:
        loop.call_soon_threadsafe(on_frame, bytes(data))

    stream = sound.RawInputStream(samplerate=RATE, channels=1, dtype="int16", blocksize=BLOCK, callback=heard)
    with stream:
        yield


class _DevicePort(FakeAudioPort):
    """The kit's port on the real clock: what its legs play sounds from the loudspeaker."""

    def __init__(self, clock: Clock, sound: ModuleType) -> None:
        super().__init__(clock)
        self._clock_of_legs = clock
        self._sound = sound

    async def accept(self, offer: str, on_event: Callable[[LegEvent], None]) -> FakeLeg:
        leg: _DeviceLeg | None = None

        def told(event: LegEvent) -> None:
            if leg is not None:
                leg.sound(event)
            on_event(event)

        leg = _DeviceLeg(self._clock_of_legs, offer, told, self._sound)
        self.legs.append(leg)
        asyncio.get_running_loop().call_soon(leg.connect)
        return leg

    def hear(self, frame: bytes) -> None:
        """20 ms of the microphone."""
        if self.legs:
            self.legs[0].hear([frame])


class _DeviceLeg(FakeLeg):
    def __init__(
        self, clock: Clock, offer: str, on_event: Callable[[LegEvent], None], sound: ModuleType
    ) -> None:
        super().__init__(clock, offer, on_event)
        self._sound = sound
        self._prompts: dict[str, Pcm] = {}

    def play(self, prompt_id: str, pcm: Pcm, *, until_key: bool = False) -> None:
        self._prompts[prompt_id] = pcm
        super().play(prompt_id, pcm, until_key=until_key)

    def sound(self, event: LegEvent) -> None:
        """Let the loudspeaker do what the leg tells of."""
        if isinstance(event, PromptStarted) and event.prompt_id in self._prompts:
            pcm = self._prompts[event.prompt_id]
            self._sound.play(np.frombuffer(pcm.samples, "<i2"), pcm.rate)
        elif isinstance(event, PromptFinished):
            self._prompts.pop(event.prompt_id, None)
            if event.cut:
                self._sound.stop()
