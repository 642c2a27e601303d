"""The recording of a whole call, as its flow sees it: under way, kept or lost.

A call is over before its file is there, which takes seconds where the call took an hour. So a step that reads
it when somebody has hung up waits for it, and none else does.
"""

from __future__ import annotations

from botkit.model.calls import CallCause
from botkit.model.inputs import CallRecorded, HungUp, Input

from .events import FlowEvent
from .running import Running

AWAITED = "recording_read"
"""The kind of wait of a step that reads a recording which is not there yet."""
KEPT_WITHIN = 600.0
"""Seconds from the end of the call, after which it counts as lost."""


def hung_up(run: Running, cause: CallCause) -> None:
    """The call is over; where it died with its process, so did its recording."""
    if cause is CallCause.CALL_LOST:
        over(run, None)


def must_wait(run: Running) -> bool:
    """Whether the step that is to be entered reads a recording that will be there soon."""
    recording = run.recording
    if recording is None or not _is_wanted(run):
        return False
    read = (path for template, _ in run.op.step.reads(run.flow.slots) for path in template.names)
    return any(path[0] == recording["into"] for path in read)


def wait(run: Running) -> int:
    """Enter the step once the recording is there."""
    return run.wait_until(KEPT_WITHIN, AWAITED)


def come(run: Running, event: Input) -> bool:
    """Whether this is what a step has waited for that is to be entered now."""
    if run.waited.get("kind") != AWAITED:
        return False
    if isinstance(event, HungUp) and event.cause is not CallCause.CALL_LOST:
        return False
    note(run, event if isinstance(event, CallRecorded) else None)
    return True


def note(run: Running, recorded: CallRecorded | None) -> None:
    """It is `over`, and the journal says so."""
    over(run, recorded)
    event = FlowEvent("recorded", recorded.detail if recorded else "nothing was told of it")
    run.note("recorded", event, "kept" if recorded and recorded.file else "lost")


def over(run: Running, recorded: CallRecorded | None) -> None:
    """It has ended, and its flow, if that still runs, may read it; None = nothing was told of it."""
    wanted, recording, run.recording = _is_wanted(run), run.recording, None
    if recording is None or recorded is None or not wanted:
        return
    value = {"file": recorded.file, "seconds": round(recorded.seconds, 1)} if recorded.file else None
    scope = run.scopes[int(run.stack[recording["depth"]][2])]
    scope[recording["into"]] = value


def _is_wanted(run: Running) -> bool:
    recording = run.recording
    if recording is None or not recording["into"] or len(run.stack) <= recording["depth"]:
        return False
    return bool(run.stack[recording["depth"]][0] == recording["flow"])
