"""A form in a message, as platforms with forms can show it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ControlKind(StrEnum):
    """What a control lets a person do."""

    LABEL = "label"
    INPUT = "input"
    DROPDOWN = "dropdown"
    RADIO = "radio"
    CHECKBOX = "checkbox"
    BUTTON = "button"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormOption:
    """One thing to choose: of a dropdown, radio, checkbox, or one button of a row."""

    value: str
    """What comes back."""
    text: str
    """What the person reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One line of a form."""

    kind: ControlKind
    name: str = ""
    """The key in the submission; empty for a label."""
    text: str = ""
    """The label people read."""
    value: str = ""
    """What stands in it at first."""
    rows: int = 1
    """Height of an input, in lines."""
    options: tuple[FormOption, ...] = ()
    """For dropdown, radio, checkbox; for a button the choices of a row, each of which submits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form: its id comes back with every submission."""

    id: str
    title: str = ""
    controls: tuple[Control, ...] = ()
