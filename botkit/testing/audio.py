"""A call's sound without sound: prompts and keys take their time on the clock, the test does the far end."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from botkit.media.codecs import samples_of
from botkit.model.calls import CallCause
from botkit.model.pcm import Pcm
from botkit.ports.audio import (
    DigitPressed,
    HoldChanged,
    Leg,
    LegClosed,
    LegConnected,
    LegEvent,
    LegStatistics,
    LineMeasured,
    OfferRefused,
    PromptFinished,
    PromptStarted,
    Sound,
)
from botkit.ports.clock import Clock

from .recording import FakeRecording

KEYS = "0123456789*#ABCD"
KEY_SECONDS = 0.25
PAUSE_SECONDS = 2.0
"""Of a comma."""
SOUND_SECONDS = 0.02
SOUND_RATE = 16_000
SOUND_BYTES = 640
CALM = 100
"""Frames of silence behind somebody's words; what comes of them hangs on each frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardPrompt:
    """A prompt that is over, as the far end heard it."""

    prompt_id: str
    pcm: Pcm
    played: float
    """Seconds of it."""
    cut: bool
    until_key: bool = False
    """A key would have cut it."""


class FakeLeg:
    """`ports.audio.Leg`, and `OutgoingLeg` where the bot dialled, on a clock. Events bear
    `clock.monotonic()` and are told one loop round later, as from a real leg: never from inside a call.
    """

    def __init__(
        self,
        clock: Clock,
        offer: str,
        on_event: Callable[[LegEvent], None],
        *,
        connects: bool = True,
        silence: int = 1,
    ) -> None:
        """`connects`: `complete` connects it as well. `silence`: so many frames are told together while
        nobody has said anything for long; with more of them a test takes less time. With more than one so are
        those of a whole prompt."""
        self.offer = offer
        """The far end's, or our own where the bot dialled."""
        self.tells_speech: Callable[[bytes], bool] | None = None
        """Whether 20 ms are speech, for a leg that tells it itself; set it before somebody speaks."""
        self.completed: str | None = None
        """The far end's answer, where the bot dialled."""
        self.candidates: list[tuple[str, str, int]] = []
        self.offers: list[str] = []
        """What the far end has offered since the call went on."""
        self.heard: list[HeardPrompt] = []
        self.sent: list[str] = []
        """What `send_digits` sent, an entry each; of one that was cut only what went out."""
        self.bridged: FakeLeg | None = None
        self.refusal = ""
        """Why every further offer or answer is refused; empty = they are taken."""
        self._clock = clock
        self._on_event = on_event
        self._waiting: deque[tuple[str, Pcm | str]] = deque()
        self._until_key: set[str] = set()
        self._started: float | None = None
        self._held = False
        self._before_hold: float | None = None
        """Seconds of the first that waits which went out before a hold; None = it has not begun."""
        self._connected = False
        self._connects = connects
        self._closed = False
        self.recordings: list[FakeRecording] = []
        """What `record` began, the newest last."""
        self._playing: asyncio.Task[None] | None = None
        self._on_sound: Callable[[Sound], None] | None = None
        self._said: deque[bytes] = deque()
        self._speaking: asyncio.Task[None] | None = None
        self._silence = silence
        self._calm = CALM
        """Frames of silence since somebody spoke."""
        self._together: float | None = None
        """Since when frames of silence are held back."""

    @property
    def answer(self) -> str:
        return "v=0\r\ns=answer\r\n"

    @property
    def closed(self) -> bool:
        return self._closed

    @property
    def silent(self) -> bool:
        """Nothing plays, and nothing waits to be played."""
        return not self._waiting

    @property
    def listened_to(self) -> bool:
        """Somebody listens."""
        return self._on_sound is not None

    async def complete(self, answer: str) -> None:
        """The far end picked up."""
        if self.refusal:
            raise OfferRefused(self.refusal)
        self.completed = answer
        if self._connects:
            asyncio.get_running_loop().call_soon(self.connect)

    async def renegotiate(self, offer: str) -> str:
        """The far end offers anew."""
        if self.refusal:
            raise OfferRefused(self.refusal)
        self.offers.append(offer)
        return f"v=0\r\ns=answer {len(self.offers)}\r\n"

    async def add_candidate(self, line: str, mid: str, index: int) -> None:
        self.candidates.append((line, mid, index))

    async def prepare(self, pcm: Pcm) -> None:
        await asyncio.sleep(0)

    def play(self, prompt_id: str, pcm: Pcm, *, until_key: bool = False) -> None:
        if until_key:
            self._until_key.add(prompt_id)
        self._queue(prompt_id, pcm)

    def send_digits(self, prompt_id: str, digits: str) -> None:
        unknown = set(digits) - set(KEYS + ",")
        if unknown:
            raise ValueError(f"there is no key {min(unknown)!r}")
        self._queue(prompt_id, digits)

    def listen(self, on_sound: Callable[[Sound], None] | None) -> None:
        self._tell_silence()
        self._on_sound = on_sound
        self._go_on_speaking()

    def bridge(self, other: Leg | None, *more: Leg) -> None:
        """Prompts of both are cut, and cut at once when queued later, as long as it lasts. Of two alone."""
        assert not more, "a conference makes no sense without sound"
        assert other is None or isinstance(other, FakeLeg), "both are of one port"
        for end in (self, self.bridged):
            if end is not None and end.bridged is not None:
                end.bridged.bridged = None
                end.bridged = None
        if other is not None and not self._closed and not other.closed:
            other.bridge(None)
            self.bridged, other.bridged = other, self
            self.stop()
            other.stop()

    def record(self, *, maximum: float, stereo: bool) -> FakeRecording:
        self.recordings.append(FakeRecording(self._clock, maximum=maximum, stereo=stereo))
        return self.recordings[-1]

    def stop(self) -> None:
        if self._playing is not None:
            self._playing.cancel()
            self._playing = None
            self._tell_silence()
            self._go_on_speaking()
        while self._waiting:
            self._finish(self._played(), cut=True)

    async def close(self) -> None:
        self.drop(CallCause.ENDED)

    def connect(self) -> None:
        """Media flows from now on."""
        if not self._connected and not self._closed:
            self._connected = True
            self._tell(LegConnected(at=self._clock.monotonic()))
            self._go_on()

    def press(self, digits: str) -> None:
        """Press keys at the far end, one right after the other."""
        for digit in digits:
            if digit not in KEYS:
                raise ValueError(f"there is no key {digit!r}")
            self._tell(DigitPressed(at=self._clock.monotonic(), digit=digit))
            if self._waiting and self._waiting[0][0] in self._until_key:
                self.stop()

    def hear(self, sound: Pcm | Iterable[bytes]) -> None:
        """Speak at the far end, behind what is being said: a sound, or ready 20 ms frames (16 kHz).

        It takes its time on the clock, and only what is said while somebody listens is heard; whoever
        listens hears silence when nothing is said.
        """
        self._tell_silence()
        self._said.extend(_frames(sound) if isinstance(sound, Pcm) else sound)
        self._go_on_speaking()

    def measure(self, statistics: LegStatistics) -> None:
        """The line is so."""
        self._tell(LineMeasured(at=self._clock.monotonic(), statistics=statistics))

    def hold(self, held: bool = True) -> None:
        """The far end puts us on hold, or takes us back: meanwhile what plays stands still."""
        if held is self._held:
            return
        self._held = held
        self._tell(HoldChanged(at=self._clock.monotonic(), held=held))
        if self._playing is not None and held:
            self._playing.cancel()
            self._playing = None
            self._tell_silence()
            self._go_on_speaking()
            if self._started is not None:
                self._before_hold, self._started = self._played(), None
        self._go_on()

    def drop(self, cause: CallCause = CallCause.MEDIA_LOST) -> None:
        """The media ends."""
        if not self._closed:
            self.bridge(None)
            self.stop()
            self._tell(LegClosed(at=self._clock.monotonic(), cause=cause))
            self._closed = True
            if self._speaking is not None:
                self._speaking.cancel()

    def _queue(self, prompt_id: str, what: Pcm | str) -> None:
        if self._closed:
            return
        self._waiting.append((prompt_id, what))
        if self.bridged is not None:
            self.stop()
        self._go_on()

    def _go_on(self) -> None:
        if self._connected and self._waiting and self._playing is None and not self._held:
            self._playing = asyncio.get_running_loop().create_task(self._play())

    async def _play(self) -> None:
        while self._waiting:
            prompt_id, what = self._waiting[0]
            self._started = self._clock.monotonic()
            if self._before_hold is None:
                self._tell(PromptStarted(at=self._started, prompt_id=prompt_id))
            await self._clock.sleep(_seconds(what) - (self._before_hold or 0.0))
            self._finish(_seconds(what), cut=False)
        self._playing = None

    def _left_to_play(self) -> float:
        """Seconds, of the prompt that plays."""
        if self._started is None or not self._waiting:
            return 0.0
        return _seconds(self._waiting[0][1]) - self._played()

    def _played(self) -> float:
        """Seconds of the first that waits."""
        since = 0.0 if self._started is None else self._clock.monotonic() - self._started
        return (self._before_hold or 0.0) + since

    def _go_on_speaking(self) -> None:
        if self._speaking is None and not self._closed:
            self._speaking = asyncio.get_running_loop().create_task(self._speak())

    async def _speak(self) -> None:
        while self._said or self._on_sound is not None:
            if not self._said and self._calm >= CALM and self._silence > 1:
                self._together = self._clock.monotonic()
                await self._clock.sleep(max(self._silence * SOUND_SECONDS, self._left_to_play()))
                self._deliver_silence()
                continue
            await self._clock.sleep(SOUND_SECONDS)
            if self._connected:
                self._calm = 0 if self._said else self._calm + 1
                self._deliver(self._said.popleft() if self._said else bytes(SOUND_BYTES))
        self._speaking = None

    def _deliver(self, samples: bytes, at: float | None = None) -> None:
        if self._on_sound is not None:
            told = None if self.tells_speech is None else self.tells_speech(samples)
            self._on_sound(Sound(self._clock.monotonic() if at is None else at, samples, told))

    def _deliver_silence(self) -> None:
        """What is held back, as long as it is the same one who listens."""
        since, self._together = self._together, None
        listener = self._on_sound
        assert since is not None
        for number in range(1, round((self._clock.monotonic() - since) / SOUND_SECONDS) + 1):
            if self._connected and self._on_sound is listener:
                self._deliver(bytes(SOUND_BYTES), since + number * SOUND_SECONDS)

    def _tell_silence(self) -> None:
        """Hold nothing back any more: somebody speaks, or somebody else listens."""
        if self._together is not None and self._speaking is not None:
            self._speaking.cancel()
            self._speaking = None
            self._deliver_silence()

    def _finish(self, played: float, *, cut: bool) -> None:
        prompt_id, what = self._waiting.popleft()
        self._started = self._before_hold = None
        if isinstance(what, Pcm):
            until_key = prompt_id in self._until_key
            self.heard.append(
                HeardPrompt(prompt_id=prompt_id, pcm=what, played=played, cut=cut, until_key=until_key)
            )
        else:
            self.sent.append(_sent(what, played))
        self._tell(PromptFinished(at=self._clock.monotonic(), prompt_id=prompt_id, played=played, cut=cut))

    def _tell(self, event: LegEvent) -> None:
        if not self._closed:
            asyncio.get_running_loop().call_soon(self._on_event, event)


