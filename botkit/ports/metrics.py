"""The numbers that botkit tells, by name.

Labels are a flow's name, or one of a small closed set of words: a person, a session or a conversation is
never one, so what a scrape brings stays small whatever the bot does.
"""

from __future__ import annotations

import re

from .telemetry import Counter, Gauge, Histogram, Metric

FAST = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Seconds: what happens in this process and its database."""
SLOW = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Seconds: what waits for somebody else's server."""
LINE = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.4, 0.8)
"""Seconds: what the line of a call does to 20 ms of sound."""
LONG = (5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
"""Seconds: what people do."""

EVENTS = Counter(
    name="botkit_events_received_total",
    help="Events that the bot was told and keeps, each once.",
    labels=("kind",),
)
TURNS = Histogram(
    name="botkit_turn_duration_seconds",
    help="Turns of sessions, from the input to the commit. outcome: taken, stale, failed.",
    labels=("flow", "outcome"),
    buckets=FAST,
)
EFFECTS = Histogram(
    name="botkit_effect_duration_seconds",
    help="Attempts to carry out an effect. outcome: done, postponed, failed, dead, gone, store.",
    labels=("kind", "outcome"),
    buckets=SLOW,
)
EFFECT_TRIES = Histogram(
    name="botkit_effect_tries",
    help="How many tries an effect took until it was done or given up.",
    labels=("kind",),
    buckets=(1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 21.0),
)
SESSIONS_BEGUN = Counter(
    name="botkit_sessions_begun_total", help="Sessions that began.", labels=("flow", "channel")
)
SESSIONS_ENDED = Counter(
    name="botkit_sessions_ended_total", help="Sessions that ended, and how.", labels=("flow", "ended_by")
)
PRUNED = Counter(
    name="botkit_pruned_total",
    help="What was removed since it was over and old. what: sessions, lines, seen, recordings.",
    labels=("what",),
)
REFUSED = Counter(
    name="botkit_refused_total",
    help="Messages and calls that were not let in. why: not_allowed, or a limit of bot.yaml.",
    labels=("why",),
)
CALLS = Counter(
    name="botkit_calls_total",
    help="Calls that are over. outcome: answered, or why nobody talked.",
    labels=("direction", "outcome"),
)
CALL_DURATION = Histogram(
    name="botkit_call_duration_seconds",
    help="Calls that were answered, from the answer to the end.",
    labels=("direction",),
    buckets=LONG,
)
RTP_PACKETS = Counter(
    name="botkit_rtp_packets_total",
    help="Packets of calls. direction: in = what people say, out = what they hear.",
    labels=("direction",),
)
RTP_LOST = Counter(
    name="botkit_rtp_packets_lost_total",
    help="Packets of calls that never came; of those that go out, as the far end tells.",
    labels=("direction",),
)
RTP_JITTER = Histogram(
    name="botkit_rtp_jitter_seconds",
    help="How unsteadily packets of calls come, every few seconds; going out, as the far end tells.",
    labels=("direction",),
    buckets=LINE,
)
RTP_ROUND_TRIP = Histogram(
    name="botkit_rtp_round_trip_seconds",
    help="The way of packets to the far end of a call and back, every few seconds.",
    buckets=LINE,
)
SPEECH = Counter(
    name="botkit_speech_total",
    help="Answers by voice. outcome: heard, no_match, or what went wrong.",
    labels=("outcome",),
)
HANDLER_FAULTS = Counter(
    name="botkit_handler_faults_total",
    help="Hooks and step handlers that raised, or took too long.",
    labels=("plugin", "hook"),
)
COMMITS = Histogram(
    name="botkit_store_commit_duration_seconds",
    help="Commits, from the wish to durable. outcome: done, stale, failed.",
    labels=("outcome",),
    buckets=FAST,
)
FORMS_REPOSTED = Counter(
    name="botkit_forms_reposted_total",
    help="Forms put up once more, since their submission may have been lost while the bot had no link.",
)
LEFT_OUT = Counter(
    name="botkit_left_out_total",
    help="Times that something of a time without a link was beyond what the bot makes up for.",
)
WEBHOOKS = Counter(
    name="botkit_webhooks_received_total",
    help="Calls of the bot's webhooks, by the HTTP status of the answer: 202 = kept, 401 = refused.",
    labels=("webhook", "status"),
)
SCHEDULE_RUNS = Counter(
    name="botkit_schedule_runs_total", help="Moments of schedules that came.", labels=("schedule",)
)
SCHEDULE_MISSES = Counter(
    name="botkit_schedule_misses_total",
    help="Moments of schedules that passed while no bot ran, and were not run.",
    labels=("schedule",),
)
CONNECTION_CHANGES = Counter(
    name="botkit_connection_changes_total",
    help="Changes of the link to the platform, by the state that it came to.",
    labels=("state",),
)

SESSIONS_OPEN = Gauge(name="botkit_sessions_open", help="Sessions that wait for something.")
CALLS_ACTIVE = Gauge(name="botkit_calls_active", help="Calls that ring or talk in this process.")
COMMITS_WAITING = Gauge(
    name="botkit_store_commits_waiting", help="Commits that wait for the database at the moment."
)
INBOX = Gauge(name="botkit_inbox_rows", help="Events and inputs that wait for their turn.")
INBOX_AGE = Gauge(
    name="botkit_inbox_oldest_age_seconds", help="How long the oldest of them has waited; 0 = none waits."
)
OUTBOX = Gauge(name="botkit_outbox_rows", help="Effects that are not done.")
DEAD_LETTERS = Gauge(name="botkit_dead_letters", help="Events and effects that were given up and are kept.")
CONNECTION = Gauge(
    name="botkit_connection_state",
    help="The link to the platform: 1 for the state it is in, 0 for those it was in.",
    labels=("state",),
)
DRAINING = Gauge(name="botkit_draining", help="1 while the bot takes no more calls, and is about to end.")


def catalogue() -> tuple[Metric, ...]:
    """All that there are."""
    return tuple(value for value in globals().values() if isinstance(value, Metric))


def snake(name: str) -> str:
    """`SendMessage` -> `send_message`: how classes are named in labels."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
