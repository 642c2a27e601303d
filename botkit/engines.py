"""Which of the installed engines a bot speaks and hears with."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol, TypeVar

from botkit.hooks import Hooks
from botkit.model.errors import UsageError
from botkit.ports.speech import Recognizer, RecognizerSpec, Remedy, Synthesizer, TellsOfStart, VoiceSpec
from botkit.speech.languages import knows
from botkit.speech.recognizer import RecognizerHost

log = logging.getLogger(__name__)

NO_EARS = "none"
"""The recogniser's name for a bot that answers to keys alone."""


class Engine(Protocol):
    """What the specification of a voice and of a recogniser have in common."""

    @property
    def name(self) -> str: ...

    @property
    def languages(self) -> tuple[str, ...]: ...

    @property
    def missing(self) -> Remedy | None: ...


E_ = TypeVar("E_", bound=Engine)


def best_voice(
    hooks: Hooks, name: str, language: str, prompts: Path | None, *, where: str = "speech"
) -> Synthesizer | None:
    """The voice asked for, else the best one that speaks here; None (calls are declined) when none does.
    What it does not speak another voice does that is installed.

    `where` is the place of `name`, for the `UsageError` about a voice that is missing.
    """
    from botkit.speech.voices import Voices  # numpy with it, which a check of flows need not wait for

    voices = hooks.voices()
    candidates: Iterable[VoiceSpec]
    if name:
        candidates = [_named(voices, name, "voice", where)]
        _check_language(voices[name], language, "speak", "speaks", where)
    else:
        candidates = [voice for voice in voices.values() if _knows(voice, language)]
    voice = _first_able(candidates, required=bool(name), place=f"{where}: voice: {name}", does="speak")
    if voice is None:
        log.warning("no voice speaks %s here, so calls are declined", language)
        return None
    return Voices(voice, voices.values(), prompts)


def best_recognizer(
    hooks: Hooks, name: str, language: str, model: Path | None, *, where: str = "speech"
) -> Recognizer | None:
    """The recogniser asked for, else the best one that hears here; None (keys alone) when none does.

    `model` is the folder of a model, for a recogniser that needs one. Raises `UsageError` like `best_voice`.
    """
    if name == NO_EARS:
        return None
    known = hooks.recognizers()
    if model is not None and not model.is_dir():
        raise UsageError(
            f"{model} is no folder.",
            where=f"{where}: model",
            remedy="Name the folder that holds the model's files.",
        )
    candidates: Sequence[RecognizerSpec]
    if name:
        candidates = [_named(known, name, "recognizer", where)]
        _check_language(known[name], language, "hear", "hears", where)
        if known[name].needs_model and model is None:
            raise UsageError(
                f"The recognizer {name} needs a model.",
                where=f"{where}: recognizer: {name}",
                remedy="Unpack one and name its folder: `model: PATH`.",
            )
    else:
        # A model is brought for the recogniser that takes one.
        candidates = [
            each
            for each in known.values()
            if each.needs_model == (model is not None) and _knows(each, language)
        ]
    spec = _first_able(candidates, required=bool(name), place=f"{where}: recognizer: {name}", does="hear")
    if spec is None:
        log.warning("no recognizer hears %s here, so callers answer with keys", language)
        return None
    if spec.needs_model:
        spec = replace(spec, options={**spec.options, "model": str(model)})
    return RecognizerHost(spec)


def that_fail(voice: Synthesizer | None, recognizer: Recognizer | None) -> Mapping[str, str]:
    """Which of them could not be started when a call needed it last, and so much as anybody may know."""
    return {
        part: f"{engine.name} does not start; the log tells why"
        for part, engine in (("voice", voice), ("recognizer", recognizer))
        if engine is not None and _fails(engine)
    }


def _fails(engine: object) -> bool:
    return isinstance(engine, TellsOfStart) and engine.fails_to_start


def hears(recognizer: Recognizer | None) -> Callable[[str], bool]:
    """Whether a caller's words in a language would be understood."""
    return recognizer.hears if recognizer is not None else lambda language: False


def speaks(hooks: Hooks) -> Callable[[str], bool]:
    """Whether one of the voices that are installed has a language, and can speak here."""
    able = [voice for voice in hooks.voices().values() if voice.missing is None]
    return lambda language: any(_knows(voice, language) for voice in able)


def vocabulary(
    hooks: Hooks, name: str, language: str, model: Path | None, *, where: str = "speech"
) -> Callable[[str, Sequence[str]], Sequence[str]] | None:
    """The words that the recogniser of a bot lacks, for the checker; None when it has no such list."""
    chosen = best_recognizer(hooks, name, language, model, where=where)
    if not isinstance(chosen, RecognizerHost) or not chosen.has_vocabulary:
        return None

    async def ask(spoken: str, words: Sequence[str]) -> Sequence[str]:
        # Its processes belong to the event loop that starts them.
        recognizer = best_recognizer(hooks, name, language, model, where=where)
        assert isinstance(recognizer, RecognizerHost)
        try:
            await recognizer.start()
            return await recognizer.unknown_words(spoken, words)
        finally:
            await recognizer.close()

    return lambda spoken, words: asyncio.run(ask(spoken or language, words))


def _named(known: Mapping[str, E_], name: str, kind: str, where: str) -> E_:
    if name not in known:
        raise UsageError(
            f"There is no {kind} {name!r}.",
            where=f"{where}: {kind}",
            remedy=f"Installed are: {', '.join(sorted(known))}.",
        )
    return known[name]


def _check_language(engine: Engine, language: str, does: str, did: str, where: str) -> None:
    if not _knows(engine, language):
        raise UsageError(
            f"{engine.name} does not {does} {language!r}.",
            where=f"{where}: language",
            remedy=f"It {did}: {', '.join(engine.languages)}.",
        )


def _first_able(candidates: Iterable[E_], *, required: bool, place: str, does: str) -> E_ | None:
    """The first one that lacks nothing. One that was asked for and lacks something is an error."""
    for engine in candidates:
        lack = engine.missing
        if lack is None:
            return engine
        if required:
            raise UsageError(lack.missing, where=place, remedy=lack.remedy)
        log.warning("%s cannot %s: %s %s", engine.name, does, lack.missing, lack.remedy)
    return None


def _knows(engine: Engine, language: str) -> bool:
    """One region stands for the others of its language; no list stands for whatever its model is for."""
    return not engine.languages or knows(engine.languages, language)
