"""Who speaks: four synthetic voices, the bot's own, and recorded human prompts."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Protocol

import av
import numpy as np

import botkit_espeak
import botkit_picotts
import botkit_piper
from botkit.model.pcm import Pcm, read_wav
from botkit.speech.host import VoiceHost

from .phrases import DIGIT_WORDS
from .tools import flite, flite_environment, sounds

GAP = 0.12
"""Seconds between two recorded digits."""
G722_RATE = 16_000


class Speaker(Protocol):
    """Says a text; digits one by one."""

    async def __call__(self, text: str) -> Pcm: ...


class Speakers:
    """All voices, while the block lasts."""

    def __init__(self) -> None:
        plugins = {"espeak": botkit_espeak, "piper": botkit_piper, "picotts": botkit_picotts}
        self._hosts = {
            name: VoiceHost(plugin.register_voices()[0], timeout=60) for name, plugin in plugins.items()
        }
        self.synthetic: Mapping[str, Speaker] = {
            "espeak": partial(self._hosted, "espeak"),
            "flite_slt": partial(_flite, "slt"),
            "flite_rms": partial(_flite, "rms"),
            "piper": partial(self._hosted, "piper"),
        }
        """The voices that limits hold for."""
        self.own: Speaker = partial(self._hosted, "picotts")
        """The bot's own voice, told for information."""

    async def __aenter__(self) -> Speakers:
        return self

    async def __aexit__(self, *_: object) -> None:
        for host in self._hosts.values():
            await host.close()

    async def _hosted(self, name: str, text: str) -> Pcm:
        return await self._hosts[name].synthesize(text, language="en-US")


async def _flite(voice: str, text: str) -> Pcm:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "said.wav"
        process = await asyncio.create_subprocess_exec(
            flite(), "-voice", voice, "-t", text, "-o", str(file), env=flite_environment()
        )
        if await process.wait() != 0:
            raise RuntimeError(f"flite has no voice {voice}")
        return read_wav(file.read_bytes())


def recorded(name: str) -> Pcm:
    """A human prompt by its file's name."""
    with av.open(str(sounds() / f"{name}.g722"), format="g722") as file:
        frames = [frame.to_ndarray().ravel() for frame in file.decode(audio=0)]
    return Pcm(np.concatenate(frames).astype("<i2").tobytes(), G722_RATE)


def recorded_digits(words: str) -> Pcm:
    """`four seven one two`, joined from recorded digits."""
    gap = bytes(2 * round(GAP * G722_RATE))
    spoken = [recorded(f"digits/{DIGIT_WORDS.index(word)}").samples for word in words.split()]
    return Pcm(gap.join(spoken), G722_RATE)
