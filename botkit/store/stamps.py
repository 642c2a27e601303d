"""Moments and ids as databases keep them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import blake2b

_epoch = datetime(1970, 1, 1, tzinfo=UTC)
_microsecond = timedelta(microseconds=1)


def stamp(moment: datetime) -> int:
    """Microseconds since 1970, UTC."""
    return (moment - _epoch) // _microsecond


def moment_of(stamp: int) -> datetime:
    """Aware UTC."""
    return _epoch + timedelta(microseconds=stamp)


def day_of(moment: datetime) -> int:
    """Days since 1970, UTC."""
    return (moment - _epoch).days


def digest(row_id: str) -> bytes:
    """16 bytes in place of an id that is remembered for long."""
    return blake2b(row_id.encode(), digest_size=16).digest()
