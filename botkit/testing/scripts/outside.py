"""Expectations about the world outside the conversation."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from .scene import Scene
from .step import ScriptStep


class Ran(ScriptStep):
    """A handler was run."""

    verb: ClassVar[str] = "ran"
    ran: str = Field(description="Its name.")
    arguments: dict[str, object] = Field({}, alias="with", description="Arguments it got, among others.")

    async def play(self, scene: Scene) -> None:
        await (await scene.talk(self.who)).ran(self.ran, self.arguments)


class Requested(ScriptStep):
    """A flow made this HTTP request."""

    verb: ClassVar[str] = "requested"
    requested: str = Field(description="`METHOD URL`; `*` stands for anything.")
    body: object = Field(None, alias="json", description="What its JSON holds, among others.")

    async def play(self, scene: Scene) -> None:
        await (await scene.talk(self.who)).requested(self.requested, json=self.body)


class Sent(ScriptStep):
    """A webhook was sent."""

    verb: ClassVar[str] = "sent"
    sent: str = Field(description="Its receiver, one of bot.yaml's `receivers`.")
    kind: str = Field("", description="Its type.")
    data: object = Field(None, alias="json", description="What its data holds, among others.")

    async def play(self, scene: Scene) -> None:
        await (await scene.talk(self.who)).sent(self.sent, kind=self.kind, json=self.data)
