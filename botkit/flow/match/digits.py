"""Strings of digits: telephone numbers, customer numbers, codes."""

from __future__ import annotations

from collections.abc import Sequence

from .words import essence, normalise

DIGIT_WORDS = {
    "zero": "0", "oh": "0", "o": "0", "nought": "0", "one": "1", "two": "2", "three": "3", "four": "4",
    "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
_heard_as = {
    "won": "1", "when": "1", "to": "2", "too": "2", "for": "4", "fore": "4", "fife": "5", "ate": "8",
    "niner": "9", "owe": "0",
}  # fmt: skip
"""What a recogniser writes for a digit that was spoken."""
_teens = {
    "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15",
    "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19",
}  # fmt: skip
_tens = {
    "twenty": "2", "thirty": "3", "forty": "4", "fifty": "5", "sixty": "6", "seventy": "7", "eighty": "8",
    "ninety": "9",
}  # fmt: skip
_times = {"double": 2, "triple": 3}


def digits(text: str, *, spoken: bool = False, joined: bool = False) -> str | None:
    """A string of digits, written in figures or words: `0 30/12`, `double five one`.

    `spoken`: of a recogniser, which may also write `to` for two, and pairs: `thirty three twelve` is 3312.
    A room or a flight is also said in hundreds: `one hundred and eighteen` is 118.
    Pairs among single digits are None: more often than not, one of them was misheard.
    `joined`: an `and` between single digits is none of them (`four and one, two`). It may have been a digit
    all the same, so only who knows how many there are to be should want that.
    """
    words = (essence(text) if spoken else normalise(text)).replace("+", " ").replace("_", " ").split()
    if spoken and joined:
        words = [word for word in words if word != "and"]
    if spoken:
        return _paired(words) or _in_hundreds(words) or _singly([_heard_as.get(word, word) for word in words])
    return _singly(words)


def _singly(words: Sequence[str]) -> str | None:
    found: list[str] = []
    times = 1
    for word in words:
        if word in _times:
            if times > 1:
                return None
            times = _times[word]
            continue
        piece = word if word.isascii() and word.isdigit() else DIGIT_WORDS.get(word)
        if piece is None or (times > 1 and len(piece) != 1):
            return None
        found.append(piece * times)
        times = 1
    return "".join(found) if found and times == 1 else None


def _in_hundreds(words: Sequence[str]) -> str | None:
    """Three digits: so many hundred, and a number below a hundred."""
    if len(words) < 2 or words[1] != "hundred" or DIGIT_WORDS.get(words[0], "0") == "0":
        return None
    rest = [word for word in words[2:] if word != "and"]
    if len(rest) == 1 and rest[0] in DIGIT_WORDS:
        below: str | None = "0" + DIGIT_WORDS[rest[0]]
    else:
        below = _paired(rest) if rest else "00"
    return DIGIT_WORDS[words[0]] + below if below is not None and len(below) == 2 else None


def _paired(words: Sequence[str]) -> str | None:
    """Nothing but numbers from ten to ninety-nine."""
    found: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word in _teens:
            found.append(_teens[word])
        elif word in _tens:
            ones = DIGIT_WORDS.get(rest[0], "0") if rest else "0"
            found.append(_tens[word] + ones)
            if ones != "0":
                rest.pop(0)
        else:
            return None
    return "".join(found) or None
