"""What may stand once for all languages, or once for each: `label: {en: hours, de: Öffnungszeiten}`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Generic, TypeAlias, TypeVar

from pydantic import ValidationInfo

from .document import Location, did_you_mean
from .document import Mapping as Keys
from .fields import Reading
from .reader import Reader
from .tags import is_tag, nearest
from .validation import refusal

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Translation:
    """A place in a file where something stands in several languages."""

    at: Location
    keys: Keys
    """Language -> what stands there."""
    whole: bool
    """Every language is needed: nothing stands in for one that is missing."""


@dataclass(frozen=True, slots=True)
class Translated(Generic[T]):
    """A value in several languages."""

    by_language: Mapping[str, T]
    """Language (BCP 47; empty = all) -> value."""

    def on(self, language: str) -> T:
        """The value in a language, or the nearest one, or the first."""
        found = self.by_language.get(nearest(language, self.by_language) or "")
        return next(iter(self.by_language.values())) if found is None else found


def by_language(
    value: object, info: ValidationInfo, besides: Iterable[str] = (), *, whole: bool = True
) -> Mapping[str, object]:
    """Language -> what stands for it; empty = all, where nothing is told apart. A mapping is by language
    unless its keys are all `besides`. `whole`: see `Translation`."""
    if not isinstance(value, Keys) or (value and set(value) <= set(besides)):
        return {"": value}
    for name in value:
        if not is_tag(name):
            remedy = f"{did_you_mean(name, besides)} Or name a language: `{{en: ..., de: ...}}`."
            raise refusal(f"`{name[:40]}` names no language.", remedy, "bad-language")
    if not value:
        raise refusal("There is no text here.", "Write a text, or `{en: ..., de: ...}`.")
    if isinstance(info.context, Reading):
        info.context.translations.append(Translation(value.at, value, whole))
    return value


def _word(value: object) -> str:
    if not isinstance(value, str):
        raise refusal("A text belongs here.", "Write a text, or `{en: ..., de: ...}`.")
    return str(value)


def _words(value: object) -> list[str]:
    if not isinstance(value, list):
        raise refusal("A list of words belongs here.", "Write `[open, hours]`, or `{en: [...], de: [...]}`.")
    return [_word(word) for word in value]


def _each(read: Callable[[object], T]) -> Callable[[object, ValidationInfo], Translated[T]]:
    def validate(value: object, info: ValidationInfo) -> Translated[T]:
        return Translated({tag: read(part) for tag, part in by_language(value, info).items()})

    return validate


TextByLanguage: TypeAlias = Annotated[Translated[str], Reader(_each(_word))]
"""A text that is no template, for all languages or for each."""

WordsByLanguage: TypeAlias = Annotated[Translated[list[str]], Reader(_each(_words))]
"""Words that people say, likewise."""
