"""PicoTTS, listened to in numbers."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata, util

import numpy as np
import pytest

from botkit.model.pcm import Pcm
from botkit.speech.host import VoiceHost
from botkit.speech.languages import nearest
from botkit.speech.sentences import LONGEST, sentences
from botkit_picotts import LANGUAGES, missing, register_voices
from botkit_picotts.engine import RATE, PicoEngine


@pytest.fixture(scope="module")
def engine() -> PicoEngine:
    return PicoEngine()


def samples(pcm: Pcm) -> np.ndarray:
    return np.frombuffer(pcm.samples, "<i2").astype(float)


@pytest.mark.parametrize(
    ("language", "text", "shortest", "longest"),
    [
        ("en-US", "Welcome to Example Limited.", 1.2, 2.4),
        ("en-GB", "For opening hours, press one.", 1.3, 2.8),
        ("de-DE", "Für Öffnungszeiten drücken Sie die Eins.", 1.8, 3.8),
        ("fr-FR", "Bonjour, veuillez patienter.", 1.0, 2.6),
        ("es-ES", "Buenos días, ¿en qué puedo ayudarle?", 1.5, 3.8),
        ("it-IT", "Buongiorno, come posso aiutarla?", 1.5, 3.8),
    ],
)
def test_it_is_a_voice_at_a_telephones_level(
    engine: PicoEngine, language: str, text: str, shortest: float, longest: float
) -> None:
    pcm = engine.synthesize(text, language)
    sound = samples(pcm)
    assert pcm.rate == RATE
    assert shortest < pcm.seconds < longest
    level = 20 * np.log10(np.sqrt(np.mean(sound**2)) / 32768)
    assert -24 < level < -12
    assert np.mean(np.abs(sound) >= 32767) < 0.001
    spectrum = np.abs(np.fft.rfft(sound)) ** 2
    frequencies = np.fft.rfftfreq(len(sound), 1 / RATE)
    assert spectrum[(frequencies > 80) & (frequencies < 4000)].sum() > 0.8 * spectrum.sum()


def test_it_begins_and_ends_at_once(engine: PicoEngine) -> None:
    audible = np.flatnonzero(np.abs(samples(engine.synthesize("Goodbye.", "en-US"))) > 200)
    assert audible[0] <= 0.021 * RATE
    assert len(samples(engine.synthesize("Goodbye.", "en-US"))) - audible[-1] <= 0.021 * RATE


def test_the_same_text_always_sounds_the_same(engine: PicoEngine) -> None:
    text = "Welcome to Example Limited. For opening hours, press one."
    spoken = {engine.synthesize(text, "en-US") for _ in range(5)}
    assert len(spoken) == 1


def test_more_text_is_more_sound(engine: PicoEngine) -> None:
    short, long = (engine.synthesize("We are open. " * n, "en-US").seconds for n in (2, 8))
    assert long == pytest.approx(4 * short + 3 * 0.3, rel=0.1)


@pytest.mark.parametrize("text", ["", "   ", "\n", "\x00\x07", "日本語"])
def test_nothing_to_say_is_a_short_silence(engine: PicoEngine, text: str) -> None:
    pcm = engine.synthesize(text, "en-US")
    assert 0.05 < pcm.seconds < 0.3
    assert not samples(pcm).any()


def test_a_zero_byte_does_not_end_the_text(engine: PicoEngine) -> None:
    assert engine.synthesize("One\x00two", "en-US") == engine.synthesize("One two", "en-US")


def test_sentences_are_bounded_and_nothing_is_lost() -> None:
    text = "One. Two! Three? " + "word " * 300 + "x" * 900
    parts = list(sentences(text))
    assert parts[:3] == ["One.", "Two!", "Three?"]
    assert max(map(len, parts)) <= LONGEST
    assert "".join(parts).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize(
    ("wanted", "voice"),
    [("en-US", "en-US"), ("en_gb", "en-GB"), ("en", "en-US"), ("en-AU", "en-US"), ("de-AT", "de-DE")],
)
def test_the_nearest_voice_of_a_language(wanted: str, voice: str) -> None:
    assert nearest(wanted, LANGUAGES) == voice


def test_a_language_it_has_not_is_refused(engine: PicoEngine) -> None:
    with pytest.raises(ValueError, match="does not speak 'ja-JP'; it speaks en-US"):
        engine.synthesize("Hello", "ja-JP")


async def test_it_speaks_through_the_host() -> None:
    (spec,) = register_voices()
    assert (spec.name, spec.languages, spec.missing) == ("picotts", LANGUAGES, None)
    host = VoiceHost(spec)
    pcm = await host.synthesize("Welcome.", language="en-US")
    await host.close()
    assert 0.3 < pcm.seconds < 1.5
    assert host.version == spec.version == PicoEngine.version


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(util, "find_spec", lambda name: None)
    monkeypatch.setattr(metadata, "version", absent)
    remedy = missing()
    assert remedy is not None
    assert remedy.remedy == "Install it with: pip install py-nanotts==0.1.1"
    (spec,) = register_voices()
    assert spec.missing == remedy


def test_registering_imports_no_engine() -> None:
    code = (
        "import sys, botkit_picotts; botkit_picotts.register_voices();"
        "print([m for m in ('py_nanotts', 'numpy', 'av', 'aiortc') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
