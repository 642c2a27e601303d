"""`play` and `send_digits`: sound that is not speech."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, TypeAlias

from pydantic import AfterValidator, Field

from botkit.flow.document import Scalar
from botkit.flow.events import FlowEvent
from botkit.flow.fields import Text
from botkit.flow.reader import Reader
from botkit.flow.templates import Template
from botkit.flow.validation import refusal
from botkit.model.effects import Play as PlayFile
from botkit.model.effects import SendDigits as SendKeys
from botkit.model.questions import BargeIn

from .for_calls import ForCalls

if TYPE_CHECKING:
    from botkit.flow.running import Running

_keys = re.compile(r"[0-9*#A-D,]{1,100}", re.ASCII)


def _sound_file(value: object) -> str:
    """The path of a file that stands beside the flow, or below."""
    if not isinstance(value, Scalar) or not value.strip():
        raise refusal("A sound file belongs here.", "Write its path, from the flow file on: `welcome.wav`.")
    folder = Path(value.at.source.file).parent
    path = folder / str(value)
    try:
        inside = path.resolve().is_relative_to(folder.resolve())
        there = inside and path.is_file()
    except (OSError, ValueError):
        inside = there = False
    if not inside:
        message = f"`{value[:60]}` leads out of the flow's folder."
        raise refusal(message, "Put the file beside the flow, or in a folder below.", "no-sound-file")
    if not there:
        remedy = (
            "A path holds no `{{ ... }}`: let `switch` choose between several `play`."
            if "{{" in value
            else "Check the path: it is read from the flow file on."
        )
        raise refusal(f"There is no file `{value[:60]}`.", remedy, "no-sound-file")
    return str(path)


SoundFile: TypeAlias = Annotated[str, Reader(_sound_file)]


class Play(ForCalls):
    """Plays an audio file to a caller. Without a call it is passed over."""

    verb: ClassVar[str] = "play"
    example: ClassVar[str] = """
        # welcome.wav stands beside this file
        flow: jingle
        start: [call_incoming]
        steps:
          - play: welcome.wav
            barge_in: never
          - say: Welcome.
    """
    needs_person: ClassVar[bool] = True
    beside: ClassVar[bool] = True

    play: SoundFile = Field(
        description="The file, in any common format; its path from the flow file on, in its folder or below."
    )
    barge_in: BargeIn | None = Field(
        None, description="What may interrupt it: `keys`, `speech`, `both` (default) or `never`."
    )

    def picks_up(self) -> bool:
        return True

    def enter(self, run: Running) -> int:
        if self.absent(run):
            return run.next
        run.why()
        run.pick_up()
        barge_in = self.barge_in or run.flow.asking.barge_in or BargeIn.BOTH
        run.effects.append(PlayFile(id=run.effect_id(), file=self.play, barge_in=barge_in))
        return run.next


def _keys_of(text: str) -> str:
    """The keys in a text, blanks and dashes aside. Raises `ValueError`."""
    keys = re.sub(r"[\s-]", "", text).upper()
    if not _keys.fullmatch(keys):
        raise ValueError("these are no keys of a telephone")
    return keys


def _checked(template: Template) -> Template:
    if template.constant is not None:
        try:
            _keys_of(template.constant)
        except ValueError:
            remedy = 'Write `0-9 * # A-D`; a comma waits two seconds: "12#,,3".'
            raise refusal(f"`{template.constant[:40]}` cannot be keyed in.", remedy, "bad-dial-key") from None
    return template


class SendDigits(ForCalls):
    """Presses keys, for a machine at the other end. Without a call it is passed over."""

    verb: ClassVar[str] = "send_digits"
    example: ClassVar[str] = """
        flow: conference
        config:
          room: {default: "4711"}
        start: [call_incoming]
        steps:
          - say: One moment.
          - send_digits: "{{ config.room }}#,,1"
    """
    needs_person: ClassVar[bool] = True

    send_digits: Annotated[Text, AfterValidator(_checked)] = Field(
        description="The keys: `0-9 * # A-D`; a comma waits two seconds."
    )

    def picks_up(self) -> bool:
        return True

    def enter(self, run: Running) -> int:
        if self.absent(run):
            return run.next
        try:
            keys = _keys_of(self.send_digits.text(run))
        except ValueError as error:
            raise FlowEvent("error.send_digits", str(error)) from None
        run.why()
        run.pick_up()
        run.effects.append(SendKeys(id=run.effect_id(), digits=keys))
        return run.next
