"""What may be told of values: nothing that was said in secret, and of long texts their beginning."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from botkit.model.secret import MASK
from botkit.model.session import Session

from .values import as_text

if TYPE_CHECKING:
    from .slots import Slot

longest = 200
"""Characters of a value that are told."""
short = 3
"""Secrets of fewer characters are only looked for as a whole: they stand in too much else."""


_nothing: frozenset[str] = frozenset()

most_remembered = 4_096
"""Characters of all secrets of a session; of somebody who enters ever more, the longest are forgotten."""


def hushed(text: str, hidden: Collection[str]) -> str:
    """`text` without what is in `hidden`."""
    if text in hidden:
        return MASK
    found = [secret for secret in hidden if len(secret) >= short and secret in text]
    for secret in sorted(found, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text


def hushed_within(value: object, hidden: Collection[str], *, numbers: bool = True) -> object:
    """`value`, which is JSON data, without what is in `hidden`; `numbers` = of numbers and keys too."""
    if isinstance(value, str):
        return hushed(value, hidden)
    if isinstance(value, list):
        return [hushed_within(item, hidden, numbers=numbers) for item in value]
    if isinstance(value, dict):
        return {
            hushed(key, hidden) if numbers else key: hushed_within(item, hidden, numbers=numbers)
            for key, item in value.items()
        }
    if numbers and isinstance(value, int | float) and not isinstance(value, bool):
        return MASK if as_text(value) in hidden else value
    return value


def masked(
    values: Mapping[str, object], secrets: Collection[str], hidden: Collection[str]
) -> Mapping[str, object]:
    """`values` without those of the slots `secrets`, and without the texts `hidden`, which a `set`, a
    server or an error may repeat."""
    told: dict[str, object] = {}
    for name, value in values.items():
        if name in secrets:
            told[name] = MASK if value is not None else None
            continue
        if hidden:
            text = as_text(value)
            without = hushed(text, hidden)
            value = value if without == text else without
        told[name] = value[:longest] if isinstance(value, str) else value
    return told


def hidden_of(session: Session) -> frozenset[str]:
    """What was ever put into secret slots in a session, as it stands."""
    hidden = session.state.get("hidden")
    return frozenset(hidden) if isinstance(hidden, list | tuple) else _nothing


def remembered(hidden: frozenset[str], of_before: frozenset[str]) -> list[str]:
    """As much of `hidden` as a session's state keeps: what is new, and of what was known `of_before` what has
    room beside it."""
    kept = sorted(hidden - of_before)
    size = sum(map(len, kept))
    for text in sorted(of_before, key=len):
        size += len(text)
        if size > most_remembered:
            break
        kept.append(text)
    return kept


def secret_slots(slots: Mapping[str, Slot]) -> Collection[str]:
    """The names of the slots that are secret."""
    return [name for name, slot in slots.items() if slot.secret]


def texts_of(secret: object) -> Iterator[str]:
    """What of a secret value must not be read: all of it, and each of its items."""
    for item in (secret, *(secret if isinstance(secret, list) else ())):
        text = as_text(item)
        if text:
            yield text
