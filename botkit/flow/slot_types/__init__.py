"""The types of slots, one class each."""

from __future__ import annotations

from .addresses import EmailType, PhoneType
from .amounts import MoneyType, NumberType
from .base import Situation, SlotType, registry
from .chosen import ChoiceType, YesNoType
from .figures import DigitsType, SpellingType
from .files import FileType
from .lists import ListType
from .moments import DateType, DurationType, TimeType
from .text import TextType

slot_types: tuple[type[SlotType], ...] = (
    TextType,
    DigitsType,
    SpellingType,
    NumberType,
    MoneyType,
    YesNoType,
    ChoiceType,
    DateType,
    TimeType,
    DurationType,
    PhoneType,
    EmailType,
    FileType,
    ListType,
)
"""botkit's own."""

__all__ = ["Situation", "SlotType", "TextType", "registry", "slot_types"]
