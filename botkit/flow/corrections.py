"""What somebody says who wants an earlier answer otherwise: `no, Tuesday`, `the name is Bob`, `change the
date`. Pure, and nothing is guessed: all that may be meant is told, and who asks has to ask which."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from botkit.model.speech import SpeechKind

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
    but: str
    """A yes that is none yet."""
    talk: str
    """Words that answer nothing, though a free text could hold them; blanks between them."""


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
    but=r"(?:yes|yeah|yep|ok|okay|right|correct)[ ,]+(?:but|except)(?: that)?",
    talk="a all as bye can't cancel cannot correct doubt enough everything fine forget good goodbye great "
    "hello help hi i idea is it it's just later mind my need never nothing ok okay perfect problem quite "
    "right said stop sure that that's the very wait way worries",
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
    but=r"(?:ja|ok|okay|gut|richtig)[ ,]+(?:aber|nur)",
    talk="abbrechen alles auf bestens bis das egal es ganz genug gut hallo hilfe ist nichts ok okay passt "
    "prima problem reicht richtig schon sehr stimmt stop stopp super später tschüss war war's wars "
    "wiederhören wiedersehen",
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
    but = re.match(rf"(?:{words.but})(?![\w'])[{re.escape(_edges)}]*", plain, re.IGNORECASE)
    rest, leading = _after_leads(plain[but.end() :] if but else plain, words)
    only_changes = only_changes and but is None
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
    answer = _answer(rest, words)
    fitting = {
        name: value
        for name, slot in slots.items()
        # A yes or no beside the name of nothing answers the question, and corrects no answer.
        if not slot.kind.anything and slot.kind.speech is not SpeechKind.YES_NO
        if (value := _read(answer, slot, at)) is not None
    }
    if not fitting and leading and not _is_talk(answer, words):
        fitting = _free(answer, slots, at)
    return {name: value for name, value in fitting.items() if value != values.get(name)}


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
            if slots[name].kind.anything and found is behind:
                continue
            if slots[name].kind.anything and _is_talk(found["value"], words):
                return {}  # "the name is fine"
            if value is not None:
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


def _free(answer: str, slots: Mapping[str, Slot], at: Situation) -> dict[str, object]:
    """The slots that take anything. Not more than a few words, of which none answers another slot."""
    said = answer.split()
    others = [slot for slot in slots.values() if not slot.kind.anything]
    if (
        len(said) > _most_words
        or match.yes_no(answer, language=at.wording.language) is not None
        or any(_read(word, slot, at) is not None for word in said for slot in others)
    ):
        return {}
    found = {name: _read(answer, slot, at) for name, slot in slots.items() if slot.kind.anything}
    return {name: value for name, value in found.items() if value is not None}


def _is_talk(answer: str, words: _Words) -> bool:
    return all(word.strip(_edges).casefold() in words.talk.split() for word in answer.split())


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
