"""The verbs, one class each."""

from __future__ import annotations

from .base import Step
from .calling import Call, Run
from .choose import Choose
from .collect import Collect
from .confirm import Confirm
from .conversation_webhooks import ConversationWebhook
from .deciding import Go, If, Return, Set, Switch
from .each import Each
from .enqueue import Enqueue
from .http import Http
from .reaching import Dial, Transfer
from .reacting import React
from .recording import Record
from .recording_calls import RecordCall
from .repeat import Repeat
from .ringing import Answer, Decline
from .sending import SendWebhook
from .sounding import Play, SendDigits
from .talking import End, Post, Say
from .waiting import Wait

verbs: tuple[type[Step], ...] = (
    Say,
    Choose,
    Collect,
    Confirm,
    Set,
    If,
    Switch,
    Go,
    Repeat,
    Each,
    Call,
    Return,
    End,
    Wait,
    Post,
    React,
    Run,
    Http,
    SendWebhook,
    ConversationWebhook,
    Answer,
    Decline,
    Play,
    Record,
    RecordCall,
    SendDigits,
    Dial,
    Transfer,
    Enqueue,
)
"""botkit's own verbs."""

__all__ = ["Step", "verbs"]
