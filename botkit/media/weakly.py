"""Telling whoever made a part, without holding on to them.

A leg holds its parts, and they tell it what happens. Were they to hold it as well, it would be a circle, and
what a closed leg has in OpenSSL, libsrtp and libopus would stay until Python looks for circles.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec
from weakref import WeakMethod

P = ParamSpec("P")


def weakly(method: Callable[P, None]) -> Callable[P, None]:
    """The bound `method`, for as long as somebody else holds its object; nothing afterwards."""
    held = WeakMethod(method)

    def tell(*arguments: P.args, **named: P.kwargs) -> None:
        method = held()
        if method is not None:
            method(*arguments, **named)

    return tell
