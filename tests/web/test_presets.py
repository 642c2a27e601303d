"""What a log tells of deliveries that are not proven."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from botkit.web.presets import PRESETS, Delivery

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))
SIGNED = {"webhook-id": ("m1",), "webhook-timestamp": (STAMP,), "webhook-signature": ("v1,eA==",)}
LATE = {**SIGNED, "webhook-timestamp": (str(int(STAMP) - 301),)}
EARLY = {**SIGNED, "webhook-timestamp": (str(int(STAMP) + 3600),)}
ANOTHER = "no secret that bot.yaml has for it fits"


@pytest.mark.parametrize(
    ("preset", "headers", "doubt"),
    [
        ("standard", {}, "it has no header webhook-id"),
        ("standard", {**SIGNED, "webhook-id": ("m1", "m2")}, "it has 2 headers webhook-id"),
        ("standard", LATE, "its time is 301 s behind the clock here, beyond the `window`"),
        ("standard", EARLY, "its time is 3600 s ahead of the clock here, beyond the `window`"),
        ("standard", {**SIGNED, "webhook-timestamp": ("now",)}, ANOTHER),
        ("standard", SIGNED, ANOTHER),
        ("github", {"x-hub-signature": ("sha1=00",)}, "it has no header x-hub-signature-256"),
        ("github", {"x-hub-signature-256": ("sha256=00",)}, ANOTHER),
        ("gitlab", {}, "it has no header x-gitlab-token"),
        ("gitlab", {"x-gitlab-token": ("letmein",)}, ANOTHER),
        ("gitlab", LATE, "its time is 301 s behind the clock here, beyond the `window`"),
        ("alertmanager", {}, "it has no header authorization"),
        ("bearer", {"authorization": ("Bearer letmein",)}, ANOTHER),
    ],
)
def test_an_operator_is_told_what_is_amiss(
    preset: str, headers: dict[str, tuple[str, ...]], doubt: str
) -> None:
    delivery = Delivery(headers=headers, body=b"{}")
    assert not PRESETS[preset].proven(delivery, (), NOW, timedelta(minutes=5))
    assert PRESETS[preset].doubt(delivery, NOW, timedelta(minutes=5)) == doubt
