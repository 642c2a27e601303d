"""Messages: texts under a name, in every language that a flow speaks, for each channel, by number.

    messages:
      welcome: {en: Welcome., de: Willkommen.}
      places:
        en: {one: "{{ count }} place is left.", other: "{{ count }} places are left."}
        de: {one: "{{ count }} Platz ist frei.", other: "{{ count }} Plätze sind frei."}

Plural forms are those of CLDR: https://cldr.unicode.org/index/cldr-spec/plural-rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, TypeAlias

from pydantic import ValidationInfo

from botkit.model.session import Channel

from .document import Location, Scalar
from .document import Mapping as Keys
from .expressions import Values
from .fields import PerChannel, template_of
from .reader import Reader
from .saying import Style
from .tags import nearest
from .templates import Template
from .translated import by_language
from .validation import refusal

plural_forms = ("zero", "one", "two", "few", "many", "other")

_tried = range(201)
"""Numbers whose forms a language needs: the forms of larger ones and of fractions may stay `other`."""


@dataclass(frozen=True, slots=True)
class Plural:
    """A text by number."""

    forms: Mapping[str, Template]
    at: Location

    def of(self, count: float, language: str) -> Template:
        """The text for so many; `other` stands in for a form that is not there."""
        form = Style(language=language).locale.plural_form(abs(count))
        return self.forms.get(form) or self.forms["other"]


Said: TypeAlias = Template | Plural


@dataclass(frozen=True)
class Message:
    """One message."""

    texts: Mapping[str, PerChannel[Said]]
    """Language (BCP 47; empty = all) -> its text for each channel."""

    def on(self, language: str, channel: Channel) -> Said:
        """The text in a language, or the nearest one, or the first; the other channel's when this one has
        none of its own."""
        texts = self.texts.get(nearest(language, self.texts) or "") or next(iter(self.texts.values()))
        said = texts.on(channel) or texts.call or texts.chat
        assert said is not None, "a message without a text"
        return said

    @cached_property
    def every(self) -> tuple[tuple[str, Said], ...]:
        """All its texts, each with its language."""
        return tuple(
            (language, said)
            for language, texts in self.texts.items()
            for said in ((texts.call,) if texts.chat is texts.call else (texts.call, texts.chat))
            if said is not None
        )

    @cached_property
    def plural(self) -> bool:
        """It takes a number."""
        return any(isinstance(said, Plural) for _, said in self.every)

    def templates(self) -> Iterator[Template]:
        """All that may be rendered."""
        for _, said in self.every:
            yield from said.forms.values() if isinstance(said, Plural) else (said,)


def needed_forms(language: str) -> tuple[str, ...]:
    """The plural forms that a language needs, the least first."""
    rule = Style(language=language).locale.plural_form
    found = {rule(number) for number in _tried} | {"other"}
    return tuple(form for form in plural_forms if form in found)


def _message(value: object, info: ValidationInfo) -> Message:
    apart = by_language(value, info, besides=("call", "chat", *plural_forms))
    return Message({language: _by_channel(text, info) for language, text in apart.items()})


def _by_channel(value: object, info: ValidationInfo) -> PerChannel[Said]:
    if not isinstance(value, Keys) or not set(value) & {"call", "chat"}:
        said = _said(value, info)
        return PerChannel(said, said)
    if not set(value) <= {"call", "chat"}:
        raise refusal("Only `call` and `chat` can stand here.", "Write `{call: ..., chat: ...}`.")
    apart = {channel: _said(text, info) for channel, text in value.items()}
    return PerChannel(apart.get("call"), apart.get("chat"))


def _said(value: object, info: ValidationInfo) -> Said:
    if not isinstance(value, Keys):
        return _text(value, info, frozenset())
    if not value or not set(value) <= set(plural_forms):
        remedy = "Write a text, `{call: ..., chat: ...}` or plural forms: `{one: ..., other: ...}`."
        raise refusal("This is no text.", remedy)
    if "other" not in value:
        remedy = "Add `other: ...`, for every number that has no form of its own."
        raise refusal("The plural form `other` is missing.", remedy, "wrong-plural-forms")
    forms = {form: _text(text, info, frozenset({"count"})) for form, text in value.items()}
    return Plural(forms, value.at)


def _text(value: object, info: ValidationInfo, given: frozenset[str]) -> Template:
    template = template_of(value, info, given)
    if any(path[0] == "messages" for path in template.names):
        at = value if isinstance(value, Scalar) else ""
        remedy = "Write its words, or put both into the step that says them."
        raise refusal(f"A message cannot hold another one: `{at[:40]}`.", remedy)
    return template


MessageTexts: TypeAlias = Annotated[Message, Reader(_message)]
"""A text, `{call: ..., chat: ...}` or plural forms; or any of them by language."""


class _Counting:
    """The values of a text by number: what it may read, and `count`."""

    __slots__ = ("reserved", "slots", "style")

    def __init__(self, values: Values, count: float) -> None:
        self.slots: Mapping[str, object] = {**values.slots, "count": count}
        self.reserved = values.reserved
        self.style = values.style


@dataclass(frozen=True, slots=True)
class _Counted:
    """A message with plural forms, before it is known how many there are."""

    plural: Plural
    language: str
    values: Values

    def counted(self, count: float) -> str:
        """Its text for so many. Raises `Fault`."""
        return self.plural.of(count, self.language).text(_Counting(self.values, count))


class Phrasebook(Mapping[str, object]):
    """Messages as templates read them: each is worded when it is read."""

    def __init__(
        self, messages: Mapping[str, Message], language: str, channel: Channel, values: Values
    ) -> None:
        self._messages = messages
        self._language = language
        self._channel = channel
        self._values = values

    def __getitem__(self, name: str) -> object:
        said = self._messages[name].on(self._language, self._channel)
        if isinstance(said, Plural):
            return _Counted(said, self._language, self._values)
        return said.text(self._values)

    def __contains__(self, name: object) -> bool:
        return name in self._messages

    def __iter__(self) -> Iterator[str]:
        return iter(self._messages)

    def __len__(self) -> int:
        return len(self._messages)
