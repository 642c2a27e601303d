"""`store: {keep: ...}` of bot.yaml: how long what is over is kept."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from botkit.flow.document import DocumentError
from botkit.model.errors import UsageError
from botkit.ports.keeping import Keep
from botkit.settings import read_settings

DAY = timedelta(days=1)
DEFAULTS = Keep(sessions=90 * DAY, journal=90 * DAY, seen=30 * DAY)


def kept(folder: Path, text: str) -> Keep:
    path = folder / "bot.yaml"
    path.write_text(f"bot: desk\nplatform: {{connector: circuit}}\n{text}")
    return read_settings(path, with_platform=False).file.store.keep.keep()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", DEFAULTS),
        ("store: sqlite:///a.db", DEFAULTS),
        ("store: {keep: forever}", Keep()),
        ("store: {keep: 14d}", Keep(sessions=14 * DAY, journal=14 * DAY, seen=14 * DAY, recordings=14 * DAY)),
        ("store: {keep: {sessions: 7d}}", Keep(sessions=7 * DAY, journal=7 * DAY, seen=30 * DAY)),
        ("store: {keep: {sessions: forever}}", Keep(seen=30 * DAY)),
        ("store: {keep: {journal: 7d}}", Keep(sessions=90 * DAY, journal=7 * DAY, seen=30 * DAY)),
        (
            "store: {keep: {sessions: 2h, seen: forever, recordings: 1d}}",
            Keep(sessions=DAY / 12, journal=DAY / 12, recordings=DAY),
        ),
    ],
)
def test_it_says_how_long(tmp_path: Path, text: str, expected: Keep) -> None:
    assert kept(tmp_path, text) == expected


@pytest.mark.parametrize(
    ("keep", "told"),
    [
        ("{sessions: soon}", "`soon` is not a duration"),
        ("{sessions: 5m}", "less than an hour"),
        ("{sessions: 0s}", "less than an hour"),
        ("{recordings: -1d}", "is not a duration"),
        ("{seen: 1d}", "too short for ids"),
        ("1d", "too short for ids"),
        ("{sessions: 30d, journal: 60d}", "longer than their session"),
        ("{journal: 91d}", "longer than their session"),
        ("{journal: forever}", "longer than their session"),
        ("{dead_letters: 1d}", "dead_letters"),
        ("[90d]", "a mapping"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(tmp_path: Path, keep: str, told: str) -> None:
    with pytest.raises(DocumentError) as refused:
        kept(tmp_path, f"store: {{keep: {keep}}}")
    assert told in refused.value.paragraph()
    assert refused.value.findings[0].place.line == 3


def test_no_signature_holds_longer_than_ids_are_kept(tmp_path: Path) -> None:
    web = 'web: {listen: 8090, webhooks: {a: {preset: standard, secrets: ["file:a"], window: 37h}}}\n'
    with pytest.raises(UsageError, match=r"webhooks: a: window: .* hold longer"):
        kept(tmp_path, f"{web}store: {{keep: {{seen: 3d}}}}")
    for seen in ("4d", "forever"):
        kept(tmp_path, f"{web}store: {{keep: {{seen: {seen}}}}}")
