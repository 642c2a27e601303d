"""The steps of a script: what people do, and what is expected. One verb each, as in flows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
)

from botkit.flow.document import Mapping as Keys
from botkit.flow.document import Scalar
from botkit.flow.fields import Duration
from botkit.model.calls import CallCause
from botkit.model.session import Channel, EndedBy

from .answering import By
from .calls import PAUSE, declines, picks_up
from .outside import Ran, Requested, Sent
from .plain import plain_value
from .scene import Scene
from .step import ON_CALL, ON_CHAT, Pressed, ScriptStep, TextOrWanted, Texts, WantedText


class Hears(ScriptStep):
    """The bot says or writes this next. What comes between is passed over."""

    verb: ClassVar[str] = "hears"
    hears: TextOrWanted = Field(
        description="A part of the text, or `{exactly: ...}`, or `{matches: PATTERN}`."
    )

    async def play(self, scene: Scene) -> None:
        talk = await scene.talk(self.who)
        await talk.hears(self.hears.contains, exactly=self.hears.exactly, matches=self.hears.matches)


class HearsNothingMore(ScriptStep):
    """Nothing more is said until the bot waits for an answer, or all is over."""

    verb: ClassVar[str] = "hears nothing more"
    bare: ClassVar[bool] = True
    nothing: None = Field(None, alias="hears nothing more", description="Nothing.")

    async def play(self, scene: Scene) -> None:
        await (await scene.talk(self.who)).hears_nothing_more()


class NeverHears(ScriptStep):
    """The bot has said nothing like this so far, nor does it until it waits for an answer, or all is over."""

    verb: ClassVar[str] = "never hears"
    never: str = Field(alias="never hears", description="A part of what must not be said.")

    async def play(self, scene: Scene) -> None:
        await (await scene.talk(self.who)).never_hears(self.never)


class Answers(ScriptStep):
    """Answers the open question: typed on chat; on a call with its key, where it has one, else in words."""

    verb: ClassVar[str] = "answers"
    answers: str = Field(description="An option or a global by its name, yes or no, digits, or any words.")
    by: By | None = Field(None, description="On a call: `keys` or `speech`; else as `--by` says.")
    at: Duration | None = Field(None, description="On a call: so far into the prompt.")

    async def play(self, scene: Scene) -> None:
        if scene.channel is Channel.CALL:
            call = await scene.call(self.who, f"answers: {self.answers}")
            await call.answers(self.answers, by=self.by or scene.by, at=self.at)
            if self.by is None and scene.by is By.SPEECH:
                await call.assents()
        else:
            await (await scene.chat(self.who, f"answers: {self.answers}")).answers(self.answers)


class Presses(ScriptStep):
    """Presses keys: once the bot has finished speaking, or `at` a moment of the prompt."""

    verb: ClassVar[str] = "presses"
    channels: ClassVar[frozenset[Channel]] = ON_CALL
    presses: Pressed = Field(description="Digits, `*`, `#`.")
    at: Duration | None = Field(None, description="So far into the prompt that began last.")
    pause: Duration = Field(PAUSE, description="Between two keys (default 300ms).")

    async def play(self, scene: Scene) -> None:
        call = await scene.call(self.who, f"presses {self.presses}")
        await call.presses(self.presses, at=self.at, pause=self.pause)


class Says(ScriptStep):
    """Says something, which takes its time: once the bot listens, or `at` a moment of the prompt."""

    verb: ClassVar[str] = "says"
    channels: ClassVar[frozenset[Channel]] = ON_CALL
    says: str = Field(description="The words, as the recogniser gets them.")
    confidence: float | None = Field(None, ge=0, le=1, description="How sure the recogniser is.")
    at: Duration | None = Field(None, description="So far into the prompt that began last.")

    async def play(self, scene: Scene) -> None:
        call = await scene.call(self.who, f"says: {self.says}")
        await call.says(self.says, confidence=self.confidence, at=self.at)


class Mumbles(ScriptStep):
    """Makes sounds in which the recogniser finds no words."""

    verb: ClassVar[str] = "mumbles"
    bare: ClassVar[bool] = True
    channels: ClassVar[frozenset[Channel]] = ON_CALL
    mumbles: None = Field(None, description="Nothing.")
    at: Duration | None = Field(None, description="So far into the prompt that began last.")

    async def play(self, scene: Scene) -> None:
        await (await scene.call(self.who, "mumbles")).mumbles(at=self.at)


class SaysNothing(ScriptStep):
    """Lets the time for an answer pass."""

    verb: ClassVar[str] = "says nothing"
    bare: ClassVar[bool] = True
    nothing: None = Field(None, alias="says nothing", description="Nothing.")

    async def play(self, scene: Scene) -> None:
        await (await scene.talk(self.who)).says_nothing()


class HangsUp(ScriptStep):
    """Hangs up: at once, or `at` a moment of the prompt."""

    verb: ClassVar[str] = "hangs up"
    bare: ClassVar[bool] = True
    channels: ClassVar[frozenset[Channel]] = ON_CALL
    nothing: None = Field(None, alias="hangs up", description="Nothing.")
    at: Duration | None = Field(None, description="So far into the prompt that began last.")

    async def play(self, scene: Scene) -> None:
        await (await scene.call(self.who, "hangs up")).hangs_up(at=self.at)


class Waits(ScriptStep):
    """Lets time pass."""

    verb: ClassVar[str] = "waits"
    waits: Duration = Field(description="How long: `5s`, `2h`.")

    async def play(self, scene: Scene) -> None:
        await (await scene.talk(self.who)).passes(self.waits)


class Writes(ScriptStep):
    """Writes to the bot. As the first step it begins the conversation: the bot's flows decide by their
    `start` whose it is."""

    verb: ClassVar[str] = "writes"
    channels: ClassVar[frozenset[Channel]] = ON_CHAT
    writes: str = Field(description="The message.")

    async def play(self, scene: Scene) -> None:
        await (await scene.chat(self.who, f"writes: {self.writes}")).writes(self.writes)


class Coming(BaseModel):
    """A moment of a schedule."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    of: str = Field(description="Its flow, or `FLOW:N` for the Nth schedule of a flow with several.")
    missed: int = Field(0, ge=0, description="How many moments before it were missed: `event.missed`.")


