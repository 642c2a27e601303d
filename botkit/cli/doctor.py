"""`botkit doctor`: what is here to run a bot with, what is missing, and what to do about it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from botkit.hooks import Hooks
    from botkit.model.pcm import Pcm
    from botkit.ports.speech import Synthesizer, VoiceSpec
    from botkit.settings import Settings

HELP = "say what is here to run a bot with, and what is missing"
DESCRIPTION = """\
Tell, one line each, which plugins, connectors and voices are installed, what each voice lacks and what to
do about it, and over which addresses calls can go; then really speak a few words.

With --bot also that bot's settings, handlers and flows are checked, and the voice that it would take speaks.
Exit code 0 = a bot can run and speak here, 1 = it cannot; every line that begins with WRONG is a reason."""

T = TypeVar("T")

WORDS = "1, 2, 3."
"""Every voice can say them in every language."""
SHORTEST = 0.3
"""Seconds that they take at least."""
QUIETEST = -45.0
"""dBFS; a voice is some 20 dB louder."""
MOST_LANGUAGES = 8
"""Told of one voice; the rest is counted."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bot", type=Path, help="the bot.yaml to check as well")


def run(options: argparse.Namespace) -> int:
    import logging

    logging.basicConfig(level=logging.CRITICAL)  # What the log would say, the report says.
    report = Report()
    _examine_python(report)
    settings = _settings(report, options.bot) if options.bot else None
    hooks = _hooks(report, settings)
    _examine_connectors(report, hooks)
    _examine_voices(report, hooks)
    _examine_network(report, settings)
    if settings is not None:
        _examine_flows(report, settings, hooks)
        _examine_bot(report, settings)
    _speak(report, hooks, settings)
    return report.end()


class Report:
    """Lines on standard output: a mark, what it is about, and the fact."""

    def __init__(self) -> None:
        self._wrong: list[str] = []

    def ok(self, subject: str, fact: str) -> None:
        self._line("ok", subject, fact)

    def note(self, subject: str, fact: str) -> None:
        """Something is missing that this bot can do without."""
        self._line("-", subject, fact)

    def wrong(self, subject: str, fact: str) -> None:
        """A reason why the bot cannot run; told once, however many parts of it stumble over it."""
        if fact not in self._wrong:
            self._wrong.append(fact)
            self._line("WRONG", subject, fact)

    def tried(self, subject: str, work: Callable[[], T]) -> T | None:
        """What `work` returns; None when it fails, which is told with place and remedy."""
        from botkit.model.errors import BotkitError

        try:
            return work()
        except BotkitError as error:
            self.wrong(subject, error.paragraph())
            return None

    def end(self) -> int:
        """The verdict; the exit code."""
        count = len(self._wrong)
        things = "1 thing is" if count == 1 else f"{count} things are"
        print(f"\n{things} wrong." if count else "\nA bot can run and speak here.")
        return 1 if count else 0

    def _line(self, mark: str, subject: str, fact: str) -> None:
        first, *rest = fact.splitlines()
        print(f"{mark:<6}{subject + ':':<18}{first}", flush=True)
        for line in rest:
            print(f"{'':<24}{line}", flush=True)


def _examine_python(report: Report) -> None:
    import platform
    import sys
    from importlib.metadata import version

    report.ok("python", f"{platform.python_version()} in {sys.prefix}")
    report.ok("botkit", version("botkit"))


def _settings(report: Report, file: Path) -> Settings | None:
    """None when they cannot be read. An unset secret hides nothing else."""
    from botkit.settings import read_settings

    settings = report.tried("settings", lambda: read_settings(file))
    if settings is None:
        return report.tried("settings", lambda: read_settings(file, with_platform=False))
    report.ok("settings", f"{file}: the bot {settings.file.bot}")
    return settings


def _hooks(report: Report, settings: Settings | None) -> Hooks:
    """The bot's, or those that are installed when it has none or they are broken."""
    from botkit.hooks import Hooks

    _examine_plugins(report)
    if settings is not None:
        from botkit.app import hooks_of

        own = report.tried("handlers", lambda: hooks_of(settings))
        if own is not None:
            report.ok("handlers", ", ".join([*settings.file.plugins, *settings.file.handlers]) or "none")
            return own
    hooks = Hooks()
    hooks.load_entry_points()
    return hooks


def _examine_plugins(report: Report) -> None:
    from importlib.metadata import entry_points

    from botkit.hooks.marks import PROJECT

    for entry in sorted(entry_points(group=PROJECT), key=lambda entry: entry.name):
        package = f"{entry.dist.name} {entry.dist.version}" if entry.dist else "a package without a name"
        try:
            entry.load()
        except Exception as error:
            report.note(f"plugin {entry.name}", f"of {package}, left out: it cannot be imported: {error!r}")
        else:
            report.ok(f"plugin {entry.name}", f"of {package}")


