"""What a session is told beside what it waits for: its flow may read it, and what it waits for stays."""

from __future__ import annotations

from botkit.model.inputs import CallRecorded, Input, QueueMoved
from botkit.model.session import Turn

from .events import FlowEvent
from .running import Running


def aside(run: Running, event: Input) -> Turn | None:
    """The turn that such an input makes; None: the session waits for it, or it is none."""
    if isinstance(event, QueueMoved) and run.queue is not None and run.waited.get("kind") != "queue":
        run.note_place(event.position)
        run.note("moved", FlowEvent("moved"), str(event.position))
    elif isinstance(event, CallRecorded) and run.waited.get("kind") != "call_recording":
        note_recording(run, event)
        run.note("recorded", FlowEvent("recorded", event.detail), "kept" if event.file else "lost")
    else:
        return None
    run.wait_on()
    return run.turn()


def note_recording(run: Running, event: CallRecorded) -> None:
    """The call's recording is over: its flow, if that still runs, may read it."""
    recording, run.recording = run.recording, None
    if recording is None or not recording["into"] or len(run.stack) <= recording["depth"]:
        return
    name, _, scope = run.stack[recording["depth"]]
    if name == recording["flow"]:
        value = {"file": event.file, "seconds": round(event.seconds, 1)} if event.file else None
        run.scopes[int(scope)][recording["into"]] = value
