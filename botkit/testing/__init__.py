"""The test kit: what botkit's own tests use, for yours. Names are imported when they are first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .audio import FakeAudioPort, FakeLeg, HeardPrompt
    from .blobs import FakeBlobs
    from .call import ReceivedCall, ScriptedCall
    from .clock import VirtualClock
    from .connector import FakeConnector
    from .http import FakeHttp
    from .person import ScriptedPerson
    from .platform import FakePlatform, Posted
    from .recognizer import FakeRecognizer, HeardUtterance
    from .scripts.bot_test import BotTest, conversation
    from .scripts.calls import Call
    from .scripts.chats import Chat
    from .scripts.failure import ScriptFailed
    from .scripts.mocks import HttpMock, Reply
    from .scripts.subject import Subject
    from .speech import FakeSynthesizer

__all__ = [
    "BotTest",
    "Call",
    "Chat",
    "FakeAudioPort",
    "FakeBlobs",
    "FakeConnector",
    "FakeHttp",
    "FakeLeg",
    "FakePlatform",
    "FakeRecognizer",
    "FakeSynthesizer",
    "HeardPrompt",
    "HeardUtterance",
    "HttpMock",
    "Posted",
    "ReceivedCall",
    "Reply",
    "ScriptFailed",
    "ScriptedCall",
    "ScriptedPerson",
    "Subject",
    "VirtualClock",
    "conversation",
]

_HOMES = {
    "audio": ("FakeAudioPort", "FakeLeg", "HeardPrompt"),
    "blobs": ("FakeBlobs",),
    "call": ("ReceivedCall", "ScriptedCall"),
    "clock": ("VirtualClock",),
    "connector": ("FakeConnector",),
    "http": ("FakeHttp",),
    "person": ("ScriptedPerson",),
    "platform": ("FakePlatform", "Posted"),
    "recognizer": ("FakeRecognizer", "HeardUtterance"),
    "scripts.bot_test": ("BotTest", "conversation"),
    "scripts.calls": ("Call",),
    "scripts.chats": ("Chat",),
    "scripts.failure": ("ScriptFailed",),
    "scripts.mocks": ("HttpMock", "Reply"),
    "scripts.subject": ("Subject",),
    "speech": ("FakeSynthesizer",),
}

if not TYPE_CHECKING:  # A type checker would believe in every name.

    def __getattr__(name: str) -> object:
        for home, names in _HOMES.items():
            if name in names:
                return getattr(import_module(f".{home}", __name__), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
