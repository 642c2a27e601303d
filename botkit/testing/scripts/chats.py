"""A person's side of a chat."""

from __future__ import annotations

from collections.abc import Mapping

from botkit.model.forms import Control, ControlKind, Form
from botkit.model.session import Channel, Session, Status
from botkit.testing.platform import Posted

from .answering import answer_for
from .judge import Wanted, quoted
from .stage import Stage
from .talk import Talk

FIELDS = (ControlKind.INPUT, ControlKind.DROPDOWN, ControlKind.RADIO, ControlKind.CHECKBOX)


class Chat(Talk):
    """Somebody writes with the bot, in their direct conversation."""

    @classmethod
    async def begin(cls, stage: Stage, email: str, name: str = "", *, begun: bool = False) -> Chat:
        """Open the conversation. Unless it will be `begun` by what the person writes, the flow begins."""
        person = stage.person(email, name)
        chat = cls(stage, person)
        if not begun:
            stage.begins(person)
            stage.did(person, "opens the conversation")
            await person.post("")
            await stage.clock.settle()
        return chat

    def read_all(self) -> None:
        """Also what was written before counts as what comes next."""
        self._read = self._followed = 0

    @property
    def session(self) -> Session | None:
        return self.stage.last_session(self._fits)

    def waits(self) -> bool:
        mine = [session for session in self.stage.sessions.values() if self._fits(session)]
        is_open = [session for session in mine if session.status is Status.OPEN]
        return all(session.awaits_text or session.form_id for session in is_open)

    async def writes(self, text: str) -> None:
        """Write to the bot."""
        self._acts(f"writes: {text}")
        await self.person.post(text)
        await self.stage.clock.settle()

    async def answers(self, value: str) -> None:
        """Type the answer to the open question: an option by its name, or any words."""
        await self.stage.until(self._asked, self.waits)
        session = self.session
        if session is None or session.status is Status.ENDED:
            raise self.stage.failed(f"answers: {value}", f"nothing is asked, {self._where()}")
        question = self.stage.asked.get(session.id)
        await self.writes(answer_for(self.stage.flows, session, question, value).words)

    async def submits(self, values: Mapping[str, str]) -> None:
        """Fill in fields of the form that came last, and send it. Others keep what is in them."""
        form = await self._form("submits a form")
        fields = {control.name: control for control in form.controls if control.kind in FIELDS}
        for name, value in values.items():
            if name not in fields:
                there = ", ".join(fields) or "none"
                raise self.stage.failed(
                    f"submits {name}", f"the form has no field {name}; its fields: {there}"
                )
            self._check_choice(fields[name], value)
        whole = {name: values.get(name, control.value) for name, control in fields.items()}
        shown = ", ".join(f"{name}: {value}" for name, value in whole.items())
        self._acts(f"submits the form: {shown}")
        await self.person.submit(form, whole)
        await self.stage.clock.settle()

    async def chooses(self, choice: str) -> None:
        """Press a button of the form that came last, by its name or its label."""
        form = await self._form(f"chooses {choice}")
        buttons = [
            (control, option)
            for control in form.controls
            if control.kind is ControlKind.BUTTON
            for option in control.options
        ]
        for control, option in buttons:
            if choice in (option.value, option.text):
                self._acts(f"presses the button: {option.text}")
                await self.person.submit(form, {control.name: option.value})
                await self.stage.clock.settle()
                return
        there = ", ".join(option.value for _, option in buttons)
        raise self.stage.failed(f"chooses {choice}", f"there is no such button; there are: {there or 'none'}")

    async def liked(self, text: str = "") -> None:
        """The bot likes a message of this person with `text` in it, or the last one: by now, or by when it
        waits for them."""
        bot, wanted = self.stage.platform.bot.id, Wanted(contains=text)

        def met() -> bool:
            mine = [each for each in self._written() if wanted.fits(each.written)]
            return any(bot in each.likes for each in (mine if text else mine[-1:]))

        if not await self.stage.until(met, self.waits):
            texts = [quoted(each.written) for each in self._written() if bot in each.likes]
            actual = f"the bot likes {', '.join(texts)}" if texts else "the bot likes nothing"
            raise self.stage.failed(f"liked {wanted if text else 'the last message'}", actual)

    def _written(self) -> list[Posted]:
        """What the person wrote to the bot, in order."""
        items = self.stage.platform.items(self.person.direct.id)
        return [each for each in items if each.item.author_id == self.person.user.id]

    async def _form(self, what: str) -> Form:
        await self.stage.until(self._asked, self.waits)
        forms = [
            entry.posted.form
            for _, entry in self.stage.transcript.told(self.person.user.id, 0)
            if entry.posted
        ]
        form = next((form for form in reversed(forms) if form is not None), None)
        if form is None:
            raise self.stage.failed(what, f"there is no form, {self._where()}")
        return form

    def _check_choice(self, control: Control, value: str) -> None:
        known = [option.value for option in control.options]
        if known and value not in known and control.kind is not ControlKind.CHECKBOX:
            raise self.stage.failed(f"submits {control.name}: {value}", f"it can be: {', '.join(known)}")

    def _fits(self, session: Session) -> bool:
        return session.channel is Channel.CHAT and session.person.id == self.person.user.id

    def _is_mine(self, session_id: str) -> bool:
        session = self.stage.sessions.get(session_id)
        return session is not None and self._fits(session)