def _coming(value: object) -> object:
    return Keys([("of", value)], value.at) if isinstance(value, Scalar) else value


class ScheduleComes(ScriptStep):
    """The next moment of a schedule comes: the clock goes on to it. As the first step it begins the script;
    schedules do not come by themselves here."""

    verb: ClassVar[str] = "schedule"
    channels: ClassVar[frozenset[Channel]] = ON_CHAT
    schedule: Annotated[Coming, BeforeValidator(_coming, json_schema_input_type=str | Coming)] = Field(
        description="Its flow, or `FLOW:N` for the Nth schedule of a flow with several; also "
        "`{of: FLOW, missed: 3}`."
    )

    async def play(self, scene: Scene) -> None:
        await scene.talk(self.who)
        await scene.stage.comes(self.schedule.of, self.schedule.missed)


class WebhookComes(ScriptStep):
    """Somebody who may calls one of the bot's own webhooks. As the first step it begins the script."""

    verb: ClassVar[str] = "webhook"
    channels: ClassVar[frozenset[Channel]] = ON_CHAT
    webhook: str = Field(description="Its name.")
    body: object = Field(None, alias="json", description="The JSON that comes: `event.body`.")
    kind: str = Field(
        "", description="`event.kind`, where the sender does not tell it in the JSON: `push` with `github`."
    )
    message: str = Field("", alias="id", description="`event.id`; the same one again is a repeated delivery.")

    async def play(self, scene: Scene) -> None:
        await scene.talk(self.who)
        body = plain_value(self.body)
        await scene.stage.called(self.webhook, body, kind=self.kind, message_id=self.message)


class Submits(ScriptStep):
    """Fills in the form that came last, and sends it."""

    verb: ClassVar[str] = "submits"
    channels: ClassVar[frozenset[Channel]] = ON_CHAT
    submits: dict[str, str] = Field(description="Field -> value. Fields left out keep what is in them.")

    async def play(self, scene: Scene) -> None:
        await (await scene.chat(self.who, "submits a form")).submits(self.submits)


class Chooses(ScriptStep):
    """Presses a button of the form that came last."""

    verb: ClassVar[str] = "chooses"
    channels: ClassVar[frozenset[Channel]] = ON_CHAT
    chooses: str = Field(description="The option's name, or its label.")

    async def play(self, scene: Scene) -> None:
        await (await scene.chat(self.who, f"chooses {self.chooses}")).chooses(self.chooses)


