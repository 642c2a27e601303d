"""`botkit prompts build`: prompts spoken and encoded before anybody calls."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botkit.cli.known_bot import KnownBot
    from botkit.cli.rehearsal import Rehearsed
    from botkit.media.sending.payloads import PayloadCache
    from botkit.model.pcm import Pcm
    from botkit.ports.speech import Synthesizer

HELP = "speak and encode prompts ahead"
DESCRIPTION = """\
Make everything ready that flows say to callers, so that calls begin without waiting for a voice.

`botkit prompts build` speaks each text that does not depend on the caller, prepares each audio file, and
encodes both for every codec. What is there already is kept; what has changed is made anew. Exit code 0 =
all is ready, 1 = something could not be spoken or played, which is told."""

MOST_TOLD = 10
"""Faults told one by one."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    build = verbs.add_parser("build", help=HELP, description=DESCRIPTION)
    build.add_argument(
        "flows",
        nargs="*",
        type=Path,
        metavar="FLOW",
        help="a flow file, or a folder of them (default: the bot's)",
    )
    build.add_argument("--bot", type=Path, help="the bot.yaml that the flows belong to")
    build.add_argument(
        "--to",
        type=Path,
        metavar="FOLDER",
        help="where prompts are kept (default: where the bot keeps them, state/prompts beside bot.yaml)",
    )


def run(options: argparse.Namespace) -> int:
    import asyncio

    from botkit.cli.logs import log_to_stderr

    log_to_stderr("WARNING")
    return asyncio.run(_build(_plan(options)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What is to be made, by whom, and where it is kept."""

    rehearsed: Rehearsed
    bot: KnownBot
    folder: Path


@dataclass(slots=True)
class _Tally:
    """What has become of it."""

    made: int = 0
    kept: int = 0
    faults: list[str] = field(default_factory=list)


def _plan(options: argparse.Namespace) -> _Plan:
    """Raises `UsageError` for what is wrong with the files."""
    from botkit.cli.known_bot import KnownBot
    from botkit.cli.rehearsal import rehearse
    from botkit.engines import hears
    from botkit.model.errors import UsageError
    from botkit.ports.system_clock import SystemClock

    bot = KnownBot.read(options.bot)
    if not options.flows and (bot.settings is None or not bot.settings.file.flows):
        raise UsageError("There is no flow to speak.", remedy="Name flow files, or the bot: --bot bot.yaml.")
    flows = bot.load_flows(options.flows, hears=hears(bot.recognizer()))
    return _Plan(
        rehearsed=rehearse(flows, SystemClock().now()),
        bot=bot,
        folder=options.to or bot.folder / "state" / "prompts",
    )


async def _build(plan: _Plan) -> int:
    from concurrent.futures import ThreadPoolExecutor

    from botkit.engines import best_voice
    from botkit.media.sending.payloads import PayloadCache
    from botkit.model.errors import WorldError

    bot, speech = plan.bot, plan.bot.speech
    _make_folder(plan.folder)
    voice = best_voice(bot.hooks, speech.voice, speech.language, plan.folder, where=bot.where)
    if voice is None:
        raise WorldError(
            f"No voice speaks {speech.language} here.",
            where=bot.where,
            remedy="`botkit doctor` says what is missing.",
        )
    tally = _Tally()
    try:
        with ThreadPoolExecutor(1) as encoder:
            encoded = PayloadCache(encoder, max_bytes=2**20, folder=plan.folder / "payloads")
            await _make_all(plan, voice, encoded, tally)
    finally:
        await voice.close()
    return _told(plan, tally)


def _make_folder(folder: Path) -> None:
    from botkit.model.errors import UsageError

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise UsageError(
            f"Prompts cannot be kept in {folder}: {fault.strerror}.",
            where="--to",
            remedy="Name a folder that can be written.",
        ) from fault


async def _make_all(plan: _Plan, voice: Synthesizer, encoded: PayloadCache, tally: _Tally) -> None:
    from rich.console import Console
    from rich.progress import Progress

    from botkit.media.files import AudioFiles
    from botkit.model.errors import WorldError

    sounds = AudioFiles(prepared=plan.folder / "files")
    rehearsed = plan.rehearsed
    with Progress(console=Console(stderr=True), transient=True) as progress:
        for prompt in progress.track(rehearsed.prompts, description="speaking"):
            language = prompt.language or plan.bot.speech.language
            try:
                pieces = [piece async for piece in voice.stream(prompt.text, language=language)]
                await _encode(pieces, encoded, tally)
            except WorldError as fault:
                tally.faults.append(f"{prompt.text[:60]!r}: {fault.paragraph()}")
        for file in progress.track(rehearsed.files, description="preparing files"):
            try:
                await _encode([await sounds.load(file)], encoded, tally)
            except WorldError as fault:
                tally.faults.append(fault.paragraph())


async def _encode(pieces: list[Pcm], encoded: PayloadCache, tally: _Tally) -> None:
    import asyncio

    from botkit.media.codecs import CODECS

    wanted = [(piece, codec) for piece in pieces for codec in CODECS if piece.samples]
    lacking = [each for each in wanted if not await asyncio.to_thread(encoded.has, *each)]
    for piece, codec in lacking:
        await encoded.get(piece, codec)
    tally.made += bool(lacking)
    tally.kept += not lacking


def _told(plan: _Plan, tally: _Tally) -> int:
    varying = plan.rehearsed.varying
    print(f"{plan.folder}: {tally.made} new, {tally.kept} kept, {len(varying)} left for the call.")
    if varying:
        print(f"Spoken when they are due, as they depend on the call: {', '.join(varying)}")
    for fault in tally.faults[:MOST_TOLD]:
        print(f"not ready: {fault}")
    if len(tally.faults) > MOST_TOLD:
        print(f"not ready: {len(tally.faults) - MOST_TOLD} more")
    return 1 if tally.faults else 0
