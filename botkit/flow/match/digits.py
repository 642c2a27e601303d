"""Strings of digits: telephone numbers, customer numbers, codes."""

from __future__ import annotations

from collections.abc import Iterator

from .words import essence, normalise

DIGIT_WORDS = {
    "zero": "0", "oh": "0", "o": "0", "nought": "0", "one": "1", "two": "2", "three": "3", "four": "4",
    "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
_heard_as = {
    "won": "1", "to": "2", "too": "2", "for": "4", "fore": "4", "fife": "5", "ate": "8", "niner": "9",
    "owe": "0",
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


def digits(text: str, *, spoken: bool = False) -> str | None:
    """A string of digits, written in figures or words: `0 30/12`, `double five one`.

    `spoken`: of a recogniser, which may also write `to` for two, and pairs: `thirty three` is 33.
    """
    words = (essence(text) if spoken else normalise(text)).replace("+", " ").replace("_", " ").split()
    found: list[str] = []
    times = 1
    for word in _with_pairs(words) if spoken else words:
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


def _with_pairs(words: list[str]) -> Iterator[str]:
    """The words with figures for what is a digit by its sound, and for pairs of digits."""
    pending = ""
    for word in words:
        figure = DIGIT_WORDS.get(word) or _heard_as.get(word, word)
        if pending:
            follows = len(figure) == 1 and figure in "123456789"
            yield pending + (figure if follows else "0")
            pending = ""
            if follows:
                continue
        if word in _tens:
            pending = _tens[word]
        else:
            yield _teens.get(word, figure)
    if pending:
        yield f"{pending}0"
