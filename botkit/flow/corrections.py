"""What somebody says who wants an earlier answer otherwise: `no, Tuesday`, `the name is Bob`, `change the
date`. Pure, and nothing is guessed: all that may be meant is told, and who asks has to ask which."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from . import match
from .match import normalise
from .slot_types import Situation
from .slots import Slot
from .tags import primary

_longest = 300
"""Characters that are looked at."""
_most_words = 5
"""Of a free text that is taken for an answer: more is talk of something else."""


@dataclass(frozen=True, slots=True)
class _Words:
    """How people correct themselves in one language. Patterns; `NAME` is what a slot may be called."""

    lead: str
    """What a correction begins with."""
    opening: str
    """What may stand before the new answer."""
    change: tuple[str, ...]
    """Ask to change a slot, perhaps with the new answer as `value`."""
    named: str
    """Name a slot, then the new answer."""
    instead: tuple[str, ...]
    """The new answer beside the old one."""
    behind: str
    """What may stand behind it all."""


_english = _Words(
    lead=r"no|nope|nah|sorry|wait|actually|oh|well|hold on|excuse me|i(?:'m| am) sorry|"
    r"that(?:'s| is) (?:wrong|not (?:right|correct))|not quite|rather|"
    r"i (?:actually |really )?mean(?:t)?|correction|thanks|thank you",
    opening=r"it(?:'s| is| was| should be)|this is|that should be|make (?:it|that)|i said|for|at|on|to|say",
    change=(
        r"(?:please |can you |could you |i want to |i'd like to |i would like to |let me )*"
        r"(?:change|correct|fix|edit|update) (?:the |my |your )?(?:NAME)(?: to (?P<value>.+))?",
        r"(?:the |my |your )?(?:NAME) (?:is|was|are) (?:wrong|not right|not correct|incorrect)",
    ),
    named=r"(?:the |my |your )?(?:NAME)(?: (?:is|was|are|should be|has to be|must be|to)|:| =)? "
    r"(?P<value>.+)",
    instead=(
        r"not .+?,? but (?P<value>.+)",
        r"(?P<value>.+?),? (?:and )?not .+",
        r"(?P<value>.+?),? instead of .+",
    ),
    behind=r"[ ,]*(?:please|instead)",
)
_german = _Words(
    lead=r"nein|nee|nö|entschuldigung|verzeihung|moment|doch|ach|halt|"
    r"das (?:ist|war) (?:falsch|nicht richtig)|ich (?:meine|meinte)|vielmehr|eigentlich|korrektur|"
    r"danke|vielen dank",
    opening=r"es (?:ist|sind|war)|das (?:ist|wäre)|ich sagte|sondern|für|am|um|auf|sagen wir",
    change=(
        r"(?:bitte |kannst du |können sie |ich möchte |ich will )*(?:den |die |das |mein(?:e|en)? )?(?:NAME)"
        r" (?:bitte )?(?:(?:auf|in) (?P<value>.+) )?(?:ändern|korrigieren)",
        r"(?:bitte )?(?:ändere|ändern sie|korrigiere|korrigieren sie) "
        r"(?:den |die |das |mein(?:e|en)? )?(?:NAME)(?: (?:auf|in) (?P<value>.+))?",
        r"(?:der |die |das |mein(?:e)? )?(?:NAME) (?:ist|war|sind) (?:falsch|nicht richtig)",
    ),
    named=r"(?:der |die |das |den |mein(?:e)? )?(?:NAME)(?: (?:ist|sind|lautet|war|soll)|:| =)? "
    r"(?P<value>.+)",
    instead=(
        r"nicht .+?,? sondern (?P<value>.+)",
        r"(?P<value>.+?),? nicht .+",
        r"(?P<value>.+?),? statt .+",
    ),
    behind=r"[ ,]*(?:bitte|stattdessen|sein)",
)
_edges = " \t\r\n,.;:!?-"


def corrections(
    text: str,
    slots: Mapping[str, Slot],
    values: Mapping[str, object],
    at: Situation,
    *,
    led: bool = False,
    only_changes: bool = False,
) -> Mapping[str, object]:
    """Slot -> what it shall be, for every slot of `slots` that may be meant; None = it is to be asked anew.

    `values` is what they are now. `led`: without a word like `sorry` before it only a slot that is named is
    corrected. `only_changes`: so is only one that is named beside a word like `change`.
    """
    words = _german if primary(at.wording.language) == "de" else _english
    plain = " ".join(text[:_longest].replace("\u2019", "'").split()).strip(_edges)
    rest, leading = _after_leads(plain, words)
    rest = re.sub(rf"{words.behind}$", "", rest, flags=re.IGNORECASE)
    if not rest:
        return {}
    changed = _changed(rest, slots, words, at)
    if changed is not None or only_changes:
        return changed or {}
    named = _named(rest, slots, words, at)
    if named is not None:
        return {name: value for name, value in named.items() if value != values.get(name)}
    if led and not leading:
        return {}
    return _fitting(_answer(rest, words), slots, values, at, leading=leading)


def _after_leads(plain: str, words: _Words) -> tuple[str, bool]:
    """Without `no, sorry, I meant`, and whether there was such a thing."""
    rest = plain
    while True:
        found = re.match(rf"(?:{words.lead})(?![\w'])[{re.escape(_edges)}]*", rest, re.IGNORECASE)
        if found is None:
            return rest, rest != plain
        rest = rest[found.end() :]


def _changed(rest: str, slots: Mapping[str, Slot], words: _Words, at: Situation) -> dict[str, object] | None:
    """`change the date`, `change the date to Tuesday`, `the date is wrong`, `the date`."""
    for name, called in _called(slots):
        for pattern in (*words.change, r"(?:the |my |your |der |die |das )(?:NAME)"):
            found = re.fullmatch(pattern.replace("NAME", called), rest, re.IGNORECASE)
            if found is None:
                continue
            value = found.groupdict().get("value")
            return {name: _read(value, slots[name], at) if value else None}
    return None


def _named(rest: str, slots: Mapping[str, Slot], words: _Words, at: Situation) -> dict[str, object] | None:
    """`the name is Bob`, `date: Tuesday`, `3 people`."""
    for name, called in _called(slots):
        before = re.fullmatch(words.named.replace("NAME", called), rest, re.IGNORECASE)
        behind = re.fullmatch(rf"(?P<value>.+) (?:{called})", rest, re.IGNORECASE)
        for found in (before, behind):
            if found is None:
                continue
            value = _read(_answer(found["value"], words), slots[name], at)
            # A name may be an ordinary word, `for 3 people`: only with an answer it is meant as one.
            if value is not None and not (found is behind and slots[name].kind.anything):
                return {name: value}
    return None


def _answer(rest: str, words: _Words) -> str:
    """The new answer without what people say around it."""
    for pattern in words.instead:
        found = re.fullmatch(pattern, rest, re.IGNORECASE)
        if found is not None:
            rest = found["value"]
            break
    return re.sub(rf"^(?:{words.opening})(?![\w']) *", "", rest, flags=re.IGNORECASE).strip(_edges) or rest


def _fitting(
    answer: str, slots: Mapping[str, Slot], values: Mapping[str, object], at: Situation, *, leading: bool
) -> dict[str, object]:
    """The slots that take it; one that takes anything only when no other does, and a lead says so."""
    language = at.wording.language
    fitting: dict[str, object] = {}
    free: dict[str, object] = {}
    for name, slot in slots.items():
        value = _read(answer, slot, at)
        if value is not None:
            (free if slot.kind.anything else fitting)[name] = value
    if fitting or not leading:
        return {name: value for name, value in fitting.items() if value != values.get(name)}
    talk = len(answer.split()) > _most_words or match.yes_no(answer, language=language) is not None
    return {} if talk else {name: value for name, value in free.items() if value != values.get(name)}


def _read(text: str, slot: Slot, at: Situation) -> object:
    return slot.kind.heard(text, at) if at.spoken else slot.typed(text, at)


def _called(slots: Mapping[str, Slot]) -> Iterable[tuple[str, str]]:
    """(slot, pattern of what people call it), the longest name first."""
    names = [
        (name, {normalise(name.replace("_", " ")), normalise(slot.called(name))})
        for name, slot in slots.items()
    ]
    pairs = [(name, called) for name, several in names for called in several if called]
    for name, called in sorted(pairs, key=lambda pair: len(pair[1]), reverse=True):
        yield name, re.escape(called).replace(r"\ ", " ")
