"""The dialogue of `turns.py` in the least that a flow engine can be: a table, a loop, a log of what was done.

It checks nothing, keeps no times, has one channel, and its state is a dict that it changes in place. What
botkit takes longer is what it does more.
"""

from __future__ import annotations

from collections.abc import Mapping

STEPS: Mapping[str, tuple[str, object, str]] = {
    "hello": ("say", "Welcome back.", "ask"),
    "ask": ("choose", {"red": "red", "green": "green", "blue": "blue"}, "pick"),
    "pick": ("switch", {"red": "rose", "green": "grass"}, "sky"),
    "rose": ("say", "Like a rose.", "hello"),
    "grass": ("say", "Like grass.", "hello"),
    "sky": ("say", "Like the sky.", "hello"),
}


def turn(session: dict[str, str], text: str) -> tuple[list[str], list[tuple[str, str]]]:
    """What is said, and which way was taken."""
    said: list[str] = []
    log: list[tuple[str, str]] = []
    at = session["at"]
    waits = bool(text)
    while True:
        verb, argument, following = STEPS[at]
        if verb == "say":
            said.append(str(argument))
        elif verb == "choose":
            if not waits:
                session["at"] = at
                said.append("What now?")
                return said, log
            waits = False
            assert isinstance(argument, dict)
            session["colour"] = argument[text]
        else:
            assert isinstance(argument, dict)
            following = argument.get(session["colour"], following)
        log.append((at, following))
        at = following
