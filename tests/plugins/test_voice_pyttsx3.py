"""pyttsx3: what is told without it, and, where it is installed, that nothing of a prompt is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from importlib import util
from pathlib import Path

import pytest

import botkit_pyttsx3
from botkit.model.pcm import Pcm
from botkit.ports.speech import SpeechFailed, VoiceSpec
from botkit.speech.host import VoiceHost
from tests.plugins.voices import assert_a_voice

HERE = Path(__file__).parent


def spec() -> VoiceSpec:
    (found,) = botkit_pyttsx3.register_voices()
    return found


@pytest.fixture
async def host() -> AsyncIterator[VoiceHost]:
    host = VoiceHost(spec())
    yield host
    await host.close()


@pytest.mark.parametrize(
    ("package", "library", "remedy"),
    [
        (None, "libespeak-ng.so.1", "Install it with: pip install 'botkit[pyttsx3]'"),
        (object(), None, "Install it with: apt-get install libespeak-ng1"),
    ],
)
def test_what_is_missing_is_told(
    monkeypatch: pytest.MonkeyPatch, package: object, library: str | None, remedy: str
) -> None:
    monkeypatch.setattr(util, "find_spec", lambda name: package)
    monkeypatch.setattr(botkit_pyttsx3, "system_library", lambda: library)
    lack = spec().missing
    assert lack is not None
    assert lack.remedy == remedy


@pytest.mark.engines
async def test_it_is_a_voice_at_a_telephones_level(host: VoiceHost) -> None:
    await assert_a_voice(host, 22_050)
    assert host.version == spec().version
    assert (await host.synthesize("Guten Tag, auf Wiedersehen.", language="de-DE")).seconds > 1


@pytest.mark.engines
async def test_the_first_words_may_be_long(host: VoiceHost) -> None:
    """Of a fresh engine's first utterance, `runAndWait` alone does not see the end."""
    assert (await host.synthesize("word " * 79, language="en-US")).seconds > 15


@pytest.mark.engines
async def test_four_who_ask_at_once_get_twenty_whole_prompts(host: VoiceHost) -> None:
    texts = [f"This is announcement {number}. " + "Please wait. " * (number % 5) for number in range(20)]
    alone = [await host.synthesize(text, language="en-US") for text in texts]

    async def ask(share: list[str]) -> list[Pcm]:
        return [await host.synthesize(text, language="en-US") for text in share]

    shares = await asyncio.gather(*(ask(texts[start::4]) for start in range(4)))
    together = {
        text: pcm for start in range(4) for text, pcm in zip(texts[start::4], shares[start], strict=True)
    }
    assert len(together) == 20
    for text, first in zip(texts, alone, strict=True):
        assert together[text].seconds == pytest.approx(first.seconds, rel=0.05)


@pytest.mark.engines
async def test_a_prompt_that_was_lost_is_asked_of_a_fresh_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.syspath_prepend(str(HERE))
    monkeypatch.setenv("BOTKIT_TEST_MARKER", str(tmp_path / "forgot"))
    host = VoiceHost(VoiceSpec(name="forgetful", factory="voices:pyttsx3_that_forgets", languages=("en-US",)))
    try:
        assert (await host.synthesize("Welcome to Example Limited.", language="en-US")).seconds > 1.1
    finally:
        await host.close()
    assert (tmp_path / "forgot").exists()


@pytest.mark.engines
async def test_half_a_prompt_is_never_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(HERE))
    host = VoiceHost(VoiceSpec(name="hasty", factory="voices:pyttsx3_that_cuts", languages=("en-US",)))
    try:
        with pytest.raises(SpeechFailed, match="died twice"):
            await host.synthesize("Welcome to Example Limited.", language="en-US")
    finally:
        await host.close()
