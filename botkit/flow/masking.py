"""What a reason may tell of values: nothing that was said in secret, and of long texts their beginning."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from botkit.model.secret import MASK

from .values import as_text

if TYPE_CHECKING:
    from .slots import Slot

longest = 200
"""Characters of a value that are told."""
short = 3
"""Secrets of fewer characters are only looked for as a whole: they stand in too much else."""


def masked(
    values: Mapping[str, object], secrets: Collection[str], hidden: Collection[str]
) -> Mapping[str, object]:
    """`values` without those of the slots `secrets`, and without the texts `hidden`, which a `set`, a
    server or an error may repeat."""
    inside = sorted((text for text in hidden if len(text) >= short), key=len, reverse=True)
    told: dict[str, object] = {}
    for name, value in values.items():
        text = as_text(value)
        if name in secrets or text in hidden:
            told[name] = MASK if value is not None else None
            continue
        if any(secret in text for secret in inside):
            for secret in inside:
                text = text.replace(secret, MASK)
            value = text
        told[name] = value[:longest] if isinstance(value, str) else value
    return told


def secrets_in(
    slots: Mapping[str, Slot], filled: Mapping[str, object]
) -> tuple[Collection[str], frozenset[str]]:
    """The names of the secret slots that are filled, and the texts in them."""
    names = [name for name, slot in slots.items() if slot.secret and filled.get(name) is not None]
    return names, frozenset(text for name in names for text in texts_of(filled[name]))


def texts_of(secret: object) -> Iterator[str]:
    """What of a secret value must not be read: all of it, and each of its items."""
    for item in (secret, *(secret if isinstance(secret, list) else ())):
        text = as_text(item)
        if text:
            yield text
