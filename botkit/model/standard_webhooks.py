"""Signatures of webhooks: HMAC-SHA-256 over `id.timestamp.body`.

Source: Standard Webhooks, https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from datetime import UTC, datetime

PREFIX = "whsec_"
SHORTEST_KEY, LONGEST_KEY = 24, 64
"""Bytes."""
LARGEST_BODY = 20_000
"""Bytes, as the source recommends: receivers refuse larger ones."""


def key_of(secret: str) -> bytes:
    """The key in a secret, which is `whsec_` and the key's Base64. Raises `ValueError`; it has nothing of
    the secret."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(PREFIX) or not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
        raise ValueError(f"it is not {PREFIX} and {SHORTEST_KEY} to {LONGEST_KEY} bytes of Base64")
    return key


def signature(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """What `webhook-signature` holds, one for each key; `timestamp` is seconds since 1970."""
    signed = b"%b.%d.%b" % (message_id.encode(), timestamp, body)
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def body_of(kind: str, at: datetime, data: object) -> bytes:
    """The payload that the source recommends: `{"type", "timestamp", "data"}`. Raises `ValueError` for what
    JSON cannot say, and for what is too large."""
    stamp = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    try:
        text = json.dumps(
            {"type": kind, "timestamp": stamp, "data": data}, ensure_ascii=False, allow_nan=False
        )
        body = text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"JSON cannot say it: {error}") from error
    if len(body) > LARGEST_BODY:
        raise ValueError(f"it takes {len(body):,} bytes, and a webhook {LARGEST_BODY:,}")
    return body
