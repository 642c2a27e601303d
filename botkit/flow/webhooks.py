"""Which flow a webhook starts, and what it is told of the event."""

from __future__ import annotations

from collections.abc import Mapping

from botkit.model.events import WebhookReceived
from botkit.model.inputs import Begin

from .flowset import FlowSet
from .saying import Style
from .starts import ByWebhook
from .values import Fault


class EventValues:
    """`expressions.Values` of a start: the event and the flow's `config`, and nothing else."""

    __slots__ = ("_config", "_event", "slots", "style")

    def __init__(self, event: Mapping[str, object], config: Mapping[str, object]) -> None:
        self.slots: Mapping[str, object] = {}
        self.style = Style()
        self._event = event
        self._config = config

    def reserved(self, name: str) -> object:
        if name == "event":
            return self._event
        if name == "config":
            return self._config
        raise Fault(f"`{name}` cannot be read here")


def started_by(flows: FlowSet, received: WebhookReceived) -> tuple[str, Begin] | None:
    """The flow that an event starts, and its first input; None = it starts none. A start that is narrowed
    goes before one that is not; otherwise the order in which the flows were read counts."""
    event = {
        "webhook": received.webhook,
        "kind": received.kind,
        "id": received.event_id.removeprefix(f"webhook:{received.webhook}:"),
        "body": received.body,
    }
    numbers: dict[str, int] = {}
    fallback: tuple[str, Begin] | None = None
    for start in flows.starts:
        number = numbers[start.flow] = numbers.get(start.flow, -1) + 1
        options = start.options
        if not isinstance(options, ByWebhook) or options.name != received.webhook:
            continue
        values = EventValues(event, flows.flows[start.flow].config)
        if options.fits_event(values, received.kind):
            found = start.flow, Begin(start=number, event=event)
            if options.narrowed:
                return found
            fallback = fallback or found
    return fallback
