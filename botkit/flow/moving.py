"""A session goes over to another version of its flow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import cast

from msgspec.structs import replace

from botkit.model.session import Session

from . import checks
from .flowset import Flow, FlowSet, Op
from .slot_types import Situation
from .slots import Slot
from .state import State
from .steps.question import Question


def moved(old: FlowSet | None, new: FlowSet, session: Session, today: date) -> Session | None:
    """`session` at the same place in `new`; None when a step at which it stands is not there.

    A step is found by its id, or by what `migrations` says of it, and must bear the same verb. Slots that
    are gone are dropped, values that do not fit a slot's new type are too. Without `old` (it cannot be
    loaded any more) only a question can be found again.
    """
    state = cast("State", session.state)
    stack = state["stack"]
    counted = state.get("loops") or [{} for _ in stack]
    frames: list[list[str | int]] = []
    loops: list[dict[str, int]] = []
    for depth, (name, step_id, scope) in enumerate(stack):
        flow = new.flows.get(str(name))
        if flow is None:
            return None
        op = flow.by_id.get(flow.migrations.get(str(step_id), str(step_id)))
        called = str(stack[depth + 1][0]) if depth + 1 < len(stack) else ""
        asks = state.get("wait", {}).get("kind") == "ask"
        if op is None or not _fits(op, _step(old, str(name), str(step_id)), new, flow, called, asks=asks):
            return None
        frames.append([flow.name, op.id, scope])
        rounds = {flow.migrations.get(loop, loop): count for loop, count in counted[depth].items()}
        loops.append({loop: rounds.get(loop, 1) for loop in op.within})
        if op.id in rounds:
            loops[-1][op.id] = rounds[op.id]
    scopes = [_values(old, new, state, number, today) for number in range(len(state["scopes"]))]
    changed: State = {**state, "stack": frames, "scopes": scopes}
    changed.pop("loops", None)
    if any(loops):
        changed["loops"] = loops
    hash_now = new.flows[session.flow].hash
    return replace(session, flow_hash=hash_now, state=cast("Mapping[str, object]", changed))


def asking(session: Session, again: Session) -> Session:
    """`session`, whose open question would be put just so in `again`: what the new version keeps of a
    question, under the id by which it is answered, and what has come of it so far."""
    was, now = cast("State", session.state).get("wait", {}), cast("State", again.state).get("wait", {})
    return replace(session, state={**session.state, "wait": {**was, **now, "id": was["id"]}})


def begun_anew(
    old: FlowSet | None, new: FlowSet, session: Session, today: date, *, keep_slots: bool
) -> Session:
    """`session` before the first step of its flow, in `new`: with what its flow was given, or with all the
    values that its slots have by now."""
    state = cast("State", session.state)
    flow = new.flows[session.flow]
    values = _values(old, new, state, 0, today)
    if not keep_slots:
        values = {name: values[name] for name in flow.inputs if name in values}
    event = {"name": "begin", "detail": "", "text": state.get("event", {}).get("text", "")}
    fresh: State = {
        "v": state["v"],
        "turns": state.get("turns", 0) if keep_slots else 0,
        "answered": state.get("answered", False),
        "over": state.get("over", False),
        "event": event,
        "stack": [[flow.name, "", 0]],
        "scopes": [values],
        "wait": {"secret": bool(state.get("wait", {}).get("secret"))},
    }
    if "language" in state:
        fresh["language"] = state["language"]
    if "item" in state:
        fresh["item"] = state["item"]
    if "hidden" in state:
        fresh["hidden"] = state["hidden"]
    return replace(session, flow_hash=flow.hash, state=cast("Mapping[str, object]", fresh))


def _step(flows: FlowSet | None, flow: str, step_id: str) -> Op | None:
    found = flows.flows.get(flow) if flows is not None else None
    return found.by_id.get(step_id) if found is not None else None


def _fits(op: Op, was: Op | None, new: FlowSet, flow: Flow, called: str, *, asks: bool) -> bool:
    """Whether a session that stood at `was` can stand at `op`; `called` = the flow that it called there,
    `asks` = it waits for the answer to a question."""
    if was is not None and was.step.verb != op.step.verb:
        return False
    if called:
        return any(checks.full_name(new.flows, flow, name) == called for name in op.step.calls())
    return was is not None or (asks and isinstance(op.step, Question))


def _values(old: FlowSet | None, new: FlowSet, state: State, number: int, today: date) -> dict[str, object]:
    """What a scope of the session holds, as the new version keeps it."""
    names = [str(name) for name, _, index in state["stack"] if index == number]
    now, before = _first(new, names), _first(old, names)
    slots = now.slots if now is not None else {}
    gone = before.slots.keys() - slots.keys() if before is not None else set()
    return {
        name: _coerced(now, slots[name], value, state, today) if now is not None and name in slots else value
        for name, value in state["scopes"][number].items()
        if name not in gone
    }


def _first(flows: FlowSet | None, names: list[str]) -> Flow | None:
    """The first of these flows that there is; they are all of one file."""
    found = (flows.flows.get(name) for name in names) if flows is not None else ()
    return next((flow for flow in found if flow is not None), None)


def _coerced(flow: Flow, slot: Slot, value: object, state: State, today: date) -> object:
    """The value as this slot keeps it; one of another type that does not fit is none."""
    if value is None or value == "":
        return None
    situation = Situation(today=today, wording=flow.tongue(state.get("language", "")).wording)
    try:
        return slot.kind.coerced(value, situation)
    except (AttributeError, LookupError, TypeError, ValueError):  # of a type that expects its own values
        return None
