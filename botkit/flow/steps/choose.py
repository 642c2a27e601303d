"""`choose`: one of several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from botkit.flow import wording
from botkit.flow.fields import ChannelText, Name, Result, Target, Text
from botkit.flow.match import closest, normalise
from botkit.flow.slots import Option, labelled_keys, labels, option_keys, phrases
from botkit.model import questions
from botkit.model.findings import Finding
from botkit.model.forms import Control, ControlKind, Form, FormOption
from botkit.model.inputs import FormReceived
from botkit.model.questions import KeyRules

from .question import Data, Question, on_call

if TYPE_CHECKING:
    from botkit.flow.checks import FlowView
    from botkit.flow.flowset import Op
    from botkit.flow.running import Running

form_field = "choice"
"""The name of the form's row of buttons."""


class Choose(Question):
    """Asks for one of several: on chat a form with buttons (typed words do too), on a call keys."""

    verb: ClassVar[str] = "choose"
    example: ClassVar[str] = """
        flow: menu
        start: [call_incoming, mention]
        steps:
          - choose: What can I do for you?
            options:
              hours:  {key: 1, label: opening hours, words: [open, hours]}
              person: {key: 2, label: speaking to somebody, go: human}
            no_input:
              - I did not hear anything.
            no_match:
              - Sorry, once more please.
            give_up:
              - go: human
          - end: We are open from nine to five.
          - id: human
            say: Somebody will call you back.
    """

    choose: Text = Field(description="The question. What can be chosen is added to it, as the channel needs.")
    options: dict[Name, Option] = Field(
        min_length=1, max_length=40, description="Name -> what can be chosen: `key`, `label`, `words`, `go`."
    )
    into: Result | None = Field(None, description="Gets the name of what was chosen.")
    prompt: ChannelText | None = Field(
        None, description="The whole question for one channel, the offer included: `{call: ..., chat: ...}`."
    )

    @cached_property
    def buttons(self) -> tuple[Control, ...]:
        """The form's one row."""
        choices = tuple(FormOption(value=name, text=label) for name, label in labels(self.options))
        return (Control(kind=ControlKind.BUTTON, name=form_field, options=choices),)

    @cached_property
    def keys(self) -> Mapping[str, str]:
        """Name -> key."""
        return option_keys(self.options)

    @cached_property
    def by_phrase(self) -> Mapping[str, str]:
        """Normalised phrase -> name, for the common case of an answer that is the very phrase."""
        table: dict[str, str] = {}
        for name, option in self.options.items():
            for phrase in filter(None, map(normalise, phrases(name, option))):
                table.setdefault(phrase, name)
        for name, key in self.keys.items():
            table.setdefault(key, name)
        return table

    def jumps(self) -> Iterable[tuple[str, Target]]:
        return ((f"go.{name}", option.go) for name, option in self.options.items() if option.go)

    def goes_on(self) -> bool:
        return any(option.go is None for option in self.options.values())

    def picks_up(self) -> bool:
        return True

    def findings(self, op: Op, view: FlowView) -> Iterable[Finding]:
        taken = {command.key: f"global `{command.name}`" for command in view.commands if command.key}
        for name, key in self.keys.items():
            if key in taken:
                message = f"The key {key} of `{name}` belongs to the {taken[key]} too."
                yield op.at.finding("key-clash", message, "Give each choice a key of its own.")
            taken[key] = f"option `{name}`"
        spoken: dict[str, str] = {}
        for name, option in self.options.items():
            for phrase in {normalise(phrase) for phrase in phrases(name, option)}:
                if spoken.setdefault(phrase, name) != name:
                    message = f"`{phrase}` means both `{spoken[phrase]}` and `{name}`."
                    yield op.at.finding("word-clash", message, "Give each choice words of its own.")
        for name in self.options:
            if name not in self.keys:
                message = f"No key is left for `{name}`."
                yield op.at.finding("no-key-left", message, "Give it a `key`, or split the menu in two.")

    def enter(self, run: Running) -> int:
        run.why(branch="asked")
        return self.put(run, {})

    def put(self, run: Running, data: Data) -> int:
        override = self.prompt.on(run.channel) if self.prompt else None
        prompt = (override or self.choose).text(run)
        keys = form = None
        if on_call(run):
            if override is None:
                prompt = wording.spoken_offer(prompt, labelled_keys(self.options))
            choices = [*self.keys.values(), *(command.key for command, _ in run.commands() if command.key)]
            shape = KeyRules(maximum=max(map(len, choices)), choices=tuple(dict.fromkeys(choices)))
            keys = self.key_rules(run, shape)
        elif run.flow.forms:
            form = Form(id=run.ask_id(), controls=self.buttons)
        elif override is None:
            prompt = wording.written_offer(prompt, labelled_keys(self.options))
        question = questions.Question(prompt=prompt, keys=keys, barge_in=self.interruptible(run), form=form)
        return run.ask(question, self.limit(run), data, anyone=self.anyone is not None)

    def typed(self, run: Running, text: str, data: Data) -> int | None:
        name = self.by_phrase.get(normalise(text))
        if name is not None:
            return self.chosen(run, name)
        obeyed = self.command_typed(run, text, data)
        if obeyed is not None:
            return obeyed
        commands = run.commands()
        meanings = {f"option {name}": phrases(name, option) for name, option in self.options.items()}
        for index, (command, _) in enumerate(commands):
            meanings[f"global {index}"] = list(command.phrases)
        found = closest(text, meanings)
        if found is None:
            return None
        kind, _, which = found.name.partition(" ")
        return self.chosen(run, which) if kind == "option" else self.obey(run, *commands[int(which)], data)

    def submitted(self, run: Running, event: FormReceived, data: Data) -> int | None:
        value = event.values.get(form_field, "")
        return self.chosen(run, value) if value in self.options else self.typed(run, value, data)

    def pressed(self, run: Running, digits: str, data: Data) -> int | None:
        name = next((name for name, key in self.keys.items() if key == digits), None)
        return self.command_pressed(run, digits, data) if name is None else self.chosen(run, name)

    def chosen(self, run: Running, name: str) -> int:
        """An option was found."""
        run.why(branch=name)
        if self.into is not None:
            run.set(self.into, name)
        return run.branch(f"go.{name}")
