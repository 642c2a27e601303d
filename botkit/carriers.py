"""Who carries the sound of calls: the bot's process, or others that do nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from botkit.media.late import LateAudioPort
from botkit.ports.audio import AudioPort

LOOPBACK: Mapping[str, Literal["auto"] | bool] = {"auto": "auto", "always": True, "never": False}
"""What `ice: {loopback: ...}` means to the audio port."""

VOICE_GATES = "botkit.speech.gates:VoiceGates"
"""What tells speech from noise in a media process. The bot itself goes by loudness then, where a process
cannot tell."""


def audio_port(
    workers: int = 0,
    *,
    tells_speech: bool = False,
    loopback: Literal["auto", "always", "never"] = "auto",
    cache_folder: Path | None = None,
) -> AudioPort:
    """The engine, in this process or in `workers` others, which with `tells_speech` tell speech, too.
    Nothing of it is imported before the port starts.

    `loopback` as in bot.yaml; `cache_folder` keeps encoded prompts.
    """
    may = LOOPBACK[loopback]
    if workers:
        from botkit.media.workers.port import WorkerAudioPort

        activity = VOICE_GATES if tells_speech else ""
        return WorkerAudioPort(workers, activity=activity, loopback=may, cache_folder=cache_folder)

    def load() -> AudioPort:
        from botkit.media.engine import engine_port

        return engine_port(loopback=may, cache_folder=cache_folder)

    return LateAudioPort(load)
