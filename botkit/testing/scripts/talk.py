"""One person's side of a conversation with the bot: what both channels share."""

from __future__ import annotations

import json as json_module
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from functools import partial

from botkit.model.plural import counted
from botkit.model.reasons import Reason
from botkit.model.session import EndedBy, Session, Status
from botkit.ports.http import HttpRequest
from botkit.testing.person import ScriptedPerson

from .judge import Wanted, nearest, quoted, same
from .mocks import receiver_of
from .stage import Stage
from .transcript import Entry, Kind, moment


class Talk(ABC):
    """A conversation as one person has it. Whatever is not as it should be raises `ScriptFailed`.

    What is expected is looked for in what came since the last thing that was expected or done, in order;
    what comes between is passed over.
    """

    def __init__(self, stage: Stage, person: ScriptedPerson) -> None:
        self.stage = stage
        self.person = person
        self._read = len(stage.transcript)
        """Index of the first line that was not expected yet."""
        self._followed = len(stage.transcript)
        """Likewise of decisions."""

    @property
    @abstractmethod
    def session(self) -> Session | None:
        """The session that talks here now, or did last."""

    @abstractmethod
    def waits(self) -> bool:
        """The bot waits for this person, or will do nothing more: time passes for nothing."""

    async def hears(self, text: str = "", *, exactly: str | None = None, matches: str | None = None) -> str:
        """The bot says or writes this next: a text with `text` in it, `exactly` this one, or one in which the
        regular expression `matches` is found. Returns the whole text."""
        wanted = Wanted(contains=text, exactly=exactly, matches=matches)
        if not await self.stage.until(lambda: self._found(wanted) is not None, self.waits):
            raise self.stage.failed(f"hears {wanted}", self._instead(wanted))
        found = self._found(wanted)
        assert found is not None
        self._read = found[0] + 1
        return found[1].text

    async def hears_nothing_more(self) -> None:
        """Nothing is said or written until the bot waits for this person, or all is over."""
        if await self.stage.until(lambda: bool(self._untold()), self.waits):
            raise self.stage.failed("hears nothing more", f"the bot said {quoted(self._untold()[0][1].text)}")

    async def never_hears(self, text: str) -> None:
        """Nothing with `text` in it was said or written so far, nor is it until the bot waits for this
        person, or all is over."""
        wanted = Wanted(contains=text)

        def said() -> str | None:
            told = self.stage.transcript.told(self.person.user.id, 0)
            return next((entry.text for _, entry in told if wanted.fits(entry.text)), None)

        await self.stage.until(lambda: said() is not None, self.waits)
        if (found := said()) is not None:
            raise self.stage.failed(f"never hears {wanted}", f"the bot said {quoted(found)}")

    async def posted(
        self,
        text: str = "",
        *,
        to: str = "",
        exactly: str | None = None,
        matches: str | None = None,
        subject: str | None = None,
        files: int | None = None,
    ) -> None:
        """The bot wrote this to somebody (an e-mail address; empty = to anybody), at any time so far or up to
        when it waits for this person."""
        wanted = Wanted(contains=text, exactly=exactly, matches=matches)
        expected = f"posted {wanted}{f' to {to}' if to else ''}"
        expected += f", subject {quoted(subject)}" if subject is not None else ""
        expected += f", with {counted(files, 'file')}" if files is not None else ""

        def met() -> bool:
            return any(_is_post(entry, wanted, subject, files) for entry in self._posts(to))

        if not await self.stage.until(met, self.waits):
            texts = [entry.text for entry in self._posts(to)]
            like = nearest(wanted.words, texts)
            actual = f"nothing was written {f'to {to}' if to else ''}".rstrip()
            if like is not None:
                post = next(entry for entry in self._posts(to) if entry.text == like)
                actual = f"the nearest is {quoted(like)} [{post.detail}]"
            raise self.stage.failed(expected, actual)

    async def why(self, *steps: str) -> None:
        """The flow went this way since the last `why`: `menu = hours` is a step's id (or its verb) and the
        branch it took, `menu` alone that it was come by."""
        for step in steps:
            if not await self.stage.until(partial(self._has_decided, step), self.waits):
                known = [f"{each.step} = {each.branch}" for _, each in self._decisions()]
                like = nearest(step, known)
                actual = f"since then it went: {', '.join(known)}" if known else "nothing was decided since"
                actual += f"\nnearest: {like}" if like and len(known) > 1 else ""
                raise self.stage.failed(f"why: {step}", actual)
            index = self._decided(step)
            assert index is not None
            self._followed = index + 1

    async def slots(self, expected: Mapping[str, object]) -> None:
        """Slots and results have these values now."""
        await self.stage.clock.settle()
        session = self.session
        scopes = session.state.get("scopes") if session is not None else None
        known: dict[str, object] = {}
        for scope in scopes if isinstance(scopes, list | tuple) else ():
            known.update(scope)
        for name, value in expected.items():
            if not same(value, known.get(name)):
                actual = f"{name} is {known[name]!r}" if name in known else f"{name} has no value"
                raise self.stage.failed(f"{name} is {value!r}", actual)

    async def ran(self, handler: str, arguments: Mapping[str, object] | None = None) -> None:
        """A step handler was run, with these arguments (more may have come with them)."""

        def met() -> bool:
            return any(
                run.handler == handler and same(arguments or {}, run.arguments) for run in self.stage.runs
            )

        if not await self.stage.until(met, self.waits):
            with_it = f" with {dict(arguments)!r}" if arguments else ""
            runs = [f"{run.handler} with {dict(run.arguments)!r}" for run in self.stage.runs]
            raise self.stage.failed(
                f"ran {handler}{with_it}", f"ran: {'; '.join(runs)}" if runs else "no handler ran"
            )

    async def requested(self, request: str, *, json: object = None) -> None:
        """A flow made this HTTP request, `METHOD URL` in which `*` stands for anything, with this body (more
        may have been in it)."""

        def met() -> bool:
            return any(
                fnmatchcase(_called(sent), request) and (json is None or same(json, _body(sent)))
                for sent in self.stage.http.requests
            )

        if not await self.stage.until(met, self.waits):
            made = [
                f"{_called(sent)} {sent.body.decode(errors='replace')}" for sent in self.stage.http.requests
            ]
            with_it = f" with {json!r}" if json is not None else ""
            raise self.stage.failed(
                f"requested {request}{with_it}", "\n".join(made) if made else "no request was made"
            )

    async def sent(self, receiver: str, *, kind: str = "", json: object = None) -> None:
        """A webhook went to this receiver, of this kind, with this data (more may have been in it)."""
        url = receiver_of(receiver).url

        def webhooks() -> list[dict[str, object]]:
            bodies = (_body(sent) for sent in self.stage.http.requests if sent.url == url)
            return [body for body in bodies if isinstance(body, dict)]

        def met() -> bool:
            return any(
                kind in ("", body.get("type")) and (json is None or same(json, body.get("data")))
                for body in webhooks()
            )

        if not await self.stage.until(met, self.waits):
            made = [f"{body.get('type')} with {body.get('data')!r}" for body in webhooks()]
            with_it = f" with {json!r}" if json is not None else ""
            raise self.stage.failed(
                f"sent {receiver} {kind}".rstrip() + with_it,
                "\n".join(made) if made else "no webhook was sent to it",
            )

    async def ends(self, by: EndedBy | str) -> None:
        """The session is over, by this: `flow` (its steps came to their end), `unanswered`, `cancelled`,
        `hangup`, `error` ..."""
        by = EndedBy(by)
        if not await self.stage.until(self._is_over, self.waits):
            raise self.stage.failed(f"ends: {by}", self._where())
        session = self.session
        if session is None or session.ended_by is not by:
            ended = "there was no session" if session is None else f"it ended by {session.ended_by}"
            raise self.stage.failed(f"ends: {by}", f"{ended}{self._fault()}")

    async def passes(self, seconds: float) -> None:
        """So much time passes."""
        self.stage.did(self.person, f"waits {moment(seconds)}")
        await self.stage.passes(seconds)

    async def says_nothing(self) -> None:
        """Lets the time for an answer pass."""
        session = self.session
        if session is None or not await self.stage.until(self._asked, self.waits):
            raise self.stage.failed("says nothing", self._where())
        self._acts("says nothing")
        revision = session.revision

        def moved() -> bool:
            now = self.session
            return now is None or now.revision != revision or now.status is Status.ENDED

        if not await self.stage.until(moved, lambda: False):
            raise self.stage.failed("says nothing", "the bot waits on, without a limit")

    def _acts(self, what: str, detail: str = "") -> None:
        """The person does something: what was said before is past."""
        self._read = len(self.stage.transcript)
        self.stage.did(self.person, what, detail=detail)

    def _asked(self) -> bool:
        """A question is open."""
        return self.session is not None and self.session.status is Status.OPEN and self.waits()

    def _is_over(self) -> bool:
        session = self.session
        return session is not None and session.status is Status.ENDED

    def _untold(self) -> list[tuple[int, Entry]]:
        return self.stage.transcript.told(self.person.user.id, self._read)

    def _found(self, wanted: Wanted) -> tuple[int, Entry] | None:
        return next(((index, entry) for index, entry in self._untold() if wanted.fits(entry.text)), None)

    def _posts(self, to: str) -> Sequence[Entry]:
        users = {user.id for user in self.stage.platform.users.values() if to in ("", user.email)}
        return [
            entry for entry in self.stage.transcript.entries if entry.kind is Kind.POSTED and entry.to & users
        ]

    def _decisions(self) -> list[tuple[int, Reason]]:
        entries = self.stage.transcript.entries[self._followed :]
        return [
            (self._followed + offset, entry.reason)
            for offset, entry in enumerate(entries)
            if entry.reason is not None and self._is_mine(entry.session)
        ]

    def _has_decided(self, step: str) -> bool:
        return self._decided(step) is not None

    def _decided(self, step: str) -> int | None:
        name, equals, branch = (part.strip() for part in step.partition("="))
        for index, reason in self._decisions():
            if name in (reason.step, reason.verb) and (not equals or reason.branch == branch):
                return index
        return None

    @abstractmethod
    def _is_mine(self, session_id: str) -> bool:
        """Whether a session talks here."""

    def _instead(self, wanted: Wanted) -> str:
        """What came in place of something."""
        said = [entry.text for _, entry in self._untold()]
        like = nearest(wanted.words, said)
        if like is not None:
            others = "" if len(said) == 1 else f" (and {len(said) - 1} more)"
            return f"the bot said {quoted(like)}{others}{self._fault()}"
        earlier = [entry.text for _, entry in self.stage.transcript.told(self.person.user.id, 0)]
        before = next((text for text in earlier if wanted.fits(text)), None)
        passed = f"; it was said before: {quoted(before)}" if before is not None else ""
        return f"the bot said nothing more, {self._where()}{passed}"

    def _where(self) -> str:
        """Where the session stands."""
        session = self.session
        if session is None:
            return "no flow has begun"
        if session.status is Status.ENDED:
            return f"it is over, ended by {session.ended_by}{self._fault()}"
        stack = session.state.get("stack")
        if isinstance(stack, list | tuple) and stack:
            flow, step_id, _ = stack[-1]
            op = self.stage.flows.flows[str(flow)].by_id.get(str(step_id))
            if op is not None:
                return f"it waits at {op.at.place} ({op.step.verb})"
        return "it goes on"

    def _fault(self) -> str:
        fault = self.stage.fault()
        return f"\nin the flow: {fault}" if fault else ""


def _called(sent: HttpRequest) -> str:
    return f"{sent.method} {sent.url}"


def _body(sent: HttpRequest) -> object:
    """Its JSON; None when it is none."""
    try:
        value: object = json_module.loads(sent.body)
    except ValueError:
        return None
    return value


def _is_post(entry: Entry, wanted: Wanted, subject: str | None, files: int | None) -> bool:
    posted = entry.posted
    assert posted is not None
    return (
        wanted.fits(entry.text)
        and (subject is None or posted.item.subject == subject)
        and (files is None or len(posted.attachments) == files)
    )
