"""Grammars in JSGF, of what may be said to a question."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from botkit.model.speech import SpeechKind

_digits = ("zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_numbers = (
    *_digits, "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
    "eighteen", "nineteen", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
    "hundred", "thousand",
)  # fmt: skip
_ordinals = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth",
    "eighteenth", "nineteenth", "twentieth", "thirtieth",
)  # fmt: skip
_alphabet = (
    "alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliet", "kilo",
    "lima", "mike", "november", "oscar", "papa", "quebec", "romeo", "sierra", "tango", "uniform", "victor",
    "whiskey", "x-ray", "yankee", "zulu",
)  # fmt: skip
_calendar = (
    "today", "tomorrow", "yesterday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
    "sunday", "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip

_currencies = (
    "euro", "euros", "dollar", "dollars", "pound", "pounds", "franc", "francs", "yen", "cent", "cents",
    "pence", "penny",
)  # fmt: skip

_words: Mapping[SpeechKind, Sequence[str]] = {
    SpeechKind.DIGITS: (*_digits, "double", "triple"),
    SpeechKind.NUMBER: (*_numbers, "million", "minus", "point", "and", "a"),
    SpeechKind.MONEY: (*_numbers, "million", "point", "and", "a", *_currencies),
    SpeechKind.PHONE: (*_digits, "double", "triple", "plus"),
    SpeechKind.EMAIL: (
        *"abcdefghijklmnopqrstuvwxyz", *_alphabet, *_digits, "as", "in", "for", "double", "at", "dot", "dash",
        "underscore", "com", "org", "net",
    ),
    SpeechKind.DURATION: (
        *_numbers, "and", "a", "an", "half", "quarter", "quarters", "of", "second", "seconds", "minute",
        "minutes", "hour", "hours", "day", "days", "week", "weeks",
    ),
    SpeechKind.DATE: (
        *_calendar, *_numbers, *_ordinals, "next", "in", "the", "of", "on", "and", "a", "day", "days",
        "week", "weeks", "after", "before", "from", "now",
    ),
    SpeechKind.TIME: (
        *_numbers, "half", "quarter", "past", "to", "o'clock", "noon", "midnight", "in", "the", "at", "a.m",
        "p.m", "morning", "afternoon", "evening", "night",
    ),
    SpeechKind.SPELLING: (*"abcdefghijklmnopqrstuvwxyz", *_alphabet, *_digits, "as", "in", "for", "double"),
}  # fmt: skip
"""The words of which an answer of a kind is a string."""

_yes_no = (
    "yes", "yes please", "yeah", "yep", "sure", "okay", "correct", "that's right", "right", "of course",
    "no", "no thanks", "no thank you", "nope", "not really", "wrong", "that's wrong", "that's not right",
)  # fmt: skip


def grammar(kind: SpeechKind, phrases: Iterable[str], knows: Callable[[str], bool]) -> str:
    """What may be said; empty when that is nothing that the dictionary knows.

    A phrase with an unknown word cannot be heard and is left out.
    """
    offered = [*(_yes_no if kind is SpeechKind.YES_NO else ()), *phrases]
    sayable = [words for phrase in offered if (words := words_of(phrase)) and all(map(knows, words))]
    rules = sorted({" ".join(words) for words in sayable})
    if string := [word for word in _words.get(kind, ()) if knows(word)]:
        rules.append(f"({' | '.join(string)})+")
    return f"#JSGF V1.0;\ngrammar answer;\npublic <answer> = {' | '.join(rules)};\n" if rules else ""


def words_of(phrase: str) -> list[str]:
    """Its words as the dictionary writes them."""
    return re.findall(
        r"[a-z]+(?:['.-][a-z]+)*", phrase.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    )
