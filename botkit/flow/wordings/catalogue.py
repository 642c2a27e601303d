"""What a catalogue holds: the names of the texts, what each is for and what is filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a text is for."""

    when: str
    """When it is said or shown."""
    fills: tuple[str, ...] = ()
    """What it may be filled with: `{{ label }}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """One language."""

    language: str
    """BCP 47, without a region."""
    texts: Mapping[str, str]
    """Name, each of `meanings` -> text, a template."""
    words: Mapping[str, Sequence[str]]
    """What people say for the globals `repeat` and `cancel`, and to `keep` a recording or record `again`."""


meanings: Mapping[str, Meaning] = {
    "no_input": Meaning("A caller was silent, for the first time."),
    "no_input_again": Meaning("For the second time."),
    "no_match": Meaning("An answer does not fit, for the first time; in a form, at the field."),
    "no_match_again": Meaning("For the second time."),
    "apology": Meaning("Something went wrong that the flow does not handle."),
    "not_allowed": Meaning("Somebody mentions the bot whom no start of a flow allows (`allow`)."),
    "slow_down": Meaning("Somebody writes more than the bot takes (`limits` in bot.yaml), told once."),
    "goodbye": Meaning("A question was given up, and the flow does not handle it."),
    "cancelled": Meaning("The global `cancel`, and the flow does not handle it."),
    "form_prompt": Meaning("Above a form, unless `prompt` says it."),
    "send": Meaning("The button of a form."),
    "yes": Meaning("A button, and what stands in a form."),
    "no": Meaning("Likewise."),
    "offer_by_key": Meaning("What can be chosen, by keys alone.", ("label", "key")),
    "offer_by_word": Meaning("By speech alone.", ("label", "word")),
    "offer_by_both": Meaning("By either.", ("label", "key", "word")),
    "yes_no_by_key": Meaning("How to answer yes or no, by keys alone."),
    "yes_no_by_word": Meaning("By speech alone."),
    "yes_no_by_both": Meaning("By either."),
    "star": Meaning("The key `*`, spoken."),
    "hash": Meaning("The key `#`, spoken."),
    "finish_with_hash": Meaning("Behind a question whose answer has no fixed length."),
    "amount_by_keys": Meaning("Behind a question for an amount of money, where keys answer it."),
    "plus": Meaning("The sign `+` before a telephone number or in an address, spoken."),
    "at_sign": Meaning("The sign `@`, spoken."),
    "dot": Meaning("The sign `.`, spoken."),
    "dash": Meaning("The sign `-`, spoken."),
    "underscore": Meaning("The sign `_`, spoken."),
    "expected": Meaning("At a field of a form whose answer does not fit.", ("hint",)),
    "corrected": Meaning("An earlier answer was corrected.", ("label", "value")),
    "which_one": Meaning("A correction fits several answers: which one is meant?"),
    "file_too_large": Meaning("A file that somebody sent is larger than the bot takes.", ("file", "limit")),
    "file_lost": Meaning("A file that somebody sent cannot be fetched or kept.", ("file",)),
    "did_you_say": Meaning("Whether what was heard is meant.", ("label",)),
    "is_that_right": Meaning("Whether figures or letters are right.", ("heard",)),
    "review_by_key": Meaning("What to do with a recording (1 keeps it, 2 begins anew), by keys alone."),
    "review_by_both": Meaning("By keys and speech."),
}
"""Name -> what it is for: every catalogue has all of them, and a flow may word any of them anew."""
