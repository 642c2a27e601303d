"""Step handlers: the Python functions that a flow runs."""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import threading
from collections.abc import Callable, Mapping
from copy import deepcopy
from types import MappingProxyType

from botkit.flow.masking import hushed
from botkit.model.effects import Run
from botkit.model.inputs import RunFinished
from botkit.model.secret import Secret, spellings
from botkit.ports.clock import Clock
from botkit.ports.system_clock import SystemClock

log = logging.getLogger(__name__)

_no_secrets: Mapping[str, Secret] = MappingProxyType({})

LARGEST_RESULT = 16 * 1024
"""Bytes of JSON: it has to fit into a session's state."""


class _TookTooLong(Exception):
    """The handler's time is up."""


class StepHandlers:
    """Runs them. A handler may run again after a crash: what it does to the world is at least once."""

    def __init__(
        self,
        handlers: Mapping[str, Callable[..., object]],
        secrets: Mapping[str, Secret] = _no_secrets,
        clock: Clock | None = None,
    ) -> None:
        """`clock` is the one that a handler's time passes on; None = real time."""
        self._handlers = handlers
        self._secrets = secrets
        self._hidden = spellings(secrets.values())
        self._clock = clock or SystemClock()

    async def run(self, effect: Run) -> RunFinished:
        """Never raises for a handler's fault: that is the result's `error`."""
        late = False
        try:
            return RunFinished(effect_id=effect.id, value=_json(await self._in_time(effect)))
        except _TookTooLong:
            late = True
            error = f"took more than {effect.timeout:g} s"
            log.error("the step handler %s %s", effect.handler, error)
        except Exception as raised:
            # An exception quotes what it was about, a URL with a key for example; this goes into the journal.
            error = hushed(f"{type(raised).__name__}: {raised}", self._hidden)
            log.exception("the step handler %s failed", effect.handler)
        return RunFinished(effect_id=effect.id, error=error, timed_out=late)

    async def _in_time(self, effect: Run) -> object:
        """What the handler returns. Raises what it raises, and `_TookTooLong`."""
        work = asyncio.create_task(self._call(effect))
        alarm = asyncio.create_task(self._clock.sleep(effect.timeout))
        try:
            await asyncio.wait((work, alarm), return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                raise _TookTooLong
            return work.result()
        finally:
            work.cancel()
            alarm.cancel()
            await asyncio.gather(work, alarm, return_exceptions=True)

    async def _call(self, effect: Run) -> object:
        function = self._handlers.get(effect.handler)
        if function is None:
            raise LookupError(f"there is no step handler {effect.handler}")
        missing = set(effect.secrets.values()) - self._secrets.keys()
        if missing:
            raise LookupError(f"bot.yaml has no secret {', '.join(sorted(missing))}")
        secrets = {argument: self._secrets[name] for argument, name in effect.secrets.items()}
        # A copy: what the function changes in them is not for the next try.
        arguments = _wanted(function, {**deepcopy(dict(effect.arguments)), **secrets})
        if inspect.iscoroutinefunction(function):
            return await function(**arguments)
        answer = await _in_thread(lambda: function(**arguments))
        return await answer if inspect.isawaitable(answer) else answer


def _wanted(function: Callable[..., object], offered: Mapping[str, object]) -> dict[str, object]:
    """The arguments that the function names."""
    parameters = inspect.signature(function).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return dict(offered)
    return {parameter.name: offered[parameter.name] for parameter in parameters if parameter.name in offered}


def _json(value: object) -> object:
    """`value` as a flow can read it; raises `ValueError` when it cannot."""
    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"it returned what JSON cannot say: {error}") from error
    if len(text) > LARGEST_RESULT:
        raise ValueError(f"it returned {len(text)} bytes of JSON; {LARGEST_RESULT} are allowed")
    result: object = json.loads(text)
    return result


async def _in_thread(work: Callable[[], object]) -> object:
    """Run `work` in a thread of its own: one that hangs takes no worker from others, nor stops the exit."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[object] = loop.create_future()

    def settle(value: object, error: Exception | None) -> None:
        if done.done():
            return
        if error is None:
            done.set_result(value)
        else:
            done.set_exception(error)

    def run() -> None:
        value: object = None
        fault: Exception | None = None
        try:
            value = work()
        except BaseException as error:
            # A future carries no StopIteration, and a SystemExit in a handler ends the handler, not the bot.
            if isinstance(error, Exception) and not isinstance(error, StopIteration):
                fault = error
            else:
                fault = RuntimeError(f"it raised {error!r}")
        try:
            loop.call_soon_threadsafe(settle, value, fault)
        except RuntimeError:
            log.warning("a step handler outlived the bot")

    threading.Thread(target=run, name="botkit-step-handler", daemon=True).start()
    return await done
