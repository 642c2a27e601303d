"""`choose`: one of several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from botkit.flow.asking import Listen
from botkit.flow.fields import ChannelText, OptionName, Result, Target, Text
from botkit.flow.match import digits, normalise
from botkit.flow.options import Option, all_phrases, labelled_keys, labels, option_keys, spoken_offers
from botkit.flow.wording import written_offer
from botkit.model import questions
from botkit.model.findings import Finding
from botkit.model.forms import Control, ControlKind, Form, FormOption
from botkit.model.inputs import FormReceived
from botkit.model.questions import KeyRules
from botkit.model.speech import SpeechKind

from .question import Data, Question, on_call
from .spoken import Found, command, one_of

if TYPE_CHECKING:
    from botkit.flow.checks import FlowView
    from botkit.flow.flowset import Op
    from botkit.flow.running import Running

form_field = "choice"
"""The name of the form's row of buttons."""


class Menu:
    """What is on offer, in one language."""

    def __init__(self, options: Mapping[str, Option], language: str) -> None:
        self.offers = spoken_offers(options, language)
        """(label, key, word to say) of each."""
        self.phrases: Mapping[str, Sequence[str]] = all_phrases(options, language)
        """Name -> what means it; the second phrase is the label."""
        self.written = labelled_keys(options, language)
        """(label, key) of each that can be pressed."""
        choices = tuple(FormOption(value=name, text=label) for name, label in labels(options, language))
        self.buttons = (Control(kind=ControlKind.BUTTON, name=form_field, options=choices),)
        """The form's one row."""
        self.by_phrase: dict[str, str] = {}
        """Normalised phrase -> name, for the common case of an answer that is the very phrase."""
        for name, phrases in self.phrases.items():
            for phrase in filter(None, map(normalise, phrases)):
                self.by_phrase.setdefault(phrase, name)
        for name, key in option_keys(options).items():
            self.by_phrase.setdefault(key, name)


class Choose(Question):
    """Asks for one of several: on chat a form with buttons (typed words do too), on a call keys
    and words."""

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
    options: dict[OptionName, Option] = Field(
        min_length=1, max_length=40, description="Name -> what can be chosen: `key`, `label`, `words`, `go`."
    )
    into: Result | None = Field(None, description="Gets the name of what was chosen.")
    prompt: ChannelText | None = Field(
        None, description="The whole question for one channel, the offer included: `{call: ..., chat: ...}`."
    )

    @cached_property
    def keys(self) -> Mapping[str, str]:
        """Name -> key."""
        return option_keys(self.options)

    @cached_property
    def menus(self) -> dict[str, Menu]:
        """Language -> what is on offer; those that were asked for so far."""
        return {}

    def menu(self, language: str) -> Menu:
        """What is on offer, in a language."""
        found = self.menus.get(language)
        if found is None:
            found = self.menus[language] = Menu(self.options, language)
        return found

    @property
    def phrases(self) -> Mapping[str, Sequence[str]]:
        """Name -> what means it, in the language to fall back to."""
        return self.menu("").phrases

    def jumps(self) -> Iterable[tuple[str, Target]]:
        return ((f"go.{name}", option.go) for name, option in self.options.items() if option.go)

    def ways(self) -> Iterable[str]:
        return (*self.options, *super().ways())

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
        for name, phrases in self.phrases.items():
            for phrase in {normalise(phrase) for phrase in phrases}:
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
        prompt = run.words(override or self.choose)
        menu = self.menu(run.language)
        keys = speech = form = None
        if on_call(run):
            listen = self.listening(run)
            if override is None:
                prompt = run.wording.spoken_offer(prompt, _counting(menu.offers, listen))
            own = () if listen is Listen.SPEECH else self.keys.values()
            choices = tuple(dict.fromkeys((*own, *self.command_keys(run).choices)))
            keys = self.key_rules(run, KeyRules(maximum=max(map(len, choices), default=1), choices=choices))
            if listen is not Listen.KEYS:
                speech = self.speech_rules(run, SpeechKind.CHOICE, menu.phrases)
        elif run.flow.forms:
            form = Form(id=run.ask_id(), controls=menu.buttons)
        elif override is None:
            prompt = written_offer(prompt, menu.written)
        question = questions.Question(
            prompt=prompt,
            keys=keys,
            speech=speech,
            barge_in=self.interruptible(run),
            form=form,
            language=run.language,
        )
        return run.ask(question, self.limit(run), data, anyone=self.anyone is not None)

    def typed(self, run: Running, text: str, data: Data) -> int | None:
        menu = self.menu(run.language)
        name = menu.by_phrase.get(normalise(text))
        if name is not None:
            return self.take(run, name, data)
        obeyed = self.command_typed(run, text, data)
        if obeyed is not None:
            return obeyed
        found = one_of(run, text, menu.phrases, by_voice=False)
        return None if found is None else self.accept(run, found.answer, found.command, data)

    def submitted(self, run: Running, event: FormReceived, data: Data) -> int | None:
        value = event.values.get(form_field, "")
        return self.take(run, value, data) if value in self.options else self.typed(run, value, data)

    def pressed(self, run: Running, digits: str, data: Data) -> int | None:
        by_key = {} if self.listening(run) is Listen.SPEECH else self.keys
        name = next((name for name, key in by_key.items() if key == digits), None)
        return self.command_pressed(run, digits, data) if name is None else self.take(run, name, data)

    def understood(self, run: Running, text: str, data: Data) -> Found | None:
        menu = self.menu(run.language)
        name = menu.by_phrase.get(normalise(text))
        if name is None and self.listening(run) is Listen.BOTH:
            key = digits(text, spoken=True)  # "press 1 or say hours", and people say "one"
            name = next((name for name, own in self.keys.items() if own == key), None)
        if name is not None:
            return Found(name, run.wording.did_you_say(menu.phrases[name][1]), sure=True)
        return command(run, text) or one_of(run, text, menu.phrases)

    def take(self, run: Running, answer: object, data: Data) -> int:
        name = str(answer)
        run.why(branch=name)
        if self.into is not None:
            run.set(self.into, name)
        return run.branch(f"go.{name}")


def _counting(offers: Iterable[tuple[str, str, str]], listen: Listen) -> list[tuple[str, str, str]]:
    """(label, key, word) of each, as far as it counts."""
    return [
        (label, "" if listen is Listen.SPEECH else key, "" if listen is Listen.KEYS else word)
        for label, key, word in offers
    ]
