"""Scripts over a real call: real WebRTC, the bot's own voice and recogniser, real time.

What is said is spoken by a voice that is installed. A recogniser that is unsure has the bot ask back ("Did
you say opening hours?"); the person then says yes, unless the script itself expects that question. In the
end all that the bot says it has played is searched in what arrived.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

from botkit.app import Bot
from botkit.flow.document import DocumentError
from botkit.hooks import Hooks, hook
from botkit.model.events import CallTranscript
from botkit.model.findings import Finding
from botkit.model.session import Channel
from botkit.sandbox import Tenant
from botkit.sandbox.tenant import TenantUser
from botkit.testing.world import World

from .files import Case
from .runner import ScriptResult, quiet
from .spoken_call import SpokenCall
from .subject import Subject
from .verbs import (
    Answers,
    Ends,
    HangsUp,
    Hears,
    HearsNothingMore,
    NeverHears,
    PostedTo,
    Presses,
    Says,
    SaysNothing,
    Slots,
    Waits,
    Why,
)

CAN = (
    Answers,
    Ends,
    HangsUp,
    Hears,
    HearsNothingMore,
    NeverHears,
    PostedTo,
    Presses,
    Says,
    SaysNothing,
    Slots,
    Waits,
    Why,
)
"""What can be done, or seen, on a real call."""
LONGEST_WAIT = 30.0
"""Seconds that a script may let pass."""


def refused(case: Case, subject: Subject) -> list[Finding]:
    """Why a script cannot be spoken: each with its place."""
    findings = []
    at = case.script.place
    if subject.flows().start_for("call_incoming") != case.file.test:
        message = f"A call to the bot does not begin `{case.file.test}`."
        findings.append(at.finding("wrong-value", message, "Speak a script of the flow that a call begins."))
    if case.file.replies(case.script) or case.file.servers(case.script) or case.file.nobody(case.script):
        message = "A real call has no mocks."
        findings.append(at.finding("wrong-value", message, "Leave this script out of `--audio`, with -k."))
    for step in case.steps:
        if not isinstance(step, CAN) or step.who:
            message = f"`{step.verb}` cannot be done by voice."
        elif isinstance(step, Waits) and step.waits > LONGEST_WAIT:
            message = f"A real call does not wait for {step.waits:g} s."
        elif isinstance(step, Says) and step.confidence is not None:
            message = "How sure a real recogniser is, nobody can say."
        else:
            continue
        findings.append(step.place.finding("wrong-value", message, "Leave this script out, with -k."))
    return findings


def speak_cases(
    cases: list[Case], subject: Subject, *, told: Callable[[ScriptResult], None] | None = None
) -> list[ScriptResult]:
    """Each call script over a call of its own. Raises `DocumentError` for scripts that cannot be spoken,
    `WorldError` where no voice is installed."""
    calls = [case for case in cases if case.channel is Channel.CALL]
    findings = [finding for case in calls for finding in refused(case, subject)]
    if findings:
        raise DocumentError(findings)

    async def run() -> list[ScriptResult]:
        results = []
        for case in calls:
            results.append(await _spoken(case, subject))
            if told is not None:
                told(results[-1])
        return results

    with quiet():
        return asyncio.run(run())


async def _spoken(case: Case, subject: Subject) -> ScriptResult:
    began = time.perf_counter()
    async with AsyncExitStack() as closing:
        state = Path(closing.enter_context(TemporaryDirectory(prefix="botkit-test-")))
        call = SpokenCall(case, subject)
        world = _ScriptWorld(case, subject, state, call.heard)
        await closing.enter_async_context(world)
        failure = await call.play(world, closing)
    return ScriptResult(
        case=case,
        seconds=time.perf_counter() - began,
        entries=tuple(call.transcript.entries),
        lines=tuple(call.transcript.lines()),
        reasons=call.transcript.reasons(),
        failure=failure,
    )


class _ScriptWorld(World):
    """The bot with the script's config, and its person on the platform."""

    def __init__(
        self, case: Case, subject: Subject, state: Path, heard: Callable[[CallTranscript], None]
    ) -> None:
        someone = case.file.someone(case.script)
        first, _, last = someone.name.partition(" ")
        tenant = Tenant.demo(bot=subject.settings.file.bot)
        person = TenantUser(email=someone.email, first_name=first, last_name=last)
        others = [user for user in tenant.users if user.email != someone.email]

        @hook
        def call_transcript(said: CallTranscript) -> None:
            heard(said)

        def listen(hooks: Hooks) -> None:
            hooks.register(SimpleNamespace(call_transcript=call_transcript), "script")

        super().__init__(
            subject.settings.path,
            state=state,
            tenant=tenant.model_copy(update={"users": [*others, person]}),
            change_hooks=listen,
        )
        values = case.file.values(case.script)
        self._flows = subject.flows({case.file.test: values} if values else None)

    def make_bot(self) -> Bot:
        bot = super().make_bot()
        bot.flows = self._flows
        return bot
