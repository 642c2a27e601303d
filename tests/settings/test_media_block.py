"""`media:` of bot.yaml, and how many calls a bot takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from botkit.app import Bot, hooks_of
from botkit.media.late import LateAudioPort
from botkit.media.workers.port import WorkerAudioPort
from botkit.model.errors import UsageError
from botkit.ports.audio import AudioPort
from botkit.settings import read_settings
from botkit.settings.media import CALLS_OF_A_PROCESS, carried
from botkit.testing import FakeConnector, FakePlatform

BOT = "bot: x\nplatform: {connector: circuit}\n"


@pytest.mark.parametrize(
    ("text", "workers", "expected"),
    [
        ("", None, LateAudioPort),
        ("media: {workers: 2}", None, WorkerAudioPort),
        ("media: {workers: 2}", 0, LateAudioPort),
        ("", 1, WorkerAudioPort),
    ],
)
async def test_who_carries_the_sound(
    tmp_path: Path, text: str, workers: int | None, expected: type[object]
) -> None:
    (tmp_path / "bot.yaml").write_text(BOT + text)
    settings = read_settings(tmp_path / "bot.yaml", with_platform=False)
    ports: list[AudioPort] = []

    def seen(port: AudioPort) -> AudioPort:
        ports.append(port)
        return port

    connector = FakeConnector(FakePlatform())
    Bot.from_settings(
        settings,
        hooks=hooks_of(settings),
        connector=connector,
        change_audio=seen,
        media_workers=workers,
    )
    assert [type(port) for port in ports] == [expected]
    await ports[0].close()


@pytest.mark.parametrize(
    ("text", "workers", "calls"),
    [
        ("", 0, CALLS_OF_A_PROCESS),
        ("", 1, CALLS_OF_A_PROCESS),
        ("", 3, 3 * CALLS_OF_A_PROCESS),
        ("limits: {calls: 20}", 3, 20),
        ("limits: {calls: 1000}", 0, 1000),
    ],
)
def test_how_many_calls_it_takes(tmp_path: Path, text: str, workers: int, calls: int) -> None:
    (tmp_path / "bot.yaml").write_text(BOT + text)
    file = read_settings(tmp_path / "bot.yaml", with_platform=False).file
    assert carried(file.limits.limits(), workers).calls == calls


@pytest.mark.parametrize("workers", ["-1", "65", "many"])
def test_what_is_no_number_of_processes(tmp_path: Path, workers: str) -> None:
    (tmp_path / "bot.yaml").write_text(BOT + f"media: {{workers: {workers}}}")
    with pytest.raises(UsageError, match="workers"):
        read_settings(tmp_path / "bot.yaml", with_platform=False)
