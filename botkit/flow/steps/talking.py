"""`say`, `post` and `end`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from botkit.flow.events import FlowEvent
from botkit.flow.fields import ChannelText, Recording, Text
from botkit.flow.flowset import END
from botkit.model.questions import BargeIn

from .base import Step

if TYPE_CHECKING:
    from botkit.flow.running import Running


class Say(Step):
    """Tells the person something: posted on chat, spoken on a call."""

    verb: ClassVar[str] = "say"
    example: ClassVar[str] = """
        flow: greeting
        start: [call_incoming, mention]
        steps:
          - say: Good {{ 'morning' if now.hour < 12 else 'day' }}, {{ user.first_name }}.
          - say: {call: I am a machine that listens., chat: I am a machine that reads.}
          - say: This call may be recorded.
            only: call
            barge_in: never
    """
    needs_person: ClassVar[bool] = True

    say: ChannelText = Field(
        description="What to tell; `{call: ..., chat: ...}` tells each channel its own, or one of them alone."
    )
    barge_in: BargeIn | None = Field(
        None, description="What may interrupt it on a call: `keys`, `speech`, `both` (default) or `never`."
    )

    def picks_up(self) -> bool:
        text = self.say.call
        return bool(text is not None and text.constant and text.constant.strip())

    def enter(self, run: Running) -> int:
        run.why()
        text = self.say.on(run.channel)
        if text is not None:
            run.say(run.words(text), self.barge_in)
        return run.next


class Post(Step):
    """Posts a message: to somebody else, or into this conversation."""

    verb: ClassVar[str] = "post"
    example: ClassVar[str] = """
        flow: notice
        config:
          desk: {default: desk@example.com}
        steps:
          - post: "{{ user.name }} called at {{ now | time }}."
            to: "{{ config.desk }}"
            subject: A call
    """

    post: Text = Field(description="The message.")
    to: Text | None = Field(
        None, description="E-mail address, user id or conversation id; without it, this conversation."
    )
    subject: Text | None = Field(None, description="A heading, where the platform has one.")
    files: tuple[Recording, ...] = Field(
        (),
        max_length=10,
        description="Names that hold a recording (`record: into`); empty ones are left out.",
    )

    def addresses_person(self) -> bool:
        return self.to is None

    def enter(self, run: Running) -> int:
        to = self.to.text(run) if self.to else ""
        run.why(branch=to)
        if self.to is not None and not to.strip():
            # Posting it here instead could show people what is not meant for them.
            raise FlowEvent("error.post", "there is nobody to post to")
        subject = run.words(self.subject, written=True) if self.subject else ""
        run.post(run.words(self.post, written=True), to, subject, self._files(run))
        return run.next

    def _files(self, run: Running) -> tuple[str, ...]:
        found: list[str] = []
        for name in self.files:
            recording = name.value(run)
            if isinstance(recording, Mapping) and isinstance(recording.get("file"), str):
                found.append(recording["file"])
            elif recording is not None and recording != "":
                raise FlowEvent("error.post", f"{name.source} holds no recording")
        return tuple(found)


class End(Step):
    """Ends the session; a call is hung up when everything before has been heard."""

    verb: ClassVar[str] = "end"
    example: ClassVar[str] = """
        flow: closed
        steps:
          - if: now.hour >= 17
            then:
              - end: We are closed. Goodbye.
          - say: We are open.
          - end
    """
    bare: ClassVar[bool] = True

    end: ChannelText | None = Field(None, description="A last word; `{call: ..., chat: ...}` as with `say`.")

    def addresses_person(self) -> bool:
        return self.end is not None and self.end.chat is not None

    def goes_on(self) -> bool:
        return False

    def enter(self, run: Running) -> int:
        run.why()
        text = self.end.on(run.channel) if self.end is not None else None
        if text is not None:
            run.say(run.words(text))
        return END
