"""The shape of a script file: its top-level keys, its scripts, its mocks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Literal, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    PrivateAttr,
    ValidationInfo,
    WithJsonSchema,
)

from botkit.flow.document import Location, Node, Scalar, did_you_mean
from botkit.flow.document import Mapping as Keys
from botkit.flow.document import Sequence as Items
from botkit.flow.fields import Duration, Name
from botkit.flow.validation import check, refusal
from botkit.model.findings import Finding
from botkit.model.session import Channel
from botkit.ports.http import HttpFailed, HttpRefused
from botkit.testing.http import Reply as Answer
from botkit.testing.http import answer, silence

from .mocks import HttpMock, Reply
from .plain import plain_value
from .step import ScriptStep
from .verbs import by_verb

settings = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, defer_build=True)


@dataclass(slots=True)
class Reading:
    """What the reading of one file gathers, passed to every validator as pydantic's context."""

    verbs: dict[str, type[ScriptStep]] = field(default_factory=by_verb)
    findings: list[Finding] = field(default_factory=list)


def _steps(value: object, info: ValidationInfo) -> tuple[ScriptStep, ...]:
    reading = info.context
    if not isinstance(reading, Reading):
        raise refusal("Steps can only be read from a file.", "Use `read_scripts`.")
    if not isinstance(value, Items) or not value:
        raise refusal("There are no steps.", "Write one `- verb: ...` a line, for example `- hears: Hello`.")
    steps = (_step(item, value.at, reading) for item in value)
    return tuple(step for step in steps if step is not None)


def _step(node: Node, around: Location, reading: Reading) -> ScriptStep | None:
    verbs = reading.verbs
    at = around if node is None else node.at
    if isinstance(node, Scalar) and node in verbs and verbs[node].bare:
        node = Keys([(node, None)], at)
    if not isinstance(node, Keys) or not node:
        name = str(node or "").partition(":")[0]
        remedy = (
            did_you_mean(name, verbs) if isinstance(node, Scalar) else "Write `- hears: Hello`, for example."
        )
        reading.findings.append(at.finding("no-verb", "A step is a mapping with one verb.", remedy))
        return None
    found = [key for key in node if key in verbs]
    if len(found) != 1:
        odd = next(iter(node)) if not found else found[1]
        code, message, remedy = (
            ("unknown-verb", f"There is no verb `{odd}`.", did_you_mean(odd, verbs))
            if not found
            else ("two-verbs", f"This step has two verbs, `{found[0]}` and `{odd}`.", "Make two steps of it.")
        )
        reading.findings.append(node.key_at(odd).finding(code, message, remedy))
        return None
    step, findings = check(node, verbs[found[0]], context=reading)
    reading.findings += findings
    return step.placed(at) if step is not None else None


Steps: TypeAlias = Annotated[
    tuple[ScriptStep, ...], PlainValidator(_steps), WithJsonSchema({"botkit_shared": "steps"})
]
"""The steps of a script."""


def _moment(value: object) -> datetime:
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    raise refusal("This is no date and time.", "Write `2026-03-02 09:30`.")


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise refusal(f"There is no time zone `{value[:40]}`.", "Write one like `Europe/Berlin`.") from None
    return value


Moment: TypeAlias = Annotated[
    datetime,
    PlainValidator(_moment),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d\d-\d\d([ T]\d\d:\d\d.*)?$"}),
]


class Someone(BaseModel):
    """Whom the bot talks with."""

    model_config = settings

    name: str = Field("Ada Lovelace", description="What flows read as `user.name`.")
    email: str = Field("ada@example.com", description="What flows read as `user.email`.")
    locale: str = Field("", description="What they have set on the platform (BCP 47): `de-DE`.")


class RunMock(BaseModel):
    """What a handler does in the scripts, instead of being run."""

    model_config = settings

    returns: object = Field(None, description="What it returns.")
    raises: str = Field("", description="It fails, with this error.")
    takes: Duration = Field(0.0, description="How long it takes.")

    def reply(self) -> Reply:
        """For the runner."""
        return Reply(returns=plain_value(self.returns), raises=self.raises, takes=self.takes)


class HttpReply(BaseModel):
    """What a server answers to one request."""

    model_config = settings

    status: int = Field(200, ge=100, le=599, description="Of the answer.")
    body: object = Field(None, alias="json", description="Its JSON.")
    text: str | None = Field(None, description="Its body, as plain text.")
    fails: Literal["timeout", "failed", "refused"] | None = Field(
        None, description="There is no answer: it takes too long, the connection fails, the bot may not ask."
    )

    def reply(self) -> Answer:
        """For the runner."""
        match self.fails:
            case "timeout":
                return silence()
            case "failed":
                return HttpFailed("The connection failed.")
            case "refused":
                return HttpRefused("The bot may not talk to that host.")
            case None:
                value = self.text if self.text is not None else plain_value(self.body)
                return answer(value, status=self.status)


