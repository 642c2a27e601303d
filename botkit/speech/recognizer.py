"""`Recognizer` over an engine in child processes: callers take turns, and nobody waits past a deadline."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from botkit.model.pcm import Pcm
from botkit.model.speech import SpeechKind
from botkit.ports.speech import Heard, Overloaded, RecognitionFailed, RecognizerSpec

from . import replies
from .languages import knows
from .process import ChildDied, EngineProcess, EngineRefused
from .turns import Turns

log = logging.getLogger(__name__)

T = TypeVar("T")

START_SECONDS = 30.0
"""For an engine to load its model."""
LONGEST_UTTERANCE = 60.0
"""Seconds."""
MOST_PHRASES = 100_000
"""Characters, of all phrases together."""


@dataclass(eq=False, slots=True)
class _Request:
    """Something a caller waits for."""

    head: dict[str, object]
    body: bytes
    caller: str
    read: Callable[[Mapping[str, object]], object]
    """What the reply says; raises `replies.Garbage`."""
    reply: asyncio.Future[Any]
    """What was read."""
    waited: bool = False
    """No engine was free at once, so a missed deadline is not the engine's fault."""


class RecognizerHost:
    """Hears with the engine of `spec`."""

    def __init__(
        self,
        spec: RecognizerSpec,
        *,
        workers: int | None = None,
        timeout: float = 3.0,
        most_waiting: int = 32,
    ) -> None:
        """`workers` processes (None: as many as the machine bears); `timeout`: seconds for one request, its
        time in the queue included; `most_waiting` requests wait at most.

        Raises `RecognitionFailed` with the remedy when the engine is missing.
        """
        if spec.missing is not None:
            raise RecognitionFailed(
                f"the recogniser {spec.name} cannot hear here: {spec.missing.missing}",
                remedy=spec.missing.remedy,
            )
        self.name = spec.name
        self.version = spec.version
        self.has_vocabulary = spec.has_vocabulary
        """It hears nothing but the words of a list."""
        self._languages = spec.languages
        self._timeout = timeout
        self._most_waiting = most_waiting
        self._children = [
            EngineProcess(
                f"recogniser {spec.name}",
                "recogniser",
                spec.factory,
                spec.options,
                start_timeout=START_SECONDS,
            )
            for _ in range(workers or workers_of_this_machine())
        ]
        self._free = list(self._children)
        self._waiting: Turns[_Request] = Turns()
        self._serving: dict[asyncio.Task[None], _Request] = {}
        self._closed = False

    @property
    def fails_to_start(self) -> bool:
        """See `ports.speech.TellsOfStart`."""
        return all(child.fails_to_start for child in self._children)

    def hears(self, language: str) -> bool:
        """Without a list of languages it takes every one: its model is of the user's choice."""
        return not self._languages or knows(self._languages, language)

    async def start(self) -> None:
        """Start the engines, so that the first caller need not wait. Raises `RecognitionFailed`."""
        children, self._free = self._free, []
        try:
            await asyncio.gather(*(self._start(child) for child in children))
        finally:
            self._free += children
            self._dispatch()

    async def recognise(
        self,
        utterance: Pcm,
        *,
        language: str,
        kind: SpeechKind,
        phrases: Sequence[str] = (),
        caller: str = "",
    ) -> Heard:
        """What was said. Raises `Overloaded` and `RecognitionFailed`."""
        if not self.hears(language):
            raise self._failed(f"does not hear {language!r}")
        if utterance.rate < 1 or utterance.seconds > LONGEST_UTTERANCE:
            raise self._failed(f"takes {LONGEST_UTTERANCE:g} s at once, not {utterance.seconds:.0f} s")
        if sum(map(len, phrases)) > MOST_PHRASES:
            raise self._failed(f"takes phrases of {MOST_PHRASES} characters at most")
        if not utterance.samples:
            return Heard(text="")
        head: dict[str, object] = {
            "rate": utterance.rate,
            "language": language,
            "kind": kind.value,
            "phrases": list(phrases),
        }
        return await self._asked(head, utterance.samples, caller, replies.heard)

    async def unknown_words(self, language: str, words: Sequence[str]) -> Sequence[str]:
        """Those that the engine can never hear. Raises as `recognise` does."""
        head: dict[str, object] = {"language": language, "words": list(words)}
        return await self._asked(head, b"", "", replies.unknown_words)

    async def close(self) -> None:
        """End the processes; whoever still waits gets `RecognitionFailed`."""
        self._closed = True
        serving = dict(self._serving)
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        waiting = [self._waiting.take() for _ in range(len(self._waiting))]
        for request in (*serving.values(), *waiting):
            self._settle(request, self._failed("is closed"))
        await asyncio.gather(*(child.end(kill=False) for child in self._children))

    async def _asked(
        self,
        head: dict[str, object],
        body: bytes,
        caller: str,
        read: Callable[[Mapping[str, object]], T],
    ) -> T:
        if self._closed:
            raise self._failed("is closed")
        if not self._free and len(self._waiting) >= self._most_waiting:
            raise Overloaded(f"{self._most_waiting} others wait for the recogniser {self.name} already")
        loop = asyncio.get_running_loop()
        request = _Request(head, body, caller, read, loop.create_future(), waited=not self._free)
        self._waiting.add(caller, request)
        late = loop.call_later(self._timeout, self._too_late, request)
        self._dispatch()
        try:
            reply: T = await request.reply
        finally:
            late.cancel()
            self._waiting.drop(caller, request)
        return reply

    def _too_late(self, request: _Request) -> None:
        self._waiting.drop(request.caller, request)
        within = f"within {self._timeout:g} s"
        if request.waited:
            self._settle(request, Overloaded(f"the recogniser {self.name} was not free {within}"))
        else:
            self._settle(request, self._failed(f"gave no answer {within}"))

    def _dispatch(self) -> None:
        while self._free and self._waiting and not self._closed:
            child, request = self._free.pop(), self._waiting.take()
            task = asyncio.create_task(self._serve(child, request))
            self._serving[task] = request
            task.add_done_callback(self._serving.pop)

    async def _serve(self, child: EngineProcess, request: _Request) -> None:
        try:
            request.waited = request.waited or not child.running
            await self._start(child)
            if not request.reply.done():
                self._settle(request, await self._outcome(child, request))
            await self._start(child)  # At once, so that the next caller does not pay for what this one met.
        except RecognitionFailed as fault:
            log.warning("%s", fault)
            self._settle(request, fault)
        finally:
            self._free.append(child)
            self._dispatch()

    async def _outcome(self, child: EngineProcess, request: _Request) -> object:
        """What the reply says, or a `RecognitionFailed`: a child that hung, died or gave garbage is gone."""
        try:
            head, _ = await child.ask(request.head, request.body, timeout=self._timeout)
            return request.read(head)
        except EngineRefused as fault:
            return self._failed(str(fault))
        except TimeoutError:
            what = f"gave no answer within {self._timeout:g} s"
        except ChildDied:
            what = "died"
        except replies.Garbage as fault:
            await child.end(kill=True)
            what = f"gave garbage: {fault}"
        log.warning("the recogniser %s %s, and is started again", self.name, what)
        return self._failed(what)

    async def _start(self, child: EngineProcess) -> None:
        """Nothing, when it runs already."""
        try:
            await child.start()
        except (ChildDied, TimeoutError) as fault:
            raise self._failed("does not start") from fault
        except EngineRefused as fault:
            raise self._failed(str(fault)) from fault
        self.version = self.version or child.version
        if self._closed:
            await child.end(kill=True)
            raise self._failed("is closed")

    def _settle(self, request: _Request, outcome: object) -> None:
        """Who gave up or hung up is not told."""
        if request.reply.done():
            return
        if isinstance(outcome, RecognitionFailed):
            request.reply.set_exception(outcome)
        else:
            request.reply.set_result(outcome)

    def _failed(self, what: str) -> RecognitionFailed:
        return RecognitionFailed(f"the recogniser {self.name} {what}")


def workers_of_this_machine() -> int:
    """One engine for each two processors, four at most: each holds a model, and calls need the rest."""
    return min(max(len(os.sched_getaffinity(0)) // 2, 1), 4)
