"""What `botkit doctor` finds out about voices and ears: what is installed, and whether it works."""

from __future__ import annotations

import asyncio

import numpy as np

from botkit.cli.known_bot import KnownBot
from botkit.cli.report import Report
from botkit.engines import NO_EARS, best_voice
from botkit.flow import match
from botkit.hooks import Hooks
from botkit.model.pcm import Pcm
from botkit.model.speech import SpeechKind
from botkit.ports.speech import Recognizer, RecognizerSpec, Synthesizer, VoiceSpec

WORDS = "1, 2, 3."
"""Every voice can say them in every language."""
DIGITS = "123"
"""What they are."""
SHORTEST = 0.3
"""Seconds that they take at least."""
QUIETEST = -45.0
"""dBFS; a voice is some 20 dB louder."""
MOST_LANGUAGES = 8
"""Told of one engine; the rest is counted."""


def examine_engines(report: Report, hooks: Hooks) -> None:
    """One line for each voice and each recogniser."""
    for voice in hooks.voices().values():
        _examine(report, f"voice {voice.name}", voice, "speak")
    for recognizer in hooks.recognizers().values():
        _examine(report, f"ears {recognizer.name}", recognizer, "hear")


def speak_and_hear(report: Report, bot: KnownBot) -> None:
    """Let the voice say something, and the recogniser hear it."""
    block = bot.speech
    said = report.tried("speech", lambda: _speak(report, bot))
    ears = report.tried("hearing", bot.recognizer)
    if ears is None:
        if block.recognizer == NO_EARS:
            report.note("hearing", f"`recognizer: {NO_EARS}`: callers answer with keys.")
        elif not block.recognizer:
            report.note("hearing", f"nothing hears {block.language} here: callers answer with keys.")
        return
    heard = report.tried("hearing", lambda: asyncio.run(_heard(ears, said, block.language)))
    if heard is None:
        return
    if said is None:
        report.note("hearing", f"{ears.name} starts; nothing was said to it.")
    elif match.digits(heard) == DIGITS:
        report.ok("hearing", f"{ears.name} understood it: {heard!r}")
    else:
        report.note("hearing", f"{ears.name} made {heard!r} of it.")


def _examine(report: Report, subject: str, engine: VoiceSpec | RecognizerSpec, does: str) -> None:
    languages = _languages(engine.languages)
    if engine.missing is not None:
        lack = f"{engine.missing.missing} {engine.missing.remedy}".removesuffix(".")
        report.note(subject, f"{lack}. It would {does}: {languages}")
    elif isinstance(engine, RecognizerSpec) and engine.needs_model:
        report.note(subject, "needs a model of your own: `speech: {model: FOLDER}` in bot.yaml.")
    else:
        version = f" ({engine.version})" if engine.version else ""
        report.ok(subject, f"can {does} here{version}: {languages}")


def _languages(known: tuple[str, ...]) -> str:
    told = ", ".join(known[:MOST_LANGUAGES]) or "what its model is for"
    more = len(known) - MOST_LANGUAGES
    return f"{told}, and {more} more" if more > 0 else told


def _speak(report: Report, bot: KnownBot) -> Pcm | None:
    """What the voice said; None when it did not, which is told."""
    block = bot.speech
    voice = best_voice(bot.hooks, block.voice, block.language, None, where=bot.where)
    if voice is None:
        report.wrong("speech", f"no voice speaks {block.language} here, so calls are declined.")
        return None
    pcm = asyncio.run(_said(voice, block.language))
    level = _loudness(pcm)
    fact = f"{voice.name} said {WORDS!r} in {block.language}: {pcm.seconds:.1f} s at {level:.0f} dBFS"
    if pcm.seconds < SHORTEST or level < QUIETEST:
        report.wrong("speech", f"{fact}; that is too little to be heard. Choose another voice.")
        return None
    report.ok("speech", fact)
    return pcm


async def _said(voice: Synthesizer, language: str) -> Pcm:
    try:
        return await voice.synthesize(WORDS, language=language)
    finally:
        await voice.close()


async def _heard(recognizer: Recognizer, utterance: Pcm | None, language: str) -> str:
    """Without an utterance it is only started."""
    try:
        await recognizer.start()  # which may take longer than an answer
        if utterance is None:
            return ""
        heard = await recognizer.recognise(utterance, language=language, kind=SpeechKind.DIGITS)
        return heard.text
    finally:
        await recognizer.close()


def _loudness(pcm: Pcm) -> float:
    """dB of full scale, RMS; -99 for silence."""
    samples = np.frombuffer(pcm.samples, "<i2").astype(float)
    power = float(np.mean(samples**2)) if len(samples) else 0.0
    return 10 * float(np.log10(power / 32768**2)) if power > 0 else -99.0