def _replies(value: object) -> object:
    return value if isinstance(value, list) else [value]


Replies: TypeAlias = Annotated[
    list[RunMock],
    Field(min_length=1),
    BeforeValidator(_replies, json_schema_input_type=RunMock | list[RunMock]),
]


class Server(BaseModel):
    """A server that flows ask."""

    model_config = settings

    on: str = Field(description="`METHOD URL`; `*` stands for anything.")
    answer: Annotated[
        list[HttpReply],
        Field(min_length=1),
        BeforeValidator(_replies, json_schema_input_type=HttpReply | list[HttpReply]),
    ] = Field(description="`{status: 201, json: ...}`, or `{fails: timeout}`; a list: one per request.")

    def mock(self) -> HttpMock:
        """For the runner."""
        return HttpMock(on=self.on, replies=[each.reply() for each in self.answer])


class Mocks(BaseModel):
    """What stands in for the world outside."""

    model_config = settings

    http: list[Server] = Field([], description="Servers; the first that fits answers.")
    lifecycle: bool = Field(
        False,
        description="Tell handlers of the bot's start and end (`bot_started`, `bot_stopping`), where they "
        "open and close what they need (default false).",
    )
    nobody: list[str] = Field([], description="Addresses of nobody; all others are somebody's.")

    hours: dict[Name, Literal["open", "closed"]] = Field(
        {}, description="Calendar -> `open` or `closed`, whatever the clock shows."
    )
    run: dict[Name, Replies] = Field(
        {},
        description="Handler -> what it `returns` or `raises`, and how long it `takes`; a list: one per call",
    )


class Circumstances(BaseModel):
    """What a whole file, or one script of it, begins with."""

    model_config = settings

    now: Moment | None = Field(None, description="Where the clock stands: `2026-03-02 09:30`, a Monday.")
    time_zone: Annotated[str, AfterValidator(_zone)] | None = Field(
        None, description="Of `now`; without it UTC."
    )
    person: Someone | None = Field(None, description="Whom the bot talks with: `name`, `email`.")
    config: dict[Name, object] = Field({}, description="Config values of the flow, over those of bot.yaml.")
    mocks: Mocks = Field(Mocks(), description="What stands in for handlers and servers.")
    on: Annotated[list[Literal["chat", "call"]], Field(min_length=1), BeforeValidator(_replies)] | None = (
        Field(None, description="The channels it is run on, once each: `[call, chat]`.")
    )


class Script(Circumstances):
    """One conversation."""

    steps: Steps = Field(description="What happens, in order.")
    _place: Location | None = PrivateAttr(None)

    @property
    def place(self) -> Location:
        """Where it stands."""
        assert self._place is not None, "it was read from a file"
        return self._place

    def placed(self, at: Location) -> None:
        """It stands at `at`."""
        self._place = at


class ScriptFile(Circumstances):
    """A file of scripts."""

    test: str = Field(description="The flow that its scripts begin.")
    scripts: dict[str, Script] = Field(min_length=1, description="Name -> script.")

    def channels(self, script: Script) -> tuple[Channel, ...]:
        """Where a script is run."""
        return tuple(dict.fromkeys(map(Channel, script.on or self.on or ("chat",))))

    def moment(self, script: Script, usual: datetime) -> datetime:
        """When a script begins; aware."""
        now = script.now or self.now
        if now is None:
            return usual
        if now.tzinfo is not None:
            return now.astimezone(UTC)
        return now.replace(tzinfo=ZoneInfo(script.time_zone or self.time_zone or "UTC")).astimezone(UTC)

    def someone(self, script: Script) -> Someone:
        """Whose conversation a script is."""
        return script.person or self.person or Someone()

    def values(self, script: Script) -> dict[str, object]:
        """The flow's config values that a script sets."""
        return {**self.config, **script.config}

    def servers(self, script: Script) -> list[HttpMock]:
        """What servers answer: those of the script first."""
        return [server.mock() for server in (*script.mocks.http, *self.mocks.http)]

    def lifecycle(self, script: Script) -> bool:
        """Handlers are told of the bot's start and end."""
        return self.mocks.lifecycle or script.mocks.lifecycle

    def nobody(self, script: Script) -> list[str]:
        """Addresses of no account."""
        return [*self.mocks.nobody, *script.mocks.nobody]

    def hours(self, script: Script) -> dict[str, bool]:
        """Calendar -> whether it is open."""
        mocked = {**self.mocks.hours, **script.mocks.hours}
        return {name: state == "open" for name, state in mocked.items()}

    def replies(self, script: Script) -> dict[str, list[Reply]]:
        """Handler -> what it does."""
        mocked = {**self.mocks.run, **script.mocks.run}
        return {name: [mock.reply() for mock in mocks] for name, mocks in mocked.items()}
