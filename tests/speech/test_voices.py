"""Which voice speaks which language."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from botkit.model.pcm import Pcm
from botkit.ports.speech import Remedy, SpeechFailed, Synthesizer, VoiceSpec
from botkit.speech.languages import knows
from botkit.speech.voices import Voices

LACK = Remedy(missing="the library is not installed.", remedy="Install it with: pip install it")


def spec(name: str, *languages: str, missing: Remedy | None = None) -> VoiceSpec:
    return VoiceSpec(name=name, factory="", languages=languages, missing=missing)


MAIN = spec("main", "en-US", "de-DE")
OTHERS = [
    spec("broken", "nl-NL", missing=LACK),
    spec("dutch", "nl-NL", "de-DE"),
    MAIN,
    spec("more", "nl-BE", "pl-PL"),
    spec("absent", "fi-FI", missing=LACK),
]


class Named:
    """A voice that writes down what it is asked to say."""

    version = "1"

    def __init__(self, name: str, log: list[str]) -> None:
        self.name = name
        self._log = log

    async def synthesize(self, text: str, *, language: str) -> Pcm:
        self._log.append(f"{self.name} {language}: {text}")
        return Pcm(f"{self.name} {text}".encode("utf-16-le"), 8000)

    async def stream(self, text: str, *, language: str) -> AsyncIterator[Pcm]:
        yield await self.synthesize(text, language=language)

    async def close(self) -> None:
        self._log.append(f"{self.name} is closed")


@pytest.fixture
def log() -> list[str]:
    return []


@pytest.fixture
def started(log: list[str]) -> list[str]:
    return []


@pytest.fixture
def voices(log: list[str], started: list[str]) -> Voices:
    def host(spec: VoiceSpec) -> Synthesizer:
        started.append(spec.name)
        return Named(spec.name, log)

    return Voices(MAIN, OTHERS, None, host=host)


@pytest.mark.parametrize(
    ("language", "voice"),
    [("en-US", "main"), ("en-AU", "main"), ("de-AT", "main"), ("nl_BE", "dutch"), ("pl", "more")],
)
async def test_the_bots_own_voice_where_it_can_else_the_best_that_is_there(
    voices: Voices, log: list[str], language: str, voice: str
) -> None:
    spoken = [piece async for piece in voices.stream("Hello.", language=language)]
    assert spoken == [await voices.synthesize("Hello.", language=language)]
    assert log == [f"{voice} {language}: Hello."]


async def test_only_voices_that_are_needed_are_started_and_all_of_them_closed(
    voices: Voices, log: list[str], started: list[str]
) -> None:
    assert started == ["main"]
    for language in ("nl", "de", "nl"):
        await voices.synthesize("Hallo.", language=language)
    assert started == ["main", "dutch"]
    await voices.close()
    assert log[-2:] == ["main is closed", "dutch is closed"]


@pytest.mark.parametrize(
    ("language", "told", "remedy"),
    [
        ("fi-FI", "'fi-FI': the library is not installed", "pip install it"),
        ("ja-JP", "no voice that is installed speaks 'ja-JP'", "Install a voice that does"),
    ],
)
async def test_a_language_nobody_speaks_is_told_with_the_remedy(
    voices: Voices, language: str, told: str, remedy: str
) -> None:
    with pytest.raises(SpeechFailed, match=told) as failed:
        await voices.synthesize("Hei.", language=language)
    assert remedy in failed.value.remedy


def test_a_voice_of_the_bots_that_is_missing_is_told_at_once() -> None:
    with pytest.raises(SpeechFailed, match="cannot speak here"):
        Voices(OTHERS[0], OTHERS, None)


async def test_two_voices_never_share_what_is_remembered(tmp_path: Path, log: list[str]) -> None:
    for own in (MAIN, OTHERS[1]):
        voices = Voices(own, [], tmp_path, host=lambda spec: Named(spec.name, log))
        await voices.synthesize("Hallo.", language="de-DE")
    assert log == ["main de-DE: Hallo.", "dutch de-DE: Hallo."]


def test_one_region_stands_for_another() -> None:
    assert knows(["pt-PT"], "pt_br")
    assert not knows(["pt-PT"], "pl")
