"""What a call of this bot is held with; the same for all of them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass

from botkit.hooks import Hooks
from botkit.model.effects import Transfer
from botkit.model.inputs import CallFinished
from botkit.ports.audio import AudioPort, Leg, SoundFiles
from botkit.ports.blobs import Blobs
from botkit.ports.clock import Clock
from botkit.ports.connector import Calls
from botkit.ports.speech import Recognizer, Synthesizer, VoiceActivity

from .call_queues import CallQueues
from .ledger import Ledger
from .turn import Turns


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEquipment:
    """Handed to every `LiveCall`."""

    signalling: Calls
    audio: AudioPort
    voice: Synthesizer
    language: str
    """BCP 47: what is spoken and heard where the flow says nothing else."""
    clock: Clock
    ledger: Ledger
    turns: Turns
    hooks: Hooks
    queues: CallQueues
    recognizer: Recognizer | None = None
    voice_activity: Callable[[], VoiceActivity] | None = None
    """Without it, or without `recognizer`, questions are answered by keys alone."""
    sounds: SoundFiles | None = None
    """Without it, files are not played."""
    blobs: Blobs | None = None
    """Without it, nothing is recorded."""
    transfer: Callable[[Transfer, Leg], Coroutine[None, None, CallFinished]] | None = None
    """Joins the caller's leg with somebody else until that is over; cancelled when the caller has gone.
    Without it, nobody is reached."""
