"""What the flow engine is told: one frozen struct per fact. The only way into a session."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from .calls import CallCause


class Input(Struct, frozen=True, kw_only=True):
    """The part all inputs share."""


class Begin(Input, frozen=True, kw_only=True):
    """The session's first input: its flow starts."""

    text: str = ""
    """What the person wrote to start it, if anything."""
    item_id: str = ""
    """That message, as in `TextReceived`."""
    inputs: Mapping[str, object] = {}
    """What the flow's `inputs` are to be: JSON."""
    start: int | None = None
    """Which of its flow's starts it was, from 0; None = none, or one that fills nothing."""
    event: Mapping[str, object] = {}
    """What `event` reads while the start's own `set` is evaluated, beside `text`; JSON. Of it only `due` and
    `missed` are kept, which a schedule tells."""


class FileLost(StrEnum):
    """Why there is only the name of a file."""

    TOO_LARGE = "too_large"
    FAILED = "failed"
    """The platform did not hand it over, or it could not be kept."""


most_file_bytes = 20 * 1024 * 1024
"""Of a file that a person sends."""


class ReceivedFile(Struct, frozen=True, kw_only=True):
    """A file that a person sent."""

    name: str
    """Without folders and controls."""
    content_type: str
    size: int
    """Bytes."""
    file: str = ""
    """What names it in `ports.blobs`; empty when it is lost."""
    lost: FileLost | None = None


class TextReceived(Input, frozen=True, kw_only=True):
    """The person wrote something."""

    text: str
    author_id: str = ""
    item_id: str = ""
    """The message, for reactions to it; empty where the platform has none."""
    files: tuple[ReceivedFile, ...] = ()
    """What came with it, fetched when the session waits for files."""


class FormReceived(Input, frozen=True, kw_only=True):
    """The person submitted a form of this session."""

    form_id: str
    values: Mapping[str, str] = {}
    author_id: str = ""


class KeysEnded(StrEnum):
    """How the key collector ended."""

    DIGITS = "digits"
    """Enough keys: complete."""
    PARTIAL = "partial"
    """Time ran out with fewer than the minimum."""
    NONE = "none"
    """No key came at all."""


class KeysCollected(Input, frozen=True, kw_only=True):
    """The key collector of a call finished a question."""

    effect_id: str
    """The `Ask` it answers."""
    digits: str
    ended: KeysEnded


class SpeechEnded(StrEnum):
    """How listening for an answer ended."""

    HEARD = "heard"
    """There are words."""
    NOTHING = "nothing"
    """There was sound, and no words in it."""
    OVERLOADED = "overloaded"
    """No recogniser was free in time."""
    FAILED = "failed"
    """The recogniser died, hung, or gave garbage."""


class SpeechHeard(Input, frozen=True, kw_only=True):
    """The person said something in answer to a question of a call."""

    effect_id: str
    """The `Ask` it answers."""
    text: str = ""
    """The words, as the recogniser writes them."""
    confidence: float | None = None
    """The recogniser's own, 0 to 1; None when it gives none."""
    ended: SpeechEnded = SpeechEnded.HEARD
    detail: str = ""
    """Why there are no words."""


class RecordEnded(StrEnum):
    """How a recording ended."""

    KEY = "key"
    SILENCE = "silence"
    MAXIMUM = "maximum"
    HANGUP = "hangup"
    """Who has said nothing before left no file."""
    NOTHING = "nothing"
    """Nobody spoke; there is no file."""
    FAILED = "failed"
    """It could not be kept; there is no file."""


class Recorded(Input, frozen=True, kw_only=True):
    """A recording is over."""

    effect_id: str
    ended: RecordEnded
    file: str = ""
    """What names it in `ports.blobs`."""
    seconds: float = 0.0
    key: str = ""
    """The key that ended it."""
    detail: str = ""


