"""What somebody typed or said, matched with what was asked.

Nothing is guessed: what is not close enough to exactly one meaning is None.
"""

from __future__ import annotations

from .answers import understood
from .assent import yes_no
from .choices import Match, closest, margin, threshold
from .dates import date
from .digits import digits
from .numbers import number
from .speech import spoken
from .spelling import spelled
from .times import time
from .words import normalise

__all__ = [
    "Match",
    "closest",
    "date",
    "digits",
    "margin",
    "normalise",
    "number",
    "spelled",
    "spoken",
    "threshold",
    "time",
    "understood",
    "yes_no",
]
