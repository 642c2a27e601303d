"""A media process: `python -m botkit.media.workers.worker FD FD`, an audio port at the other end of a
socket; over a second one go files.

Its loop does nothing but the packets of its calls, so they leave in time whatever the bot's own loop does.
Commands come before the slots of a tick, since a loop serves its sockets before its timers. The end of the
socket ends the process: it outlives the bot, however that died, by no more than it takes to say goodbye to
the far ends. Signals that are meant for the bot do not end it; the bot does, after it has drained.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Literal, Protocol

from botkit.allocating import keep_compact
from botkit.media.engine import engine_port
from botkit.model.pcm import Pcm
from botkit.ports.audio import (
    AudioPort,
    CallRecording,
    Leg,
    LegClosed,
    LegEvent,
    OfferRefused,
    OutgoingLeg,
    RecordingFailed,
    Sound,
)
from botkit.ports.speech import VoiceActivity

from . import wire
from .channel import Channel
from .files import FileSocket
from .memory import Memory

log = logging.getLogger(__name__)

BEAT = 1.0
"""Seconds between two signs of life."""
LET_GO = 1.0
"""Seconds for sockets and timers to let go of a leg that is closed."""
GOODBYE = 5
"""Seconds for the end, after which the kernel ends the process."""
MOST_BEHIND = 16 * 2**20
"""Bytes of reports that the bot has not read, from which on it is spared what callers say."""
LONGEST_LINE = 4096
"""Characters of a log line."""


class Gates(Protocol):
    """Makes the voice activity of each leg, as `speech.gates.VoiceGates` does."""

    def __call__(self) -> VoiceActivity: ...

    async def start(self) -> None: ...

    async def close(self) -> None: ...


class _Seat:
    """A leg, and who listens to it for the bot."""

    def __init__(self, number: int, gates: Gates | None, tell: Callable[[wire.Heard], None]) -> None:
        self.leg: Leg | None = None
        """None while it is being made."""
        self.dialled: OutgoingLeg | None = None
        """The same one, where the bot began it."""
        self.making: asyncio.Task[None] | None = None
        self.recordings: dict[int, CallRecording] = {}
        """Those that are not finished, which they may be after the leg is over."""
        self._number = number
        self._gates = gates
        self._gate: VoiceActivity | None = None
        self._tell = tell

    def hear(self, sound: Sound) -> None:
        """What the far end says goes to the bot."""
        voiced = sound.voiced if sound.voiced is not None else self._voiced(sound.samples)
        self._tell(wire.Heard(self._number, sound.at, sound.samples, voiced))

    def _voiced(self, samples: bytes) -> bool | None:
        if self._gates is None:
            return None
        try:
            if self._gate is None:
                self._gate = self._gates()
            return self._gate.voiced(samples)
        except Exception:
            log.exception("the voice gate failed: the bot tells speech itself")
            self._gates = None
            return None


class Worker:
    """Does what the bot commands, and reports."""

    def __init__(self, memory: Memory, files: FileSocket) -> None:
        """`files` takes recordings to the bot."""
        self.channel: Channel[wire.Command] = Channel(wire.read_command, self.take, self._lost)
        self.over = asyncio.Event()
        """The bot is gone, or wants no more."""
        self._memory = memory
        self._files = files
        self._port: AudioPort | None = None
        self._gates: Gates | None = None
        self._seats: dict[int, _Seat] = {}
        self._recorded: dict[int, _Seat] = {}
        """By the numbers of recordings that are not finished."""
        self._sounds: dict[int, Pcm] = {}
        self._parts: dict[int, bytearray] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, command: wire.Command) -> None:
        """Carry it out, or begin to."""
        match command:
            case wire.Start():
                self._spawn(self._start(command))
            case wire.Keep():
                self._keep(command)
            case wire.Forget(sound=sound):
                self._sounds.pop(sound, None)
            case wire.Accept() | wire.Dial():
                seat = self._seats[command.leg] = _Seat(command.leg, self._gates, self._pass_on)
                seat.making = self._answer(command.ask, self._make(command, seat))
            case wire.Complete() | wire.Renegotiate() | wire.Candidate() | wire.Close():
                self._answer(command.ask, self._do(command))
            case wire.Prepare(sound=sound):
                self._answer(command.ask, self._prepare(command.leg, self._sounds[sound]))
            case wire.Finish():
                self._answer(command.ask, self._finish(command))
            case wire.Hide() | wire.Show() | wire.Drop():
                self._change(command)
            case _ if (known := self._seats.get(command.leg)) is not None and known.leg is not None:
                self._control(command, known, known.leg)
        self._memory.look()

    async def close(self) -> None:
        """Say goodbye to the far ends."""
        if self._port is not None:
            await self._port.close()
        if self._gates is not None:
            await self._gates.close()

    async def _start(self, start: wire.Start) -> None:
        logging.getLogger("botkit").setLevel(start.log_level)
        self._port = engine_port(
            loopback=start.loopback,
            cache_folder=None if start.cache_folder is None else Path(start.cache_folder),
        )
        if start.activity:
            module, _, name = start.activity.partition(":")
            gates: Gates = getattr(import_module(module), name)()
            await gates.start()
            self._gates = gates
        self._memory.settle()
        self.channel.send(wire.Ready())
        while True:
            await asyncio.sleep(BEAT)
            self._memory.look()
            self.channel.send(wire.Alive())

    def _keep(self, part: wire.Keep) -> None:
        whole = self._parts.setdefault(part.sound, bytearray())
        whole += part.samples
        if part.last:
            self._sounds[part.sound] = Pcm(bytes(whole), part.rate)
            del self._parts[part.sound]

    async def _make(self, command: wire.Accept | wire.Dial, seat: _Seat) -> str:
        assert self._port is not None, "it is commanded when it is ready"
        tell = partial(self._tell, command.leg)
        try:
            if isinstance(command, wire.Accept):
                seat.leg = leg = await self._port.accept(command.offer, tell)
                return leg.answer
            seat.leg = seat.dialled = dialled = await self._port.dial(tell)
            return dialled.offer
        except BaseException:
            self._forget(command.leg)
            raise
        finally:
            seat.making = None

    async def _do(self, command: wire.Complete | wire.Renegotiate | wire.Candidate | wire.Close) -> str:
        seat = self._seats.get(command.leg)
        if seat is not None and seat.making is not None and isinstance(command, wire.Close):
            seat.making.cancel()
            return ""
        if seat is None or seat.leg is None:  # it has closed by itself meanwhile
            if isinstance(command, wire.Complete | wire.Renegotiate):
                raise OfferRefused("the call is over")
            return ""
        leg = seat.leg
        match command:
            case wire.Complete(answer=answer):
                assert seat.dialled is not None, "the bot completes what it has dialled"
                await seat.dialled.complete(answer)
            case wire.Renegotiate(offer=offer):
                return await leg.renegotiate(offer)
            case wire.Candidate(line=line, mid=mid, index=index):
                await leg.add_candidate(line, mid, index)
            case wire.Close():
                await leg.close()
        return ""

    async def _prepare(self, number: int, pcm: Pcm) -> str:
        if (seat := self._seats.get(number)) is not None and seat.leg is not None:
            await seat.leg.prepare(pcm)
        return ""

    async def _finish(self, command: wire.Finish) -> wire.Filed:
        seat = self._recorded.get(command.recording)
        if seat is None:
            raise RecordingFailed("The call was over before its recording began.")
        try:
            with await seat.recordings[command.recording].finish() as file:
                self._files.send(file)
        except OSError as fault:
            raise RecordingFailed(f"The call's recording cannot be kept: {fault}.") from fault
        return wire.Filed(command.ask)

    def _change(self, command: wire.Hide | wire.Show | wire.Drop) -> None:
        seat = self._recorded.get(command.recording)
        if seat is None:  # its leg was over before it began
            return
        match command:
            case wire.Hide(recording=number, since=since):
                seat.recordings[number].hide(since)
            case wire.Show(recording=number, until=until):
                seat.recordings[number].show(until)
            case wire.Drop(recording=number):
                del self._recorded[number], seat.recordings[number]

    def _control(
        self,
        command: wire.Play | wire.SendDigits | wire.Listen | wire.Bridge | wire.Stop | wire.Record,
        seat: _Seat,
        leg: Leg,
    ) -> None:
        try:
            match command:
                case wire.Play(prompt=prompt, sound=sound, until_key=until_key):
                    leg.play(prompt, self._sounds[sound], until_key=until_key)
                case wire.SendDigits(prompt=prompt, digits=digits):
                    leg.send_digits(prompt, digits)
                case wire.Listen(on=on):
                    leg.listen(seat.hear if on else None)
                case wire.Bridge(others=numbers):
                    found = (self._seats.get(number) for number in numbers)
                    others = [other.leg for other in found if other is not None and other.leg is not None]
                    leg.bridge(*others) if others else leg.bridge(None)
                case wire.Stop():
                    leg.stop()
                case wire.Record(recording=number, maximum=maximum, stereo=stereo):
                    seat.recordings[number] = leg.record(maximum=maximum, stereo=stereo)
                    self._recorded[number] = seat
        except Exception:
            log.exception("a call cannot go on")
            self._spawn(leg.close())

    def _pass_on(self, heard: wire.Heard) -> None:
        """Unless the bot stands still: what it does not read would grow by 33 kB a second of each call."""
        if self.channel.behind < MOST_BEHIND:
            self.channel.post(heard)

    def _tell(self, number: int, event: LegEvent) -> None:
        self.channel.post(wire.Told.of(number, event))
        if isinstance(event, LegClosed):
            self._forget(number)

    def _forget(self, number: int) -> None:
        if self._seats.pop(number, None) is not None:
            asyncio.get_running_loop().call_later(LET_GO, self._forgotten)

    def _forgotten(self) -> None:
        self._memory.leg_closed(len(self._seats))

    def _answer(self, ask: int, work: Coroutine[None, None, str | wire.Filed]) -> asyncio.Task[None]:
        return self._spawn(self._answered(ask, work))

    async def _answered(self, ask: int, work: Coroutine[None, None, str | wire.Filed]) -> None:
        try:
            done = await work
        except (OfferRefused, RecordingFailed) as fault:
            kind: Literal["offer", "recording"] = "offer" if isinstance(fault, OfferRefused) else "recording"
            report: wire.Report = wire.Refused(ask, kind, fault.what, fault.where, fault.remedy)
        except Exception as fault:
            log.exception("a media process could not do what it was asked")
            report = wire.Refused(ask, "fault", repr(fault)[:LONGEST_LINE])
        else:
            report = wire.Done(ask, done) if isinstance(done, str) else done
        self.channel.post(report)

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._is_over)
        return task

    def _is_over(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.critical("a media process ends", exc_info=fault)
            self.channel.close()

    def _lost(self) -> None:
        self.over.set()


class _ToBot(logging.Handler):
    """The bot writes the log of all its processes."""

    def __init__(self, channel: Channel[wire.Command]) -> None:
        super().__init__()
        self._channel = channel
        self._loop = asyncio.get_running_loop()

    def emit(self, record: logging.LogRecord) -> None:
        """As one text, with its traceback. From any thread."""
        line = wire.Logged(record.levelno, record.name, self.format(record)[:LONGEST_LINE])
        self._loop.call_soon_threadsafe(self._channel.send, line)


async def _serve(bot: socket.socket, files: socket.socket) -> None:
    worker = Worker(Memory(), FileSocket(files))
    loop = asyncio.get_running_loop()
    await loop.create_unix_connection(lambda: worker.channel, sock=bot)
    to_bot = _ToBot(worker.channel)
    logging.getLogger().addHandler(to_bot)
    await worker.over.wait()
    logging.getLogger().removeHandler(to_bot)
    signal.alarm(GOODBYE)
    await worker.close()


def main(bot: int, files: int) -> int:
    """Serve until the bot is gone; the exit code."""
    keep_compact()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    asyncio.run(_serve(socket.socket(fileno=bot), socket.socket(fileno=files)))
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