def _examine_connectors(report: Report, hooks: Hooks) -> None:
    names = ", ".join(sorted(hooks.connectors()))
    if names:
        report.ok("connectors", names)
    else:
        report.wrong("connectors", "there are none. Install botkit anew, or a plugin that brings one.")


def _examine_voices(report: Report, hooks: Hooks) -> None:
    for voice in hooks.voices().values():
        if voice.missing is None:
            engine = f" ({voice.version})" if voice.version else ""
            report.ok(f"voice {voice.name}", f"can speak here{engine}: {_languages(voice)}")
        else:
            lack = f"{voice.missing.missing} {voice.missing.remedy}"
            report.note(f"voice {voice.name}", f"{lack} It would speak: {_languages(voice)}")


def _languages(voice: VoiceSpec) -> str:
    told = ", ".join(voice.languages[:MOST_LANGUAGES])
    more = len(voice.languages) - MOST_LANGUAGES
    return f"{told}, and {more} more" if more > 0 else told


def _examine_network(report: Report, settings: Settings | None) -> None:
    """Over which addresses calls can go: those that ICE would gather."""
    import socket

    from aioice.ice import get_host_addresses

    from botkit.app import LOOPBACK

    addresses = get_host_addresses(use_ipv4=True, use_ipv6=True)
    loopback = LOOPBACK[settings.file.ice.loopback] if settings is not None else "auto"
    if addresses:
        report.ok("network", f"calls can go over {', '.join(addresses)}")
    elif loopback:
        report.note("network", "there is no address but 127.0.0.1: only callers on this machine are heard")
    else:
        report.wrong(
            "network",
            "there is no address for calls. Connect this machine, or leave `ice: {loopback: never}` out.",
        )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("127.0.0.1", 0))
        except OSError as error:
            report.note(
                "loopback", f"127.0.0.1 cannot be used ({error.strerror}), so `botkit demo` cannot run"
            )
        else:
            report.ok("loopback", "127.0.0.1")


def _examine_flows(report: Report, settings: Settings, hooks: Hooks) -> None:
    from botkit.flow.loader import load_flows

    flows = report.tried(
        "flows",
        lambda: load_flows(
            [settings.beside(name) for name in settings.file.flows],
            config=settings.file.config,
            verbs=hooks.steps(),
            handlers=hooks.step_handlers.keys(),
        ),
    )
    if flows is not None:
        report.ok("flows", f"no findings in {', '.join(sorted(flows.flows)) or 'none'}")


def _examine_bot(report: Report, settings: Settings) -> None:
    """All of it put together, as `botkit run` does before it starts."""
    from botkit.app import Bot

    if report.tried("bot", lambda: Bot.from_file(settings.path)) is not None:
        report.ok("bot", "connector, store, flows and voice fit together")


def _speak(report: Report, hooks: Hooks, settings: Settings | None) -> None:
    import asyncio

    from botkit.engines import best_voice
    from botkit.settings import SpeechBlock

    block = settings.file.speech if settings is not None else SpeechBlock()
    where = f"{settings.path}: speech" if settings is not None else "speech"

    def said() -> tuple[str, Pcm] | None:
        voice = best_voice(hooks, block.voice, block.language, None, where=where)
        if voice is None:
            report.wrong("speech", f"no voice speaks {block.language} here, so calls are declined.")
            return None
        return voice.name, asyncio.run(_said(voice, block.language))

    answer = report.tried("speech", said)
    if answer is None:
        return
    name, pcm = answer
    level = _loudness(pcm)
    fact = f"{name} said {WORDS!r} in {block.language}: {pcm.seconds:.1f} s at {level:.0f} dBFS"
    if pcm.seconds < SHORTEST or level < QUIETEST:
        report.wrong("speech", f"{fact}; that is too little to be heard. Choose another voice.")
    else:
        report.ok("speech", fact)


async def _said(voice: Synthesizer, language: str) -> Pcm:
    try:
        return await voice.synthesize(WORDS, language=language)
    finally:
        await voice.close()


def _loudness(pcm: Pcm) -> float:
    """dB of full scale, RMS; -99 for silence."""
    import numpy as np

    samples = np.frombuffer(pcm.samples, "<i2").astype(float)
    power = float(np.mean(samples**2)) if len(samples) else 0.0
    return 10 * float(np.log10(power / 32768**2)) if power > 0 else -99.0