class CallRecorded(Input, frozen=True, kw_only=True):
    """The recording of a whole call is over."""

    effect_id: str
    """The `RecordCall` that began it."""
    file: str = ""
    """What names it in `ports.blobs`; empty = it could not be kept."""
    seconds: float = 0.0
    detail: str = ""
    """Why it could not."""


class CallOutcome(StrEnum):
    """What became of a call that the bot made."""

    ANSWERED = "answered"
    BUSY = "busy"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"
    FAILED = "failed"


class CallFinished(Input, frozen=True, kw_only=True):
    """A `Dial` or `Transfer` is over: nobody answered, or who answered has gone."""

    effect_id: str
    outcome: CallOutcome
    outputs: Mapping[str, object] = {}
    """Of the flow that talked to the person: JSON."""
    detail: str = ""


class RunFinished(Input, frozen=True, kw_only=True):
    """A handler that the flow ran has returned."""

    effect_id: str
    value: object = None
    """JSON."""
    error: str = ""
    """What it raised, if it did."""
    timed_out: bool = False
    """It had not returned within `Run.timeout`; `error` says so."""


class HttpOutcome(StrEnum):
    """How an HTTP request ended."""

    DONE = "done"
    """2xx."""
    NOT_FOUND = "not_found"
    """404 or 410."""
    REFUSED = "refused"
    """Any other 4xx; or the bot may not talk to that host."""
    FAILED = "failed"
    """5xx, no connection, or an answer that cannot be read, after all tries."""
    TIMEOUT = "timeout"


class HttpFinished(Input, frozen=True, kw_only=True):
    """An `Http` is over."""

    effect_id: str
    outcome: HttpOutcome
    status: int = 0
    """0 = there was no answer."""
    value: object = None
    """JSON of the answer's body, or its text, when it was wanted and came."""
    detail: str = ""
    """The status of a bad end, or what went wrong."""


class WebhookOutcome(StrEnum):
    """What became of a change to one of the platform's webhooks."""

    DONE = "done"
    NOT_FOUND = "not_found"
    """There is no such conversation, or it has no webhook of that name."""
    REFUSED = "refused"
    """The platform has none, does not let the bot, or has too many already."""
    FAILED = "failed"
    """The platform could not be asked."""


class ConversationWebhookChanged(Input, frozen=True, kw_only=True):
    """A `ChangeConversationWebhook` is over."""

    effect_id: str
    outcome: WebhookOutcome
    id: str = ""
    """The webhook's."""
    url: str = ""
    """Where to send what it posts."""
    detail: str = ""
    """What went wrong."""


class ChildOutcome(StrEnum):
    """How a session that `Each` began ended."""

    DONE = "done"
    EXPIRED = "expired"
    """It was not over in time."""
    FAILED = "failed"


class ChildFinished(Input, frozen=True, kw_only=True):
    """A session that `Each` began is over, or could not begin."""

    effect_id: str
    number: int
    """Which of `Each.children`, from 0."""
    outcome: ChildOutcome
    outputs: Mapping[str, object] = {}
    """Of its flow: JSON."""
    detail: str = ""


class Withdrawn(Input, frozen=True, kw_only=True):
    """Who began this session needs it no more."""


class Dismissed(Input, frozen=True, kw_only=True):
    """Somebody who looks after the bot ends the session."""


class QueueMoved(Input, frozen=True, kw_only=True):
    """The caller's place in the queue."""

    effect_id: str
    """The `Enqueue`."""
    position: int
    """1 = the next one."""


class QueueTurn(Input, frozen=True, kw_only=True):
    """An agent is free for this caller, and kept for it until its `Transfer` is over."""

    effect_id: str
    """The `Enqueue`."""
    agent: str


class EffectFailed(Input, frozen=True, kw_only=True):
    """An effect could not be carried out for good."""

    effect_id: str
    error: str


class DeadlineReached(Input, frozen=True, kw_only=True):
    """`Session.deadline` has come."""


class HungUp(Input, frozen=True, kw_only=True):
    """The call is over, whoever ended it."""

    cause: CallCause
