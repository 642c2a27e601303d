"""The journal's lines: what came in and why each branch was taken, what was posted, played, and failed.

They are written here, and a turn is read here again.

Data of each kind, JSON:

- `turn`: `revision`, `input`, `why`, `effects` (`input` and each effect as `[class, fields]`)
- `posted`: `effect`, `conversation`, `thread`, `item`, `text`, `form`; `found` when it was there already
- `reacted`: `effect`, `item`, `reaction`
- `played`: `prompt` (the effect's id), `text`, `seconds` that went out, `of` seconds, `cut`, `started`
- `heard`: `question` (the effect's id), `ended`, `text`, `confidence`, `seconds` of the utterance, `detail`
- `media`: `what` (the call), and how its line was: `LegStatistics`, null = nobody told
- `recorded`: `effect` that began the recording of the call, `file`, `seconds`, `detail` when it is lost
- `requested`: `effect`, `method`, `outcome`, `status` (0 = no answer), `seconds` of all `tries`, `detail`
- `delivered`: `effect`, `receiver`, `status`, `tries` of a webhook that was taken
- `webhook_changed`: `effect`, `action`, `name`, `outcome`, `webhook` (its id), `detail`
- `refused`: `what` (the inbox row), `why` (`not_allowed`, or a limit of bot.yaml), `person` (user id), `flow`
- `ignored`: `why`, `person`, `number` of messages that were too much, the refused one among them
- `due`: `runs` (moments that a flow starts for), `missed` (how many do not), `first` and `newest` of them all
- `reposted`: `effect`, `form`, `since` when its submission could not be heard
- `left_out`: `since` when the bot had no link, `what` of that time it was not told
- `failed`: `what` (the effect, inbox row or prompt), `error`
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

import msgspec
from msgspec.structs import replace

from botkit.flow.masking import hushed_within
from botkit.flow.replay import Happened
from botkit.model import codec
from botkit.model.effects import ChangeConversationWebhook, Effect, React, SendWebhook
from botkit.model.inputs import (
    CallRecorded,
    ConversationWebhookChanged,
    FormReceived,
    HttpFinished,
    Input,
    KeysCollected,
    SpeechHeard,
    TextReceived,
)
from botkit.model.items import Item, OutgoingMessage
from botkit.model.reasons import Reason
from botkit.model.secret import MASK
from botkit.model.session import Turn
from botkit.model.users import User
from botkit.ports.audio import LegStatistics
from botkit.ports.store import JournalRow


def _sayable(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else str(value)


_encode = msgspec.json.Encoder(enc_hook=_sayable).encode


def turn_taken(turn: Turn, given: Input, at: datetime) -> JournalRow:
    """One turn of a session."""
    if turn.secret:
        given = _masked(given)
    data = b'{"revision":%d,"input":%b,"why":%b,"effects":[%b]}' % (
        turn.session.revision,
        _dumped(given, turn.hidden),
        _json(turn.why),
        b",".join(_dumped(effect, turn.hidden) for effect in turn.effects),
    )
    return JournalRow(session_id=turn.session.id, at=at, kind="turn", data=data)


def turn_of(row: JournalRow) -> Happened:
    """A `turn` as it was written. Raises `KeyError`, `TypeError` or `ValueError` when it cannot be read."""
    data = json.loads(row.data)
    given = codec.load(json.dumps(data["input"]))
    effects = [codec.load(json.dumps(each)) for each in data["effects"]]
    if not isinstance(given, Input):
        raise TypeError("a turn without an input")
    return Happened(
        at=row.at,
        given=given,
        why=reasons_of(row),
        effects=tuple(each for each in effects if isinstance(each, Effect)),
    )


def reasons_of(row: JournalRow) -> tuple[Reason, ...]:
    """The decisions of a `turn`. Raises as `turn_of` does."""
    return tuple(Reason(**each) for each in json.loads(row.data)["why"])


def posted(
    session_id: str, effect_id: str, message: OutgoingMessage, item: Item, *, found: bool, at: datetime
) -> JournalRow:
    """A message that stands on the platform; `found` = a crash had left it unsure, and there it was."""
    return _row(
        session_id,
        at,
        "posted",
        effect=effect_id,
        conversation=message.conversation_id,
        thread=item.thread_id,
        item=item.id,
        text=message.text,
        form=message.form.id if message.form else "",
        found=found,
    )


def reacted(session_id: str, effect: React, at: datetime) -> JournalRow:
    """A reaction that stands at a message."""
    return _row(session_id, at, "reacted", effect=effect.id, item=effect.item_id, reaction=effect.reaction)


def played(
    session_id: str,
    prompt_id: str,
    text: str,
    *,
    seconds: float,
    of: float,
    cut: bool,
    started: datetime | None,
    at: datetime,
) -> JournalRow:
    """A prompt as far as it was heard; `of` is its whole length, 0 when it was skipped unspoken."""
    return _row(
        session_id,
        at,
        "played",
        prompt=prompt_id,
        text=text,
        seconds=round(seconds, 3),
        of=round(of, 3),
        cut=cut,
        started=started.isoformat() if started else None,
    )


def heard(session_id: str, answer: SpeechHeard, seconds: float, *, secret: bool, at: datetime) -> JournalRow:
    """A spoken answer; of a secret one only that there was one."""
    return _row(
        session_id,
        at,
        "heard",
        question=answer.effect_id,
        ended=answer.ended,
        text="" if secret else answer.text,
        confidence=answer.confidence,
        seconds=round(seconds, 3),
        detail=answer.detail,
    )


def media(session_id: str, call_id: str, line: LegStatistics, at: datetime) -> JournalRow:
    """How the line of a call was that is over."""
    return _row(session_id, at, "media", what=call_id, **asdict(line))


def recorded(session_id: str, recorded: CallRecorded, at: datetime) -> JournalRow:
    """The recording of a whole call."""
    return _row(
        session_id,
        at,
        "recorded",
        effect=recorded.effect_id,
        file=recorded.file,
        seconds=recorded.seconds,
        detail=recorded.detail,
    )


def requested(
    session_id: str, finished: HttpFinished, method: str, seconds: float, tries: int, at: datetime
) -> JournalRow:
    """An HTTP request; its URL stands with the turn that wanted it."""
    return _row(
        session_id,
        at,
        "requested",
        effect=finished.effect_id,
        method=method,
        outcome=finished.outcome,
        status=finished.status,
        seconds=round(seconds, 3),
        tries=tries,
        detail=finished.detail,
    )


def delivered(session_id: str, effect: SendWebhook, status: int, tries: int, at: datetime) -> JournalRow:
    """A webhook that its receiver has taken, at this try."""
    return _row(
        session_id,
        at,
        "delivered",
        effect=effect.id,
        receiver=effect.receiver,
        status=status,
        tries=tries,
    )


def webhook_changed(
    session_id: str, effect: ChangeConversationWebhook, changed: ConversationWebhookChanged, at: datetime
) -> JournalRow:
    """What became of a change to one of the platform's webhooks; without its address, which is a secret."""
    return _row(
        session_id,
        at,
        "webhook_changed",
        effect=effect.id,
        action=effect.action,
        name=effect.name,
        outcome=changed.outcome,
        webhook=changed.id,
        detail=changed.detail,
    )


