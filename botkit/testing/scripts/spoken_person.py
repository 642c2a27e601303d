"""What a person on a real call goes by: what the bot waits for, what it asks back about, and a voice."""

from __future__ import annotations

from collections.abc import Mapping

from botkit.app import hooks_of
from botkit.engines import best_voice
from botkit.flow.values import as_text
from botkit.model.errors import WorldError
from botkit.model.session import Session, Status
from botkit.ports.speech import Synthesizer
from botkit.speech.sentences import pieces
from botkit.testing.hearing import Expected

from .subject import Subject


def wait_of(session: Session) -> Mapping[str, object]:
    """What an open session waits for."""
    wait = session.state.get("wait")
    return wait if session.status is Status.OPEN and isinstance(wait, dict) else {}


def means(doubt: object, value: str) -> bool:
    """Whether what the bot asks back about is what was meant."""
    answer = doubt.get("answer") if isinstance(doubt, Mapping) else None
    return as_text(answer) == value


def voice_of(subject: Subject) -> Synthesizer:
    """A voice like the bot's, but not the bot's: it speaks for the person, and is the yardstick."""
    speech = subject.settings.file.speech
    voice = best_voice(hooks_of(subject.settings), speech.voice, speech.language, None)
    if voice is None:
        raise WorldError(
            "There is no voice here, so nobody can speak.", remedy="`botkit doctor` says what is missing."
        )
    return voice


async def expected(voice: Synthesizer, language: str, text: str, played: float | None) -> list[Expected]:
    """A prompt as it is played: sentence by sentence, up to its cut after `played` seconds."""
    prompts: list[Expected] = []
    left = played
    for piece in pieces(text):
        pcm = await voice.synthesize(piece, language=language)
        if left is not None and left < pcm.seconds:
            return [*prompts, Expected(name=piece, pcm=pcm, played=left)] if left > 0 else prompts
        prompts.append(Expected(name=piece, pcm=pcm))
        left = None if left is None else left - pcm.seconds
    return prompts
