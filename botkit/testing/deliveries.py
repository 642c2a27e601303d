"""Deliveries of webhooks as their senders make them, for tests."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import Literal

from botkit.model.standard_webhooks import key_of, signature

Sender = Literal["standard", "github", "gitlab", "alertmanager", "bearer"]


def signed_headers(
    sender: Sender, secret: str, body: bytes, *, message_id: str, at: datetime, kind: str = ""
) -> dict[str, str]:
    """The headers of a delivery that passes a webhook of this preset. `message_id` is the sender's own; with
    `alertmanager` it goes unsaid, as there. `at` is aware."""
    headers = {"Content-Type": "application/json"}
    match sender:
        case "standard":
            stamp = int(at.timestamp())
            headers["webhook-id"] = message_id
            headers["webhook-timestamp"] = str(stamp)
            headers["webhook-signature"] = signature(key_of(secret), message_id, stamp, body)
        case "github":
            digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
            headers["X-Hub-Signature-256"] = f"sha256={digest}"
            headers["X-GitHub-Delivery"] = message_id
            headers["X-GitHub-Event"] = kind
        case "gitlab":
            headers["X-Gitlab-Token"] = secret
            headers["Idempotency-Key"] = message_id
            headers["X-Gitlab-Event"] = kind
        case "alertmanager":
            headers["Authorization"] = f"Bearer {secret}"
        case "bearer":
            headers["Authorization"] = f"Bearer {secret}"
            headers["Idempotency-Key"] = message_id
    return headers
