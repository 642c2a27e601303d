"""E-mail addresses, typed or spelled."""

from __future__ import annotations

import re

from .digits import DIGIT_WORDS
from .spelling import spelled
from .words import LONGEST, essence

_atom = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_label = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_address = re.compile(
    rf"{_atom}(?:\.{_atom})*@{_label}(?:\.{_label})*\.[a-z][a-z0-9-]{{0,61}}[a-z0-9]", re.ASCII
)
"""RFC 5321 without quoted names and address literals, which nobody has; a domain has a dot here."""
_around = re.compile(r"^(?:mailto:)?<?(.*?)>?\.?$", re.IGNORECASE)
_signs = {
    "at": "@", "dot": ".", "point": ".", "period": ".", "dash": "-", "hyphen": "-", "minus": "-",
    "underscore": "_", "plus": "+",
}  # fmt: skip
_openings = (
    "my email address is ", "my e mail address is ", "my email is ", "my e mail is ", "my address is ",
    "the address is ", "email ",
)  # fmt: skip
LONGEST_ADDRESS = 254


def email(text: str) -> str | None:
    """A typed address. The domain is in small letters, which mean the same there."""
    found = _around.match(text.strip()[:LONGEST])
    plain = found[1].strip() if found else ""
    if len(plain) > LONGEST_ADDRESS or not _address.fullmatch(plain.casefold()):
        return None
    name, _, domain = plain.rpartition("@")
    return f"{name}@{domain.lower()}" if len(name) <= 64 else None


def spoken_email(text: str) -> str | None:
    """`ada dot lovelace at example dot com`, `A D A at example dot com`, `b as in bravo ...`.

    Written in small letters: nobody says which are capitals.
    """
    if "@" in text:
        said = text.casefold().strip()
        for opening in _openings:
            said = said.removeprefix(opening)
        return email("".join(said.split()).rstrip("!?,"))
    # Letters that stand alone must be told from words before case is evened out.
    said = essence(re.sub(r"(?<=[a-z0-9])\.(?=[a-z])", " dot ", text.rstrip(".!? "), flags=re.IGNORECASE))
    for opening in _openings:
        said = said.removeprefix(opening)
    pieces: list[str] = []
    part: list[str] = []
    for word in said.replace("_", " underscore ").split():
        if word in _signs:
            pieces += [_joined(part), _signs[word]]
            part = []
        else:
            part.append(word)
    return email("".join([*pieces, _joined(part)]))


def _joined(words: list[str]) -> str:
    """What stands between two signs: a word or several, or letters one by one."""
    letters = len(words) > 1 and sum(len(word) == 1 for word in words) * 2 >= len(words)
    spelt = spelled(" ".join(words)) if letters or " as in " in f" {' '.join(words)} " else None
    return spelt.lower() if spelt else "".join(DIGIT_WORDS.get(word, word) for word in words)
