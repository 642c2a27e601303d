"""Schedules in flow files: what they come to, and what is wrong with them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from botkit.flow.calendars import NEVER_OPEN
from botkit.flow.engine import step
from botkit.flow.loader import FlowFileError, load_flows
from botkit.flow.schedules import Misses
from botkit.model.inputs import Begin
from botkit.model.session import Channel, Session

FLOW = """\
flow: report
start:
  - schedule: {%s}
config:
  zone: {default: Europe/Berlin}
  when: {required: true}
slots:
  name: {ask: Who?}
steps:
  - if: calendars.office.open and event.missed == 0
    then:
      - post: "{{ event.due }}"
        to: team@example.com
"""
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def load(schedule: str, config=None, calendars=None):
    texts = {"report.yaml": FLOW % schedule}
    return load_flows([], texts=texts, config=config, calendars=calendars)


def test_config_may_say_when() -> None:
    flows = load('cron: "{{ config.when }}", time_zone: "{{ config.zone }}", misses: skip',
                 {"report": {"when": "0 9 * * *"}})  # fmt: skip
    (schedule,) = flows.schedules
    assert schedule.told() == "cron 0 9 * * *, Europe/Berlin"
    assert schedule.misses is Misses.SKIP
    assert schedule.after(NOW) == datetime(2026, 3, 3, 8, tzinfo=UTC)


def test_a_schedule_that_never_meets_its_calendar_is_refused() -> None:
    calendars = dict.fromkeys(("shop", "office"), NEVER_OPEN)
    with pytest.raises(FlowFileError, match="It never comes while `shop` is open") as caught:
        load('cron: "0 20 * * *", calendar: shop', calendars=calendars)
    assert [finding.code for finding in caught.value.findings] == ["bad-schedule"]
    once = load("at: 2020-01-01T09:00, calendar: shop", calendars=calendars)
    assert len(once.schedules) == 1, "its calendar may have changed since"


def test_without_its_bot_a_schedule_that_asks_for_config_is_left_out() -> None:
    assert load('cron: "{{ config.when }}"').schedules == ()


@pytest.mark.parametrize(
    ("schedule", "code", "said"),
    [
        ('cron: "{{ config.when }}"', "bad-cron", "`never` has 1 places"),
        ('cron: "{{ name }}"', "bad-cron", "`None`|places"),
        ("every: 0s", "bad-schedule", "less than a second"),
        ("every: 10s, jitter: 10s", "bad-schedule", "as long as the interval"),
        ('cron: "0 9 * * *", jitter: 2h', "bad-schedule", "longer than an hour"),
        ("at: tomorrow", "bad-schedule", "no date with a time"),
        ("at: 2026-12-24T09:00Z", "bad-schedule", "no date with a time"),
        ("every: 1h, at: 2026-12-24T09:00", "bad-schedule", "has one of"),
        ("time_zone: UTC", "bad-schedule", "has one of"),
        ('every: 1h, time_zone: "{{ config.when }}"', "unknown-zone", "no time zone `never`"),
        ("every: 1h, calendar: shop", "unknown-calendar", "no calendar `shop`"),
        ("every: 1h, misses: all", "wrong-value", "`all` is not known"),
        ("evry: 1h", "unknown-key", "`evry`"),
    ],
)
def test_what_is_wrong(schedule: str, code: str, said: str) -> None:
    with pytest.raises(FlowFileError, match=said) as error:
        load(schedule, {"report": {"when": "never"}}, {"office": NEVER_OPEN})
    assert code in {finding.code for finding in error.value.findings}
    assert {finding.place.line for finding in error.value.findings if finding.code == code} == {3}


def test_a_flow_that_nobody_talks_with_reads_when_it_is_and_who_is_there() -> None:
    flows = load("every: 1h")
    begin = Begin(event={"due": "2026-03-02T12:00:00+00:00", "missed": 0})
    turn = step(flows, Session(id="s", channel=Channel.DETACHED, flow="report"), begin, NOW)
    (post,) = turn.effects
    assert post.text == "2026-03-02T12:00:00+00:00"
    assert turn.why[0].branch == "then"
    assert turn.why[0].read["calendars.office"] == "{'open': True}"
    closed = load("every: 1h", {"report": {"when": ""}}, {"office": NEVER_OPEN})
    turn = step(closed, Session(id="s", channel=Channel.DETACHED, flow="report"), begin, NOW)
    assert turn.effects == ()


@pytest.mark.parametrize(
    "steps",
    [
        "- say: Hello.",
        "- end: Goodbye.",
        "- post: Hello.",
        "- wait: message",
        "- collect: [name]",
        "- call: inner",
    ],
)
def test_what_needs_somebody(steps: str) -> None:
    text = (
        "flow: a\nstart:\n  - schedule: {every: 1h}\nslots:\n  name: {ask: Who?}\nsteps:\n  "
        f"{steps}\nflows:\n  inner:\n    steps:\n      - say: Hello.\n"
    )
    with pytest.raises(FlowFileError, match="nobody is there"):
        load_flows([], texts={"a.yaml": text})
