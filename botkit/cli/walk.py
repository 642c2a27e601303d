"""What a flow says, from the pure engine alone: the yardstick for what was posted and heard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from botkit.flow.engine import step
from botkit.flow.flowset import FlowSet
from botkit.model.effects import Ask, Http, Post, Run, Say
from botkit.model.forms import ControlKind, Form
from botkit.model.inputs import (
    Begin,
    FormReceived,
    HttpFinished,
    HttpOutcome,
    Input,
    KeysCollected,
    KeysEnded,
    RunFinished,
    SpeechHeard,
    TextReceived,
)
from botkit.model.session import Channel, Person, Session


class Walk:
    """One dialogue, walked through without a platform, a store or a voice."""

    def __init__(
        self,
        flows: FlowSet,
        flow: str,
        channel: Channel,
        person: Person,
        now: datetime,
        *,
        handlers: Mapping[str, Callable[..., object]] | None = None,
        answers: Mapping[str, object] | None = None,
    ) -> None:
        """`handlers` are plain functions for what the flow runs, `answers` what servers say: URL -> JSON."""
        self._flows = flows
        self._answers = answers or {}
        self._handlers = handlers or {}
        self._now = now
        self._session = Session(
            id="walk", channel=channel, flow=flow, conversation_id="walk", call_id="walk", person=person
        )
        self._ask = ""
        self.said: list[str] = []
        """Texts told to the person, in order."""
        self.posted: list[str] = []
        """Texts posted elsewhere."""
        self.form: Form | None = None
        """The form now open."""

    def begin(self, text: str = "") -> None:
        """The flow starts."""
        self._take(Begin(text=text))

    def answer(self, words: str) -> None:
        """The person answers: by the open form, or in words when there is none."""
        if self.form is None:
            self._take(TextReceived(text=words, author_id=self._session.person.id))
        else:
            self.submit(filled(self.form, words))

    def submit(self, values: Mapping[str, str]) -> None:
        """The person fills in the open form."""
        assert self.form is not None, "no form is open"
        person = self._session.person.id
        self._take(FormReceived(form_id=self.form.id, values=values, author_id=person))

    def press(self, digits: str) -> None:
        """The caller answers the open question with keys."""
        self._take(KeysCollected(effect_id=self._ask, digits=digits, ended=KeysEnded.DIGITS))

    def speak(self, words: str) -> None:
        """The caller answers the open question in words."""
        self._take(SpeechHeard(effect_id=self._ask, text=words))

    def _take(self, given: Input) -> None:
        turn = step(self._flows, self._session, given, self._now)
        self._session = turn.session
        self.form = None
        results: list[Input] = []
        for effect in turn.effects:
            match effect:
                case Say(text=text):
                    self.said.append(text)
                case Ask(id=ask_id, question=question):
                    self.said.append(question.prompt)
                    self._ask, self.form = ask_id, question.form
                case Post(text=text):
                    self.posted.append(text)
                case Run(id=run_id, handler=name, arguments=arguments):
                    value = self._handlers[name](**arguments)
                    results.append(RunFinished(effect_id=run_id, value=value))
                case Http(id=http_id, url=url):
                    value = self._answers[url]
                    results.append(
                        HttpFinished(effect_id=http_id, outcome=HttpOutcome.DONE, status=200, value=value)
                    )
                case _:
                    pass
        for result in results:
            self._take(result)


def filled(form: Form, answer: str) -> dict[str, str]:
    """The values of a form with one thing to answer: an option of that value, or a field of text."""
    for control in form.controls:
        if any(option.value == answer for option in control.options):
            return {control.name: answer}
    (field,) = (control for control in form.controls if control.kind is ControlKind.INPUT)
    return {field.name: answer}
