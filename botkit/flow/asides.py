"""What a session is told beside what it waits for: its flow may read it, and what it waits for stays."""

from __future__ import annotations

from botkit.model.calls import CallCause
from botkit.model.inputs import CallRecorded, HungUp, Input, QueueMoved
from botkit.model.session import Turn

from . import recordings
from .events import FlowEvent
from .running import Running


def aside(run: Running, event: Input) -> Turn | None:
    """The turn that such an input makes; None: the session waits for it, or it is none."""
    waits_for = run.waited.get("kind")
    if isinstance(event, QueueMoved) and run.queue is not None and waits_for != "queue":
        run.note_place(event.position)
        run.note("moved", FlowEvent("moved"), str(event.position))
    elif isinstance(event, CallRecorded) and waits_for not in ("call_recording", recordings.AWAITED):
        recordings.note(run, event)
    elif isinstance(event, HungUp) and event.cause is CallCause.CALL_LOST and run.recording is not None:
        recordings.note(run, None)
    else:
        return None
    run.wait_on()
    return run.turn()