class FakeAudioPort:
    """`ports.audio.AudioPort` that makes `FakeLeg`s and keeps them in `legs`, the newest last."""

    def __init__(self, clock: Clock, *, connects: bool = True, silence: int = 1) -> None:
        """With `connects` a leg connects by itself, right after its answer is made or has come; else the
        test says `leg.connect()`. `silence` as for `FakeLeg`."""
        self.legs: list[FakeLeg] = []
        self._clock = clock
        self._connects = connects
        self._silence = silence
        self._refusal = ""

    def refuse_offers(self, why: str) -> None:
        """Every offer is refused from now on; an empty reason lets them pass again."""
        self._refusal = why

    async def start(self) -> None:
        """There is nothing to make ready."""

    async def accept(self, offer: str, on_event: Callable[[LegEvent], None]) -> FakeLeg:
        if self._refusal:
            raise OfferRefused(self._refusal)
        leg = self._make(offer, on_event)
        if self._connects:
            asyncio.get_running_loop().call_soon(leg.connect)
        return leg

    async def dial(self, on_event: Callable[[LegEvent], None], *, beside: Leg | None = None) -> FakeLeg:
        return self._make("v=0\r\ns=offer\r\n", on_event)

    async def close(self) -> None:
        for leg in self.legs:
            await leg.close()

    def _make(self, offer: str, on_event: Callable[[LegEvent], None]) -> FakeLeg:
        leg = FakeLeg(self._clock, offer, on_event, connects=self._connects, silence=self._silence)
        self.legs.append(leg)
        return leg


def _frames(pcm: Pcm) -> Iterable[bytes]:
    samples = samples_of(pcm, SOUND_RATE).astype("<i2").tobytes()
    for start in range(0, len(samples), SOUND_BYTES):
        yield samples[start : start + SOUND_BYTES].ljust(SOUND_BYTES, b"\0")


def _key_seconds(key: str) -> float:
    return PAUSE_SECONDS if key == "," else KEY_SECONDS


def _seconds(what: Pcm | str) -> float:
    return what.seconds if isinstance(what, Pcm) else sum(map(_key_seconds, what))


def _sent(digits: str, played: float) -> str:
    """The keys that have begun within so many seconds."""
    begun, at = "", 0.0
    for key in digits:
        if at >= played:
            break
        begun, at = begun + key, at + _key_seconds(key)
    return begun