def refused(what: str, why: str, person: User, flow: str, at: datetime) -> JournalRow:
    """Somebody who is not let in, or not now; by their address too, for whoever reads it knows no ids."""
    return _row("", at, "refused", what=what, why=why, person=person.id, email=person.email, flow=flow)


def ignored(why: str, person_id: str, number: int, at: datetime) -> JournalRow:
    """How much was ignored of somebody who is let in again."""
    return _row("", at, "ignored", why=why, person=person_id, number=number)


def due(
    schedule: str, runs: Sequence[datetime], missed: int, first: datetime, newest: datetime, at: datetime
) -> JournalRow:
    """Moments of a schedule have come; `schedule` is `schedule:NAME`."""
    moments = [moment.isoformat() for moment in runs]
    span = {"first": first.isoformat(), "newest": newest.isoformat()}
    return _row(schedule, at, "due", runs=moments, missed=missed, **span)


def form_posted(row: JournalRow) -> str:
    """The form that a `posted` message holds; empty when it holds none."""
    form_id = json.loads(row.data)["form"]
    return form_id if isinstance(form_id, str) else ""


def reposted(session_id: str, ask_id: str, form_id: str, since: datetime, at: datetime) -> JournalRow:
    """A form that is put up once more, since its submission may be lost."""
    return _row(session_id, at, "reposted", effect=ask_id, form=form_id, since=since.isoformat())


def left_out(since: datetime, what: str, at: datetime) -> JournalRow:
    """What happened while the bot had no link, and it will not be told."""
    return _row("", at, "left_out", since=since.isoformat(), what=what)


def failed(session_id: str, what: str, error: str, at: datetime) -> JournalRow:
    """Something that was given up."""
    return _row(session_id, at, "failed", what=what, error=error)


def _row(session_id: str, at: datetime, kind: str, **data: object) -> JournalRow:
    return JournalRow(session_id=session_id, at=at, kind=kind, data=_json(data))


def _json(data: object) -> bytes:
    try:
        return _encode(data)
    except (UnicodeEncodeError, OverflowError):  # half a surrogate pair, or a number beyond 64 bits
        return json.dumps(msgspec.to_builtins(data, enc_hook=_sayable), default=str).encode()


def _masked(given: Input) -> Input:
    """What came in, without what it says."""
    match given:
        case TextReceived() | SpeechHeard():
            return replace(given, text=MASK)
        case FormReceived(values=values):
            return replace(given, values=dict.fromkeys(values, MASK))
        case KeysCollected():
            return replace(given, digits=MASK)
        case _:
            return given


def without(row: JournalRow, hidden: Collection[str]) -> JournalRow:
    """A line without what people told in secret."""
    if not hidden:
        return row
    data: Mapping[str, object] = json.loads(row.data)
    plain = json.dumps(_fields_without(data, hidden, ())).encode()
    return JournalRow(session_id=row.session_id, at=row.at, kind=row.kind, data=plain)


def _dumped(what: Input | Effect, hidden: Collection[str]) -> bytes:
    """As the journal has it, without what people told in secret."""
    dumped = codec.dump(what)
    if not hidden:
        return dumped
    name, told = json.loads(dumped)
    plain_data = [
        name
        for cls in type(what).__mro__
        for name, kind in getattr(cls, "__annotations__", {}).items()
        if "object" in str(kind)
    ]
    return json.dumps([name, _fields_without(told, hidden, plain_data)], separators=(",", ":")).encode()


def _fields_without(
    told: Mapping[str, object], hidden: Collection[str], plain_data: Collection[str]
) -> dict[str, object]:
    """Ids and other names of the engine's stay; numbers are what people told only in `plain_data`."""
    return {
        key: value if key.endswith("id") else hushed_within(value, hidden, numbers=key in plain_data)
        for key, value in told.items()
    }
