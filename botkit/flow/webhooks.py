"""Which flow a webhook starts, and what it is told of the event."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from botkit.model.events import WebhookReceived
from botkit.model.findings import Finding
from botkit.model.inputs import Begin

from .document import did_you_mean
from .flowset import FlowSet, Start
from .saying import Style
from .starts import ByWebhook, StartEntry
from .templates import Template
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


def check_webhooks(starts: Iterable[Start], known: Collection[str] | None) -> Iterator[Finding]:
    """Webhooks that bot.yaml does not have; `known` are those it has, None = not known."""
    for start in starts:
        name = start.options.name if isinstance(start.options, ByWebhook) else None
        if name is None or name.at is None or known is None or name in known:
            continue
        add = f"Add `web: {{webhooks: {{{name}: {{preset: ..., secrets: [...]}}}}}}` to bot.yaml."
        remedy = did_you_mean(name, known) if known else add
        yield name.at.finding("unknown-webhook", f"There is no webhook `{name[:40]}`.", remedy)


def check_bodies(templates: Iterable[Template], starts: Sequence[StartEntry]) -> Iterator[Finding]:
    """Where `event.body` is read too late. `templates` are all of a file."""
    early: set[int] = set()
    for entry in starts:
        if entry.webhook is not None:
            early |= {id(text) for text in entry.webhook.given.values()} | {id(entry.webhook.condition)}
    for template in templates:
        if ("event", "body") in template.names and id(template) not in early and template.at is not None:
            message = "`event.body` is seen when the webhook comes, and is not kept."
            remedy = "Fill slots with what is needed: `start: [{webhook: {name: ..., set: {SLOT: ...}}}]`."
            yield template.at.finding("event-body", message, remedy)
