"""Signatures of Standard Webhooks, held against the numbers of its own libraries' tests."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest

from botkit.model.standard_webhooks import LARGEST_BODY, body_of, key_of, signature

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_the_example_of_the_specification() -> None:
    """Source: standard-webhooks/libraries, `test_sign_function` in every language."""
    signed = signature(key_of(SECRET), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_keys_have_their_length() -> None:
    for length in (24, 64):
        key = bytes(range(length))
        assert key_of("whsec_" + base64.b64encode(key).decode()) == key


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        SECRET.removeprefix("whsec_"),
        SECRET + "!",
        SECRET[:-1],
        "whsec_" + base64.b64encode(bytes(23)).decode(),
        "whsec_" + base64.b64encode(bytes(65)).decode(),
        "whsec_\u00fc",
    ],
)
def test_what_is_no_secret_of_theirs(secret: str) -> None:
    with pytest.raises(ValueError, match="it is not whsec_ and 24 to 64 bytes of Base64") as caught:
        key_of(secret)
    assert not secret.removeprefix("whsec_") or secret.removeprefix("whsec_") not in str(caught.value)


def test_a_body_has_type_moment_and_data() -> None:
    at = datetime(2026, 3, 2, 10, 30, 0, 500_000, tzinfo=timezone(timedelta(hours=1)))
    assert body_of("a.b", at, {"name": "Zo\u00eb"}).decode() == (
        '{"type": "a.b", "timestamp": "2026-03-02T09:30:00.500000Z", "data": {"name": "Zo\u00eb"}}'
    )


@pytest.mark.parametrize("data", [{1j}, float("nan"), "x" * LARGEST_BODY, "\ud800"])
def test_what_cannot_be_sent(data: object) -> None:
    with pytest.raises(ValueError, match=r"JSON cannot say it|and a webhook 20,000"):
        body_of("a.b", datetime(2026, 3, 2, tzinfo=UTC), data)
