"""Piper: which model it takes, what it says of one that is none, and, where it is installed, its sound."""

from __future__ import annotations

import json
from importlib import util
from pathlib import Path

import pytest

import botkit_piper
from botkit.ports.speech import SpeechFailed, VoiceSpec
from botkit.speech.host import VoiceHost
from botkit_piper.model import MODEL_VARIABLE, Model
from tests.plugins.voices import LONG, assert_a_voice


def spec() -> VoiceSpec:
    (found,) = botkit_piper.register_voices()
    return found


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model in everything but its weights."""
    path = tmp_path / "de_DE-anna.onnx"
    path.write_bytes(b"no weights")
    Path(f"{path}.json").write_text(json.dumps({"language": {"code": "de_DE"}, "espeak": {"voice": "de"}}))
    monkeypatch.setenv(MODEL_VARIABLE, str(path))
    return path


def test_with_nothing_installed_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(MODEL_VARIABLE, raising=False)
    monkeypatch.setattr(util, "find_spec", lambda name: None)
    lack = spec().missing
    assert lack is not None
    assert lack.remedy == "Install it with: pip install 'botkit[piper]'"


def test_a_model_of_ones_own_says_its_language(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(util, "find_spec", lambda name: object())
    assert (spec().languages, spec().missing) == (("de-DE",), None)
    assert "de_DE-anna-10" in spec().version


def test_espeaks_name_of_the_language_will_do(model: Path) -> None:
    Path(f"{model}.json").write_text(json.dumps({"espeak": {"voice": "en-gb"}}))
    assert Model.read(model).language == "en-GB"


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda path: path.unlink(), "No such file"),
        (lambda path: Path(f"{path}.json").unlink(), "No such file"),
        (lambda path: Path(f"{path}.json").write_bytes(b"\xff\xd8\xff"), "does not describe a voice"),
        (lambda path: Path(f"{path}.json").write_text("[1]"), "does not describe a voice"),
        (lambda path: Path(f"{path}.json").write_text(" " * 2**21), "is no voice"),
    ],
    ids=["no model", "no description", "a picture", "a list", "too long"],
)
def test_what_is_no_model_is_told_with_the_remedy(model: Path, spoil: object, told: str) -> None:
    spoil(model)  # type: ignore[operator]
    lack = spec().missing
    assert lack is not None
    assert told in lack.missing
    assert MODEL_VARIABLE in lack.remedy


@pytest.mark.engines
async def test_it_is_a_voice_at_a_telephones_level(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(MODEL_VARIABLE, raising=False)
    assert spec().missing is None
    host = VoiceHost(spec(), timeout=60)
    try:
        await assert_a_voice(host, 22_050)
        assert host.version == spec().version
        assert (await host.synthesize("Say [[tea]] now.", language="en-GB")).seconds > 0.5
        with pytest.raises(SpeechFailed, match="does not speak 'de-DE'"):
            await host.synthesize("Guten Tag", language="de-DE")
    finally:
        await host.close()


@pytest.mark.engines
async def test_a_model_without_weights_cannot_start(model: Path) -> None:
    host = VoiceHost(spec(), timeout=60)
    try:
        with pytest.raises(SpeechFailed, match="cannot start"):
            await host.synthesize("Guten Tag", language="de-DE")
    finally:
        await host.close()


@pytest.mark.engines
async def test_a_long_text_is_no_matter_of_the_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which is for a sentence; all of these together may take longer."""
    monkeypatch.delenv(MODEL_VARIABLE, raising=False)
    host = VoiceHost(spec(), timeout=10)
    try:
        assert (await host.synthesize(LONG * 4, language="en-US")).seconds > 80
    finally:
        await host.close()
