"""What only shows in all flows together: what starts which, on which channels, what calls what."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from botkit.model.findings import Finding
from botkit.model.session import Channel

from . import checks
from .document import did_you_mean
from .flowset import Flow, Start, StartKind
from .menus import check_menus
from .rounds import check_queues, check_rounds
from .starts import ByWebhook
from .steps.calling import Run
from .unfilled import Filled, Following

_narrowing: Mapping[StartKind, str] = {
    StartKind.MENTION: "`words` or `allow`",
    StartKind.ITEM_ADDED: "`words` or `allow`",
    StartKind.WEBHOOK: "`if` or `kind`",
}
"""The options that let two flows start by the same."""
_by_messages = (StartKind.MENTION, StartKind.ITEM_ADDED)
_by_nobody = (StartKind.SCHEDULE, StartKind.WEBHOOK)
"""What starts a flow with nobody to talk to."""


def check_starts(starts: Sequence[Start], flows: Mapping[str, Flow]) -> list[Finding]:
    """Of two flows that start by the same, narrowed by nothing, the second would never."""
    findings: list[Finding] = []
    first: dict[tuple[StartKind, str], Start] = {}
    for start in starts:
        name = start.options.name if isinstance(start.options, ByWebhook) else ""
        other = None if start.options.narrowed else first.setdefault((start.kind, name), start)
        if other not in (None, start):
            what = f"{start.kind}: {name}" if name else start.kind
            message = f"`{what}` starts `{other.flow}` already, so it never starts `{start.flow}`."
            options = _narrowing.get(start.kind, "`allow`")
            remedy = f"Give one of them {options}, or start only one of them by it."
            findings.append(flows[start.flow].at.finding("start-clash", message, remedy))
    return findings


def _channels(flow: str, reached: Mapping[Channel, Collection[str]]) -> Collection[Channel]:
    """Where a flow is for: what nothing starts, a handler may start anywhere."""
    found = tuple(channel for channel, flows in reached.items() if flow in flows)
    return found or (Channel.CHAT, Channel.CALL)


def _given(starts: Sequence[Start]) -> Mapping[str, Filled]:
    """Flow -> the slots that its starts without anybody fill."""
    found: dict[str, Filled] = {}
    for start in starts:
        if start.kind in _by_nobody:
            names = frozenset(start.options.given)
            found[start.flow] = Filled(names, names).joined(found.get(start.flow))
    return found


def check_across(
    starts: Sequence[Start],
    flows: Mapping[str, Flow],
    handlers: Collection[str] | None,
    receivers: Collection[str] | None,
    calls: checks.Calls,
    on_calls: Collection[str],
) -> list[Finding]:
    """What is wrong between flows, and in each as it is started and called. `handlers` and `receivers`
    are those of the bot; None = not known."""
    findings = list(checks.check_recursion(calls))
    by_messages = {start.flow for start in starts if start.kind in _by_messages}
    on_chat = checks.reached(calls, by_messages | checks.written(flows))
    alone = {start.flow for start in starts if start.kind in _by_nobody}
    detached = checks.reached(calls, alone)
    if not findings:
        where = {Channel.CHAT: on_chat, Channel.CALL: on_calls, Channel.DETACHED: detached}
        channels = {name: _channels(name, where) for name in flows}
        findings += Following(flows, calls, _given(starts)).findings(channels)
    waiting = checks.flows_that_wait(flows, calls)
    inputs = {flow.name: flow.inputs for flow in flows.values()}
    for flow in flows.values():
        findings += checks.check_reach(flow)
        findings += checks.check_circles(flow, waiting)
        findings += check_rounds(flow, waiting)
        findings += check_queues(flow, flows, waiting)
        findings += checks.check_channels(flow, flow.name in on_calls, flow.name in on_chat)
        findings += checks.check_nobody(flow) if flow.name in detached else ()
        commands = flows[flow.root].commands
        if flow.name in on_calls:
            findings += check_menus(flow, commands)
        view = checks.FlowView(
            slots=flow.slots,
            commands=commands,
            listen=flow.asking.listen,
            on_calls=flow.name in on_calls,
            on_chat=flow.name in on_chat,
            answered=checks.answered_before(flow),
            root=flow.root,
            inputs=inputs,
            receivers=receivers,
        )
        for op in flow.ops:
            findings += op.step.findings(op, view)
            if isinstance(op.step, Run) and handlers is not None and op.step.run not in handlers:
                at = op.step.run.at or op.at
                message = f"There is no handler `{op.step.run[:40]}`."
                remedy = did_you_mean(op.step.run, handlers) if handlers else "Write it in handlers.py."
                findings.append(at.finding("unknown-handler", message, remedy))
    return findings
