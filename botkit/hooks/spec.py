"""The plugin manual: every hook there is.

A plugin is a module (or object) with functions of these names, marked `@hook`; each takes only the
arguments it names, and may be `async`. It is found as an entry point of the group `botkit`, or as a
file named under `handlers:` in `bot.yaml`. One plugin's fault is logged with plugin and hook, and
stops nobody else. A handler of an event has 10 seconds.

Hooks run on the event loop, between everybody's messages and the sound of every call. One that is not
`async` must therefore not block: no `time.sleep`, no `requests`, no large file. Write such a hook `async`,
and give what blocks to a thread: `await asyncio.to_thread(look_up, name)`. The limit of 10 seconds cannot
end a hook that blocks. A function marked `@step_handler` that is not `async` runs in a thread, and may.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

from .marks import PROJECT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from botkit.flow.extensions import Check
    from botkit.flow.filters import Filter
    from botkit.flow.saying import Saying
    from botkit.flow.slot_types import SlotType
    from botkit.flow.steps.base import Step
    from botkit.model.events import (
        CallEnded,
        CallMissed,
        CallOffered,
        CallTranscript,
        ConnectionChanged,
        ConversationJoined,
        FormSubmitted,
        MessageEdited,
        MessageReceived,
        PlatformEvent,
        ScheduleDue,
        WebhookReceived,
    )
    from botkit.ports.connector import ConnectorFactory
    from botkit.ports.speech import RecognizerSpec, VoiceSpec
    from botkit.ports.telemetry import Telemetry

    from .context import Context

hookspec = pluggy.HookspecMarker(PROJECT)


# Registration: called once, when the bot is put together.


@hookspec
def register_connectors() -> Sequence[ConnectorFactory]:  # type: ignore[empty-body]
    """Platforms this plugin can talk to."""


@hookspec
def register_voices() -> Sequence[VoiceSpec]:  # type: ignore[empty-body]
    """Voices this plugin brings."""


@hookspec
def register_recognizers() -> Sequence[RecognizerSpec]:  # type: ignore[empty-body]
    """Speech recognisers this plugin brings."""


@hookspec
def register_steps() -> Sequence[type[Step]]:  # type: ignore[empty-body]
    """Verbs this plugin adds to the flow language."""


@hookspec
def register_slot_types() -> Sequence[type[SlotType]]:  # type: ignore[empty-body]
    """Types of slots this plugin adds: what kinds of answers flows can ask for."""


@hookspec
def register_filters() -> Mapping[str, Filter]:  # type: ignore[empty-body]
    """Filters this plugin adds to templates, by name: plain functions from data to data, which look at
    nothing but their arguments."""


@hookspec
def register_sayings() -> Mapping[str, Saying]:  # type: ignore[empty-body]
    """Filters this plugin adds that word a value: as one writes it, as one says it, in the flow's language.
    Their first argument is a `botkit.flow.saying.Style`."""


@hookspec
def register_telemetry() -> Sequence[Telemetry]:  # type: ignore[empty-body]
    """Where the bot tells how its work goes: numbers and spans. Asked when the bot starts, of plugins that
    `plugins:` names alone. What it lacks it tells by raising `UsageError`."""


@hookspec
def register_checks() -> Sequence[Check]:  # type: ignore[empty-body]
    """Checks this plugin makes of every flow when it is loaded."""


# Life of the bot.


@hookspec
def bot_started() -> None:
    """The bot is logged on and ready."""


@hookspec
def bot_stopping() -> None:
    """The bot is about to log off."""


# Events. In the order of registration, the last registered first.


@hookspec
def mention(message: MessageReceived, ctx: Context) -> None:
    """Somebody mentioned the bot. `item_added` is called with the same message afterwards."""


@hookspec
def item_added(message: MessageReceived, ctx: Context) -> None:
    """Somebody posted a message where the bot can read it."""


@hookspec
def item_updated(message: MessageEdited, ctx: Context) -> None:
    """Somebody changed a message."""


@hookspec
def conversation_joined(joined: ConversationJoined, ctx: Context) -> None:
    """Somebody began a conversation with the bot, or brought it into one."""


@hookspec
def form_submission(form: FormSubmitted, ctx: Context) -> None:
    """Somebody submitted a form that the bot posted."""


@hookspec
def call_incoming(call: CallOffered, ctx: Context) -> None:
    """Somebody calls the bot. `ctx.stop()` keeps flows from answering."""


@hookspec
def call_missed(missed: CallMissed, ctx: Context) -> None:
    """Somebody called while the bot had no link to the platform."""


@hookspec
def call_ended(call: CallEnded, ctx: Context) -> None:
    """A call is over."""


@hookspec
def call_transcript(said: CallTranscript) -> None:
    """Somebody, or the bot, said something on a call."""


@hookspec
def connection_changed(connection: ConnectionChanged) -> None:
    """The link to the platform came up or went down, or the next try to mend it is known."""


@hookspec
def webhook_received(webhook: WebhookReceived, ctx: Context) -> None:
    """Somebody called one of the bot's own webhooks, and proved who they are; they have their answer already.
    There is nobody to talk with: `ctx.post` and `ctx.send_webhook` work, `ctx.say` and `ctx.start` do not.
    `ctx.stop()` keeps flows from starting."""


@hookspec
def schedule_due(schedule: ScheduleDue, ctx: Context) -> None:
    """A moment of a schedule has come. `ctx.stop()` keeps its flow from starting."""


@hookspec
def platform_event(event: PlatformEvent, ctx: Context) -> None:
    """Something only this platform knows."""