class PicksUp(ScriptStep):
    """Somebody takes a call of the bot, and talks with it, or with whom it puts through, from then on."""

    verb: ClassVar[str] = "picks up"
    bare: ClassVar[bool] = True
    callee: str | None = Field(
        None, alias="picks up", description="E-mail address; empty = whoever is called."
    )

    async def play(self, scene: Scene) -> None:
        scene.joins(await picks_up(scene.stage, self.callee or self.who))


class Declines(ScriptStep):
    """Somebody does not take a call of the bot."""

    verb: ClassVar[str] = "declines"
    bare: ClassVar[bool] = True
    declines: str | None = Field(None, description="E-mail address; empty = whoever is called.")
    cause: Literal["declined", "busy", "no_answer"] = Field(
        "declined", alias="as", description="`declined` (default), `busy` or `no_answer`."
    )

    async def play(self, scene: Scene) -> None:
        await declines(scene.stage, self.declines or self.who, CallCause(self.cause))


class PostWanted(WantedText):
    """A message to somebody."""

    contains: str = Field("", alias="text", description="A part of it.")
    to: str = Field("", description="E-mail address of whoever gets it; empty = anybody.")
    subject: str | None = Field(None, description="Its subject.")
    files: int | None = Field(None, ge=0, description="How many files come with it.")


def _post(value: object) -> object:
    return Keys([("text", value)], value.at) if isinstance(value, Scalar) else value


class PostedTo(ScriptStep):
    """The bot has written this to somebody."""

    verb: ClassVar[str] = "posted"
    posted: Annotated[PostWanted, BeforeValidator(_post, json_schema_input_type=str | PostWanted)] = Field(
        description="`{to: ADDRESS, text: ...}`; also `subject`, `files` (how many), `exactly`, `matches`."
    )

    async def play(self, scene: Scene) -> None:
        wanted = self.posted
        await (await scene.talk(self.who)).posted(
            wanted.contains,
            to=wanted.to,
            exactly=wanted.exactly,
            matches=wanted.matches,
            subject=wanted.subject,
            files=wanted.files,
        )


class Liked(ScriptStep):
    """The bot likes what was written to it."""

    verb: ClassVar[str] = "liked"
    bare: ClassVar[bool] = True
    channels: ClassVar[frozenset[Channel]] = ON_CHAT
    liked: str | None = Field(None, description="A part of the message; without one, the last message.")

    async def play(self, scene: Scene) -> None:
        await (await scene.chat(self.who, "liked")).liked(self.liked or "")


class Why(ScriptStep):
    """The flow went this way since the last `why`."""

    verb: ClassVar[str] = "why"
    why: Texts = Field(
        description="`STEP = BRANCH`, or `STEP` alone: a step's id or its verb, and its branch. Or a list."
    )

    async def play(self, scene: Scene) -> None:
        await (await scene.talk(self.who)).why(*self.why)


class Slots(ScriptStep):
    """Slots and results have these values."""

    verb: ClassVar[str] = "slots"
    slots: dict[str, object] = Field(description="Name -> value; nothing = it has none.")

    async def play(self, scene: Scene) -> None:
        await (await scene.talk(self.who)).slots(self.slots)


class Ends(ScriptStep):
    """The session is over."""

    verb: ClassVar[str] = "ends"
    ends: EndedBy = Field(
        description="By what: `flow` (its steps came to their end), `hangup`, `cancelled` ..."
    )

    async def play(self, scene: Scene) -> None:
        await (await scene.talk(self.who)).ends(self.ends)


VERBS: tuple[type[ScriptStep], ...] = (
    Hears,
    HearsNothingMore,
    NeverHears,
    Answers,
    Presses,
    Says,
    Mumbles,
    SaysNothing,
    Writes,
    ScheduleComes,
    WebhookComes,
    Submits,
    Chooses,
    Waits,
    HangsUp,
    PicksUp,
    Declines,
    PostedTo,
    Liked,
    Why,
    Slots,
    Ran,
    Requested,
    Sent,
    Ends,
)


def by_verb(verbs: Iterable[type[ScriptStep]] = VERBS) -> dict[str, type[ScriptStep]]:
    """Verb -> class."""
    return {cls.verb: cls for cls in verbs}
