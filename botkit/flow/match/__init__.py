"""What somebody typed or said, matched with what was asked.

Nothing is guessed: what is not close enough to exactly one meaning is None.
"""

from __future__ import annotations

from .answers import completeness
from .assent import yes_no
from .choices import Match, closest, closest_of, margin, phrases_of, threshold
from .completeness import Completeness
from .dates import date
from .digits import digits
from .durations import LONGEST_DURATION, duration
from .emails import email, spoken_email
from .money import Currency, money
from .numbers import number
from .phones import LONGEST_PHONE, SHORTEST_PHONE, dialled, phone
from .speech import spoken
from .spelling import spelled
from .times import time
from .words import normalise

__all__ = [
    "LONGEST_DURATION",
    "LONGEST_PHONE",
    "SHORTEST_PHONE",
    "Completeness",
    "Currency",
    "Match",
    "closest",
    "closest_of",
    "completeness",
    "date",
    "dialled",
    "digits",
    "duration",
    "email",
    "margin",
    "money",
    "normalise",
    "number",
    "phone",
    "phrases_of",
    "spelled",
    "spoken",
    "spoken_email",
    "threshold",
    "time",
    "yes_no",
]
