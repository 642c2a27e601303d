"""What is heard on one call: made ready ahead, played, and written down as far as it was heard."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from botkit.flow.keys import keypad
from botkit.model.effects import Ask, Play, Record, Say, SendDigits
from botkit.model.errors import WorldError
from botkit.model.pcm import Pcm, read_wav
from botkit.model.tones import beep
from botkit.ports.audio import Leg, PromptFinished, PromptStarted, SoundUnusable
from botkit.ports.store import JournalRow

from . import journal
from .call_actions import Line
from .call_equipment import CallEquipment
from .call_script import by_keys

log = logging.getLogger(__name__)

Piece = Pcm | str
"""A sound, or keys to send."""


@dataclass(slots=True)
class _Prompt:
    """A line on its way to the leg, piece by piece: the first is heard while the next is made."""

    line: Line
    over: Callable[[str, float], None] | None = None
    """Set once it is its turn; None again once it is cut."""
    pieces: list[Piece] = field(default_factory=list)
    """Those that are ready to be played."""
    complete: bool = False
    """There will be no more of them."""
    begun: int = 0
    """Pieces that the leg has."""
    ended: int = 0
    """Pieces that it is done with."""
    cut: bool = False
    heard: float = 0.0
    """Seconds."""
    started: float | None = None
    """When its first packet went out."""
    piece_started: float | None = None
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    """There is a piece, or there will be none."""
    work: asyncio.Task[None] | None = None

    @property
    def seconds(self) -> float:
        """Of what is known of it."""
        return sum(piece.seconds for piece in self.pieces if isinstance(piece, Pcm))


class CallSound:
    """A line is made ready as soon as it is known, and encoded as soon as there is a leg."""

    def __init__(
        self,
        session_id: str,
        equipment: CallEquipment,
        *,
        write: Callable[[JournalRow], None],
        begun: Callable[[Line], None],
    ) -> None:
        """`begun` is told of each line whose first packet goes out."""
        self._session_id = session_id
        self._voice = equipment.voice
        self._sounds = equipment.sounds
        self._blobs = equipment.blobs
        self._language = equipment.language
        self._clock = equipment.clock
        self._write = write
        self._begun = begun
        self._leg: asyncio.Future[Leg] = asyncio.get_running_loop().create_future()
        self._prompts: dict[str, _Prompt] = {}
        self._on_air: dict[str, _Prompt] = {}
        """By the id of a piece that the leg has."""

    def connect(self, leg: Leg) -> None:
        """From now on there is a leg to play on."""
        self._leg.set_result(leg)

    def expect(self, line: Line) -> None:
        """`line` will be heard: make it ready now."""
        prompt = self._prompts[line.id] = _Prompt(line)
        prompt.work = asyncio.create_task(self._prepare(prompt))

    async def ready(self, line: Line) -> None:
        """Wait until `line` can be played at once, or there is nothing to be heard of it."""
        prompt = self._prompts.get(line.id)
        if prompt is not None:
            await prompt.moved.wait()

    def play(self, line: Line, over: Callable[[str, float], None]) -> None:
        """Play `line` as soon as it is ready. `over` is told of its id and the time when it has come to its
        end, or nothing can be heard of it; not when it is cut."""
        prompt = self._prompts[line.id]
        prompt.over = over
        if prompt.pieces:
            self._go_on(prompt)
        else:
            self._go_on_soon(prompt)

    def cut(self, line: Line) -> None:
        """Silence at once."""
        prompt = self._prompts.get(line.id)
        if prompt is None:
            return
        self._drop(prompt)
        if prompt.begun > prompt.ended:
            self._leg.result().stop()
        else:
            self._tell(prompt, self._clock.monotonic())

    def skip(self, line: Line) -> None:
        """`line` is not heard."""
        prompt = self._prompts.get(line.id)
        if prompt is not None:
            self._drop(prompt)
            self._tell(prompt, self._clock.monotonic())

    def started(self, event: PromptStarted) -> None:
        """The leg tells: its first packet is out."""
        prompt = self._on_air.get(event.prompt_id)
        if prompt is None:
            return
        prompt.piece_started = event.at
        if prompt.started is None:
            prompt.started = event.at
            self._begun(prompt.line)

    def finished(self, event: PromptFinished) -> None:
        """The leg tells: it is over."""
        prompt = self._on_air.pop(event.prompt_id, None)
        if prompt is None:
            return
        prompt.ended += 1
        prompt.heard += event.played
        prompt.piece_started = None
        if event.cut:  # by us, or the leg is closing
            self._drop(prompt)
        self._go_on(prompt, event.at)

    def close(self) -> None:
        """The leg is closed. What it left open is told as far as it can have been heard."""
        now = self._clock.monotonic()
        for prompt in tuple(self._prompts.values()):
            if prompt.piece_started is not None:
                prompt.heard = min(prompt.heard + now - prompt.piece_started, prompt.seconds)
            self._drop(prompt)
            self._tell(prompt, now)
        self._on_air.clear()
        if not self._leg.done():
            self._leg.cancel()

    async def _prepare(self, prompt: _Prompt) -> None:
        try:
            async for piece in self._pieces(prompt.line):
                if isinstance(piece, Pcm):
                    if not piece.samples:
                        continue
                    await (await asyncio.shield(self._leg)).prepare(piece)
                prompt.pieces.append(piece)
                prompt.moved.set()
                self._go_on(prompt)
        except WorldError as error:
            log.error("the prompt %s is skipped: %s", prompt.line.id, error)
            self._failed(prompt, str(error))
        except Exception as error:
            log.exception("the prompt %s is skipped", prompt.line.id)
            self._failed(prompt, repr(error))
        finally:
            prompt.moved.set()
        prompt.complete = True
        self._go_on(prompt)

    async def _pieces(self, line: Line) -> AsyncIterator[Piece]:
        match line:
            case Say(text=text, language=language):
                async for pcm in self._voice.stream(text, language=language or self._language):
                    yield pcm
            case Ask(question=question):
                language = question.language or self._language
                async for pcm in self._voice.stream(question.prompt, language=language):
                    yield pcm
            case Play(file=ref, recorded=True):
                if self._blobs is None:
                    raise SoundUnusable("This bot has nowhere to keep recordings.")
                yield read_wav(await self._blobs.get(ref))
            case Play(file=file):
                if self._sounds is None:
                    raise SoundUnusable("This bot plays no files.", where=file)
                yield await self._sounds.load(file)
            case SendDigits(digits=digits):
                if not set(digits) <= keypad | {","}:
                    raise WorldError(f"{digits!r} are no keys.")
                yield digits
            case Record(beep=True):
                yield beep()

    def _go_on(self, prompt: _Prompt, at: float | None = None) -> None:
        """Give the leg what is ready; tell when all has been played."""
        if prompt.line.id not in self._prompts:
            return
        if prompt.over is not None:
            for number in range(prompt.begun, len(prompt.pieces)):
                piece_id = f"{prompt.line.id}/{number}" if number else prompt.line.id
                self._on_air[piece_id] = prompt
                self._give(piece_id, prompt.pieces[number], until_key=by_keys(prompt.line))
            prompt.begun = len(prompt.pieces)
        if prompt.complete and prompt.ended == prompt.begun and (prompt.over or prompt.cut):
            self._tell(prompt, self._clock.monotonic() if at is None else at)

    def _go_on_soon(self, prompt: _Prompt) -> None:
        # Whoever is told that a line is over begins the next, which may be over as well.
        asyncio.get_running_loop().call_soon(self._go_on, prompt)

    def _give(self, piece_id: str, piece: Piece, *, until_key: bool) -> None:
        leg = self._leg.result()
        if isinstance(piece, Pcm):
            leg.play(piece_id, piece, until_key=until_key)
        else:
            leg.send_digits(piece_id, piece)

    def _drop(self, prompt: _Prompt) -> None:
        """Nothing more of it goes to the leg."""
        prompt.cut = prompt.complete = True
        prompt.over = None
        if prompt.work is not None:
            prompt.work.cancel()
            prompt.work = None  # whose error refers to the prompt

    def _tell(self, prompt: _Prompt, at: float) -> None:
        """It is over: write it down, and go on."""
        over = prompt.over
        del self._prompts[prompt.line.id]
        if prompt.pieces or prompt.cut:
            self._write_played(prompt, at)
        if over is not None:
            over(prompt.line.id, at)

    def _failed(self, prompt: _Prompt, error: str) -> None:
        self._write(journal.failed(self._session_id, prompt.line.id, error, self._clock.now()))

    def _write_played(self, prompt: _Prompt, at: float) -> None:
        row = journal.played(
            self._session_id,
            prompt.line.id,
            text_of(prompt.line),
            seconds=prompt.heard,
            of=max(prompt.seconds, prompt.heard) if prompt.begun else 0.0,
            cut=prompt.cut,
            started=None if prompt.started is None else self._wall(prompt.started),
            at=self._wall(at),
        )
        self._write(row)

    def _wall(self, at: float) -> datetime:
        return self._clock.now() + timedelta(seconds=at - self._clock.monotonic())


def text_of(line: Line) -> str:
    """What the journal calls it: its words, file or keys."""
    match line:
        case Say(text=text):
            return text
        case Ask(question=question):
            return question.prompt
        case Play(file=file, recorded=recorded):
            return "recording" if recorded else file
        case SendDigits(digits=digits):
            return digits
        case Record():
            return "beep"
        case _:
            return ""
