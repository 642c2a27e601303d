"""Who calls a flow in the terminal: somebody who types, or recordings."""

from __future__ import annotations

import re
from pathlib import Path

from botkit.cli.alone import LoneFlow
from botkit.cli.lines import Lines
from botkit.cli.phone_line import PhoneLine
from botkit.engines import NO_EARS
from botkit.media.files import AudioFiles
from botkit.model.errors import UsageError
from botkit.speech.gates import gate_now
from botkit.testing.counted import CountedRecognizer
from botkit.testing.recognizer import FakeRecognizer
from botkit.testing.scripts.ears import AnySound, sound_of

KEYS = re.compile(r"[0-9*#]+")


async def call_with_keyboard(lone: LoneFlow) -> None:
    """Keys and words are typed."""
    words = FakeRecognizer(languages=[lone.bot.speech.language])
    async with PhoneLine(lone, recognizer=words, voice_activity=AnySound) as line:
        lines, asides = Lines(echo=True), line.asides()
        while await line.until_asked(lines.next):
            print("you> ", end="", flush=True)
            typed = await lines.next()
            if typed is None:
                return
            if await asides.take(typed):
                continue
            if KEYS.fullmatch(typed):
                await line.press(typed)
            elif typed:
                words.hear(typed)
                await line.speak(sound_of(typed))
            else:
                await line.say_nothing()


async def call_with_files(lone: LoneFlow, folder: Path) -> None:
    """Each audio file of `folder` answers one question; then the caller hangs up."""
    files = AudioFiles()
    answers = [(path.name, await files.load(str(path))) for path in _answers(folder)]
    ears = await ears_of(lone)
    async with PhoneLine(lone, recognizer=ears, voice_activity=gate_now) as line:
        line.clock.watch(lambda: ears.busy > 0)
        for name, sound in answers:
            if not await line.until_asked(nobody):
                return
            print(f"you> ({name}, {sound.seconds:.1f} s)")
            await line.speak(sound)
        await line.until_asked(nobody)


def _answers(folder: Path) -> list[Path]:
    names = sorted(path for path in folder.glob("*") if path.is_file()) if folder.is_dir() else []
    if not names:
        raise UsageError(
            "There are no audio files to answer with.",
            where=f"--wav {folder}",
            remedy="Name a folder of recordings: 01-hours.wav, 02-bye.wav ...",
        )
    return names


async def call_with_recording(lone: LoneFlow, recording: Path, step: str) -> None:
    """Answer one question with one recording, and tell what was heard and why it led where it did."""
    sound = await AudioFiles().load(str(recording))
    ears = await ears_of(lone)
    async with PhoneLine(lone, recognizer=ears, voice_activity=gate_now, step=step) as line:
        line.clock.watch(lambda: ears.busy > 0)
        if not await line.until_asked(nobody):
            return
        print(f"you> ({recording.name}, {sound.seconds:.1f} s)")
        turns = len(await line.journal("turn"))
        await line.speak(sound)
        heard = await line.journal("heard")
        for each in heard:
            detail = f" ({each['detail']})" if each["detail"] else ""
            print(f"     {ears.name} {ears.version}: {each['ended']}, {each['text']!r}{detail}")
        if not heard:
            print("     there is no speech in it")
        for turn in (await line.journal("turn"))[turns:]:
            reasons = turn["why"]
            assert isinstance(reasons, list)
            for why in reasons:
                way = f" -> {why['branch']}" if why["branch"] else ""
                print(f"     {why['flow']}:{why['line']} {why['verb']}{way}")
        await line.until_asked(nobody)


async def ears_of(lone: LoneFlow) -> CountedRecognizer:
    """The recogniser of its bot, ready to hear. Raises `UsageError` when there is none."""
    speech = lone.bot.speech
    recognizer = lone.bot.recognizer()
    if recognizer is None and speech.recognizer == NO_EARS:
        raise UsageError(
            f"`recognizer: {NO_EARS}` lets callers answer with keys alone.",
            where="bot.yaml: speech",
            remedy="Name another one, or leave it out.",
        )
    if recognizer is None:
        raise UsageError(
            f"Nothing hears {speech.language} here.",
            where="speech",
            remedy="`botkit doctor` says what is missing.",
        )
    await recognizer.start()
    return CountedRecognizer(recognizer)


async def nobody() -> str | None:
    """Nobody types."""
    print()
    return None
