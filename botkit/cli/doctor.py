"""`botkit doctor`: what is here to run a bot with, what is missing, and what to do about it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from botkit.cli.report import Report

if TYPE_CHECKING:
    from botkit.cli.known_bot import KnownBot
    from botkit.hooks import Hooks
    from botkit.settings import Settings

HELP = "say what is here to run a bot with, and what is missing"
DESCRIPTION = """\
Tell, one line each, which plugins, connectors, voices and speech recognisers are installed, what each lacks
and what to do about it, and over which addresses calls can go; then really speak a few words, and hear them.

With --bot also that bot's settings, handlers and flows are checked, and the voice and the recogniser that it
would take are tried. Exit code 0 = a bot can run and speak here, 1 = it cannot; every line that begins with
WRONG is a reason."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bot", type=Path, help="the bot.yaml to check as well")


def run(options: argparse.Namespace) -> int:
    import logging

    from botkit.cli.doctor_speech import examine_engines, speak_and_hear
    from botkit.cli.known_bot import KnownBot

    logging.basicConfig(level=logging.CRITICAL)  # What the log would say, the report says.
    report = Report()
    _examine_python(report)
    settings = _settings(report, options.bot) if options.bot else None
    bot = KnownBot(settings=settings, hooks=_hooks(report, settings))
    _examine_connectors(report, bot.hooks)
    examine_engines(report, bot.hooks)
    _examine_network(report, settings)
    if settings is not None:
        _examine_flows(report, bot)
        _examine_bot(report, settings)
    speak_and_hear(report, bot)
    return report.end()


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
    return Hooks.installed()


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


def _examine_network(report: Report, settings: Settings | None) -> None:
    """Over which addresses calls can go: those that ICE would gather."""
    import socket

    from aioice.ice import get_host_addresses

    from botkit.carriers import LOOPBACK

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


def _examine_flows(report: Report, bot: KnownBot) -> None:
    flows = report.tried("flows", bot.load_flows)
    if flows is not None:
        report.ok("flows", f"no findings in {', '.join(sorted(flows.flows)) or 'none'}")


def _examine_bot(report: Report, settings: Settings) -> None:
    """All of it put together, as `botkit run` does before it starts."""
    from botkit.app import Bot

    if report.tried("bot", lambda: Bot.from_file(settings.path)) is not None:
        report.ok("bot", "connector, store, flows and voice fit together")
