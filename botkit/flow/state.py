"""What a session's state holds: the engine's alone to read, versioned JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

state_version = 1


class Queued(TypedDict):
    """The queue that a caller stands in."""

    id: str
    """Of its `Enqueue`."""
    depth: int
    """Which frame's step it is."""
    since: str
    """ISO."""
    until: str
    agents: list[str]
    position: int
    """0 = not told yet."""
    into: str
    """The result that gets the place; empty = none."""


class Recording(TypedDict):
    """The recording of the whole call."""

    id: str
    """Of the `RecordCall` that began it."""
    into: str
    """The result that gets it; empty = none."""
    flow: str
    """The flow whose result that is."""
    depth: int
    """Which frame of the stack that flow is."""


class State(TypedDict, total=False):
    """What `Session.state` holds."""

    v: int
    """`state_version`."""
    turns: int
    """Inputs taken."""
    answered: bool
    """The call was picked up."""
    over: bool
    """The call was hung up or declined; steps that need a person are passed over."""
    event: Mapping[str, object]
    """What templates read as `event`."""
    stack: list[list[str | int]]
    """[flow, id of its step, index of its slots in `scopes`] each, the innermost flow last."""
    item: str
    """The person's last message, for reactions to it. Left out while there is none."""
    hidden: list[str]
    """What was ever put into secret slots, as text. Left out while there is nothing."""
    language: str
    """What it was told to speak (BCP 47). Left out while it was told nothing."""
    scopes: list[dict[str, object]]
    """Slots and results: of the session's own flow, and of each flow of another file that was called."""
    loops: list[dict[str, int]]
    """For each frame of `stack`: id of each `repeat` under way -> rounds begun. Left out when none is."""
    queue: Queued
    """Only while the caller waits in one."""
    recording: Recording
    """Only while there is one."""
    wait: Mapping[str, object]
    """What an input must answer: `kind`, `id` of the effect, whether the answer is `secret`, and what the
    step itself keeps."""
