"""The verbs, one class each."""

from __future__ import annotations

from .base import Step
from .calling import Call, Run
from .choose import Choose
from .collect import Collect
from .deciding import Go, If, Set, Switch
from .ringing import Answer, Decline
from .talking import End, Post, Say
from .waiting import Wait

verbs: tuple[type[Step], ...] = (
    Say,
    Choose,
    Collect,
    Set,
    If,
    Switch,
    Go,
    Call,
    End,
    Wait,
    Post,
    Run,
    Answer,
    Decline,
)
"""botkit's own verbs."""

__all__ = ["Step", "verbs"]
