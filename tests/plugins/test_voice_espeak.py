"""espeak-ng: what is told without it, and, where it is installed, what it sounds like."""

from __future__ import annotations

import subprocess
import sys
from importlib import util
from pathlib import Path

import numpy as np
import pytest

import botkit_espeak
import botkit_picotts
from botkit.engines import best_voice
from botkit.hooks import Hooks
from botkit.ports.speech import VoiceSpec
from botkit.speech.host import VoiceHost
from botkit_espeak import library
from botkit_espeak.voices import VOICES
from tests.plugins.voices import assert_a_voice


def spec() -> VoiceSpec:
    (found,) = botkit_espeak.register_voices()
    return found


def test_without_library_and_package_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(util, "find_spec", lambda name: None)
    monkeypatch.setattr(library, "LOADER_INDEX", tmp_path / "index")
    (tmp_path / "index").write_bytes(b"libdl.so.2\0libespeak-ng.so.0\0")
    lack = spec().missing
    assert lack is not None
    assert "pip install 'botkit[espeak]'" in lack.remedy
    assert "apt-get install libespeak-ng1" in lack.remedy


@pytest.mark.parametrize("index", [b"libdl.so.2\0libespeak-ng.so.1\0/lib/libespeak-ng.so.1\0", None])
def test_the_systems_library_is_enough(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, index: bytes | None
) -> None:
    """As the system's list has it, or where there is no list as `find_library` says."""
    monkeypatch.setattr(util, "find_spec", lambda name: None)
    monkeypatch.setattr(library, "LOADER_INDEX", tmp_path / "index")
    monkeypatch.setattr(library, "find_library", lambda name: None if index else "libespeak-ng.so.1")
    if index:
        (tmp_path / "index").write_bytes(index)
    assert spec().missing is None


def test_it_comes_after_the_voice_that_ships() -> None:
    assert spec().rank > botkit_picotts.register_voices()[0].rank


def test_registering_imports_no_engine() -> None:
    code = (
        "import sys, botkit_espeak, botkit_pyttsx3, botkit_piper;"
        "[m.register_voices() for m in (botkit_espeak, botkit_pyttsx3, botkit_piper)];"
        "engines = ('espeakng_loader', 'pyttsx3', 'piper', 'onnxruntime', 'numpy');"
        "print([m for m in engines if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


@pytest.mark.engines
@pytest.mark.parametrize("system", [False, True], ids=["package", "system"])
async def test_it_is_a_voice_at_a_telephones_level(monkeypatch: pytest.MonkeyPatch, system: bool) -> None:
    """From the package, and with the package out of the way from the system's library."""
    if system:
        monkeypatch.syspath_prepend(str(Path(__file__).parent))
    factory = "voices:espeak_of_the_system" if system else spec().factory
    host = VoiceHost(VoiceSpec(name="espeak", factory=factory, languages=tuple(VOICES)))
    try:
        await assert_a_voice(host, 22_050)
        german = await host.synthesize("Für Öffnungszeiten drücken Sie die Eins.", language="de-AT")
        assert 1.5 < german.seconds < 4
    finally:
        await host.close()


@pytest.mark.engines
async def test_it_speaks_where_the_voice_that_ships_has_no_words() -> None:
    hooks = Hooks()
    for plugin in (botkit_espeak, botkit_picotts):
        hooks.register(plugin, plugin.__name__)
    english, dutch = (best_voice(hooks, "", language, None) for language in ("en-AU", "nl-BE"))
    assert english is not None
    assert dutch is not None
    try:
        assert (english.name, dutch.name) == ("picotts", "espeak")
        assert (await dutch.synthesize("Goedemorgen, u spreekt met de balie.", language="nl-BE")).seconds > 1
    finally:
        await english.close()
        await dutch.close()


@pytest.mark.engines
def test_the_library_has_every_language_and_speaks_it() -> None:
    from botkit_espeak.engine import EspeakEngine

    engine = EspeakEngine()
    spoken = {language: engine.synthesize("1 2 3", language) for language in VOICES}
    assert [language for language, pcm in spoken.items() if not 0.5 < pcm.seconds < 4] == []
    assert len({pcm.samples for pcm in spoken.values()}) == len(VOICES)


@pytest.mark.engines
@pytest.mark.parametrize("text", ["", " \n", "\x00\x07", "..."])
def test_nothing_to_say_is_a_short_silence(text: str) -> None:
    from botkit_espeak.engine import EspeakEngine

    pcm = EspeakEngine().synthesize(text, "en-US")
    assert 0.05 < pcm.seconds < 0.3
    assert not np.frombuffer(pcm.samples, "<i2").any()


@pytest.mark.engines
def test_a_text_gives_no_commands() -> None:
    """0x01 and a number would change the voice for good."""
    from botkit_espeak.engine import EspeakEngine

    engine = EspeakEngine()
    before = engine.synthesize("One two three.", "en-US").seconds
    engine.synthesize("\x01450S Quick.", "en-US")
    assert engine.synthesize("One two three.", "en-US").seconds == pytest.approx(before, rel=0.1)


@pytest.mark.engines
def test_a_language_it_has_not_is_refused() -> None:
    from botkit_espeak.engine import EspeakEngine

    with pytest.raises(ValueError, match="does not speak 'ja-JP'; it speaks en-US"):
        EspeakEngine().synthesize("Hello", "ja-JP")


@pytest.mark.engines
async def test_it_understands_ssml() -> None:
    host = VoiceHost(spec())
    try:
        plain = await host.synthesize("One. Two.", language="en-US")
        paused = await host.synthesize("<speak>One.<break time='2s'/>Two.</speak>", language="en-US")
        assert paused.seconds == pytest.approx(plain.seconds + 2, abs=0.6)
        broken = await host.synthesize("<speak>One.<break time='2s'>Two.", language="en-US")
        assert broken.seconds == pytest.approx(plain.seconds, abs=0.4)
    finally:
        await host.close()
