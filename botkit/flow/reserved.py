"""What the reserved names mean in a session: `config`, `user`, `now` ..."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from botkit.model.session import Channel

from .messages import Phrasebook
from .saying import Manner
from .values import Fault

if TYPE_CHECKING:
    from .running import Running


def value_of(run: Running, name: str) -> object:
    """The value of a reserved name in the flow that runs. Raises `Fault`."""
    match name:
        case "config":
            return run.flow.config
        case "user":
            return _user(run)
        case "conversation":
            return {"id": run.session.conversation_id}
        case "call":
            return {"id": run.session.call_id}
        case "event":
            return run.event
        case "now":
            return run.now
        case "language":
            return run.language
        case "messages":
            spoken = run.channel is Channel.CALL and run.style.manner is not Manner.WRITTEN
            return Phrasebook(run.flow.messages, run.language, Channel.CALL if spoken else Channel.CHAT, run)
        case "calendars":
            calendars = run.flows.calendars
            return {each: {"open": calendar.is_open(run.now)} for each, calendar in calendars.items()}
        case _:
            raise Fault(f"`{name}` cannot be read here")


def _user(run: Running) -> Mapping[str, object]:
    person = run.session.person
    return {
        "id": person.id,
        "name": person.name,
        "email": person.email,
        "first_name": person.name.partition(" ")[0],
    }
