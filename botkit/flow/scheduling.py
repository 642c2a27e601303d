"""The schedules of a flow file, made of its `start:` and its `config`, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from botkit.model.findings import Finding

from .calendars import ALWAYS_OPEN, Calendar
from .cron import Cron
from .document import Location, did_you_mean
from .expressions import ConfigValues
from .schedules import Every, Once, Schedule
from .starts import BySchedule, StartEntry
from .templates import Template
from .values import Fault, duration
from .zones import zone

SHORTEST = 1.0
"""Seconds between two instants of `every`."""


class _Wrong(Exception):
    """A schedule cannot be made of what stands there."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding


def schedules_of(
    flow: str,
    entries: Sequence[StartEntry],
    config: Mapping[str, object],
    calendars: Mapping[str, Calendar],
    *,
    known: bool,
    fallback: Location,
) -> tuple[list[Schedule], list[Finding]]:
    """The schedules that start a flow; `calendars` are those that are known. Without `known`, nothing is
    known of bot.yaml, and a schedule that asks it for something is left out."""
    ways = [entry.schedule for entry in entries if entry.schedule is not None]
    made: list[Schedule] = []
    findings: list[Finding] = []
    for number, options in enumerate(ways, 1):
        name = f"{flow}:{number}" if len(ways) > 1 else flow
        if not known and any(text.constant is None for text in _texts(options)):
            continue
        try:
            made.append(_made(name, flow, options, config, calendars, fallback))
        except _Wrong as wrong:
            findings.append(wrong.finding)
    return made, findings


def calendar_findings(
    templates: Iterable[Template], schedules: Iterable[BySchedule], known: Collection[str], fallback: Location
) -> Iterator[Finding]:
    """Calendars that bot.yaml does not have."""
    named = [(path[1], template.at) for template in templates for path in _calendars_in(template)]
    named += [
        (options.calendar.constant, options.calendar.at)
        for options in schedules
        if options.calendar is not None and options.calendar.constant is not None
    ]
    for name, at in named:
        if name not in known:
            add = f"Add `schedules: {{calendars: {{{name[:40]}: {{open: ...}}}}}}` to bot.yaml."
            remedy = did_you_mean(name, known) if known else add
            message = f"There is no calendar `{name[:40]}`."
            yield (at or fallback).finding("unknown-calendar", message, remedy)


def calendars_named(templates: Iterable[Template]) -> dict[str, Calendar]:
    """The calendars that texts read, always open: what a flow that is tried without its bot has."""
    return {path[1]: ALWAYS_OPEN for template in templates for path in _calendars_in(template)}


def _calendars_in(template: Template) -> Iterator[tuple[str, ...]]:
    return (path for path in template.names if path[0] == "calendars" and len(path) > 1)


def _texts(options: BySchedule) -> list[Template]:
    texts = (options.cron, options.every, options.at, options.time_zone, options.calendar)
    return [text for text in texts if text is not None]


def _made(
    name: str,
    flow: str,
    options: BySchedule,
    config: Mapping[str, object],
    calendars: Mapping[str, Calendar],
    fallback: Location,
) -> Schedule:
    values = _Values(config, fallback)
    made = Schedule(
        name=name,
        flow=flow,
        timing=values.timing(options),
        place=values.place(options.time_zone),
        misses=options.misses,
        jitter=options.jitter,
        calendar="" if options.calendar is None else values.of(options.calendar),
    )
    if made.calendar in calendars and not made.comes(calendars[made.calendar]):
        at = (options.calendar.at if options.calendar is not None else None) or fallback
        message = f"It never comes while `{made.calendar[:40]}` is open."
        remedy = "Choose another time, or longer hours in bot.yaml's `schedules: {calendars: ...}`."
        raise _Wrong(at.finding("bad-schedule", message, remedy))
    return made


class _Values:
    """What the texts of a schedule come to. Its methods raise `_Wrong`."""

    def __init__(self, config: Mapping[str, object], fallback: Location) -> None:
        self._config = ConfigValues(config)
        self._fallback = fallback

    def of(self, text: Template) -> str:
        try:
            return text.text(self._config).strip()
        except Fault as fault:
            raise self._wrong(text, f"This has no value: {fault}.", "Only `config` is known here.") from None

    def place(self, text: Template | None) -> ZoneInfo:
        if text is None:
            return zone("UTC")
        try:
            return zone(self.of(text))
        except ValueError as error:
            raise self._wrong(text, error, "Write one like `Europe/Berlin`.", "unknown-zone") from None

    def timing(self, options: BySchedule) -> Cron | Every | Once:
        if options.cron is not None:
            return self._cron(options.cron)
        if options.every is not None:
            return self._every(options.every, options.jitter)
        assert options.at is not None, "a schedule has one of the three"
        return self._once(options.at)

    def _cron(self, text: Template) -> Cron:
        try:
            return Cron.parsed(self.of(text))
        except ValueError as error:
            remedy = "Write minute, hour, day, month and weekday: `0 9 * * mon-fri`."
            raise self._wrong(text, error, remedy, "bad-cron") from None

    def _every(self, text: Template, jitter: float) -> Every:
        try:
            seconds = duration(self.of(text))
        except ValueError as error:
            raise self._wrong(text, error, "Write a number and a unit: `30s`, `15m`, `2h`.") from None
        if seconds < SHORTEST:
            raise self._wrong(text, "That is less than a second.", "Write `1s` or more.")
        if jitter >= seconds:
            raise self._wrong(text, "The `jitter` is as long as the interval.", "Write a shorter `jitter`.")
        return Every(seconds)

    def _once(self, text: Template) -> Once:
        try:
            wall = datetime.fromisoformat(self.of(text))
        except ValueError:
            wall = None
        if wall is None or wall.tzinfo is not None:
            remedy = "Write `2026-12-24T09:00`, and the zone behind `time_zone`."
            raise self._wrong(text, "This is no date with a time.", remedy)
        return Once(wall)

    def _wrong(
        self, text: Template, message: str | ValueError, remedy: str, code: str = "bad-schedule"
    ) -> _Wrong:
        said = str(message)
        sentence = f"{said[:1].upper()}{said[1:].rstrip('.')}."
        return _Wrong((text.at or self._fallback).finding(code, sentence, remedy))
