"""What can be chosen: options, their keys, labels and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, TypeAlias

from pydantic import BaseModel, Field, model_validator

from .fields import GoTo
from .reader import Reader
from .translated import TextByLanguage, Translated, WordsByLanguage
from .validation import closed, refusal


def checked_key(value: object) -> str:
    """A key of the dial pad, or several pressed in a row."""
    text = value if isinstance(value, str) else ""
    if not 1 <= len(text) <= 8 or not set(text) <= set("0123456789*#"):
        remedy = "Write digits, `*` or `#`: `key: 1`."
        raise refusal(f"`{str(value)[:20]}` is no key of a dial pad.", remedy, "bad-dial-key")
    return str(text)


DialKey: TypeAlias = Annotated[str, Reader(checked_key)]


class Described(BaseModel):
    """Something that has a name and, if need be, more; `name:` alone is enough."""

    model_config = closed

    @model_validator(mode="before")
    @classmethod
    def _nothing_more(cls, value: object) -> object:
        return {} if value is None else value


class Option(Described):
    """One thing to choose."""

    key: DialKey | None = Field(None, description="What to press on a call; without it the next free digit.")
    label: TextByLanguage | None = Field(
        None, description="What people read and hear, by language if there are several; without it the name."
    )
    words: WordsByLanguage = Field(
        Translated({"": []}), description="Further words for it, typed or spoken; likewise."
    )
    go: GoTo | None = Field(
        None, description="The id of the step to go to; without it the next step follows."
    )


def option_label(name: str, option: Option, language: str = "") -> str:
    """What people read and hear, in a language (BCP 47)."""
    return (option.label.on(language) if option.label else "") or name.replace("_", " ")


def labels(options: Mapping[str, Option], language: str = "") -> list[tuple[str, str]]:
    """(name, label) of each."""
    return [(name, option_label(name, option, language)) for name, option in options.items()]


def phrases(name: str, option: Option, language: str = "") -> list[str]:
    """What means this option when typed or spoken, its key aside."""
    return [name.replace("_", " "), option_label(name, option, language), *option.words.on(language)]


def option_keys(options: Mapping[str, Option]) -> dict[str, str]:
    """Name -> key: the author's own, else the next free digit from 1 on; none when all nine are taken."""
    taken = {option.key for option in options.values() if option.key}
    free = iter([digit for digit in "123456789" if digit not in {key[0] for key in taken}])
    keys: dict[str, str] = {}
    for name, option in options.items():
        key = option.key or next(free, None)
        if key:
            keys[name] = key
    return keys


def labelled_keys(options: Mapping[str, Option], language: str = "") -> list[tuple[str, str]]:
    """(label, key) of each option that can be pressed."""
    keys = option_keys(options)
    return [(label, keys[name]) for name, label in labels(options, language) if name in keys]


def spoken_offers(options: Mapping[str, Option], language: str = "") -> list[tuple[str, str, str]]:
    """(label, key, word to say) of each."""
    keys = option_keys(options)
    return [
        (label, keys.get(name, ""), _word(label, options[name].words.on(language)))
        for name, label in labels(options, language)
    ]


def _word(label: str, words: Sequence[str]) -> str:
    """The shortest of what the author would have people say: the label if it is one word."""
    return label if " " not in label else next(iter(words), label)


def all_phrases(options: Mapping[str, Option], language: str = "") -> dict[str, list[str]]:
    """Name -> what means it."""
    return {name: phrases(name, option, language) for name, option in options.items()}
