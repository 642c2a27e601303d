"""What is spelled out, letter by letter."""

from __future__ import annotations

import re

from .digits import DIGIT_WORDS
from .words import LONGEST, normalise

_alphabet = (
    "alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliet", "kilo",
    "lima", "mike", "november", "oscar", "papa", "quebec", "romeo", "sierra", "tango", "uniform", "victor",
    "whiskey", "x ray", "yankee", "zulu",
)  # fmt: skip
_sounds = {
    "alfa": "a", "ay": "a", "be": "b", "bee": "b", "see": "c", "sea": "c", "cee": "c", "dee": "d",
    "ef": "f", "eff": "f", "gee": "g", "aitch": "h", "eye": "i", "jay": "j", "juliett": "j", "kay": "k",
    "el": "l", "ell": "l", "em": "m", "en": "n", "oh": "o", "pea": "p", "pee": "p", "cue": "q",
    "queue": "q", "are": "r", "ar": "r", "ess": "s", "tea": "t", "tee": "t", "you": "u", "vee": "v",
    "whisky": "w", "ex": "x", "xray": "x", "why": "y", "zed": "z", "zee": "z",
}  # fmt: skip
"""What a recogniser writes for a letter."""
_letters = {word: word[0] for word in _alphabet} | _sounds
_example = re.compile(r"\b([a-z]|[a-z]{2,5}) (?:as in|like|for) (?:an? )?([a-z]+)\b")
_times = {"double": 2, "triple": 3}


def spelled(text: str) -> str | None:
    """Letters, in capitals, and digits: `B for bravo, L, five`, `November Alpha`, `double u`, `A B C`.

    Words that are no letters make it None: it was said, not spelled.
    """
    apart = re.sub(r"\b[A-Z0-9]{2,}\b", lambda block: " ".join(block[0]), text[:LONGEST])
    said = normalise(apart).replace("double u", "w").replace("x ray", "xray")
    found: list[str] = []
    times = 1
    for word in _example.sub(_by_example, said).split():
        if word in _times and times == 1:
            times = _times[word]
            continue
        sign = word if len(word) == 1 else _letters.get(word) or DIGIT_WORDS.get(word, "")
        if not (sign.isascii() and sign.isalnum()):
            return None
        found.append(sign.upper() * times)
        times = 1
    return "".join(found) if found and times == 1 else None


def _by_example(said: re.Match[str]) -> str:
    """The letter of `b as in bravo`: what the word begins with, where the recogniser heard it so."""
    letter = said[1] if len(said[1]) == 1 else _letters.get(said[1], "")
    return letter if letter == said[2][0] else said[0]
