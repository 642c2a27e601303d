"""Somebody on this machine who is neither root nor the owner of anything."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def as_a_stranger() -> Iterator[None]:
    """With their rights, if it is root who runs the tests; others have no more anyway."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)
