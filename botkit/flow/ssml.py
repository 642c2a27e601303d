"""SSML as plain text: what chat shows, and what a voice without SSML says.

A text is SSML when it begins with `<speak`. Only elements and the five entities of XML are read: a document
type, which could define more, is refused.
Source: https://www.w3.org/TR/speech-synthesis11/.
"""

from __future__ import annotations

import re
from html import unescape
from xml.parsers import expat
from xml.sax.saxutils import escape

__all__ = ["escape", "fault", "followed", "is_ssml", "plain"]

_tags = re.compile(r"<[^<>]*>?")
_blanks = re.compile(r"[ \t\r\n]+")
_breaking = frozenset({"p", "s", "break", "audio", "sub"})
"""Elements that part words."""
_unspoken = frozenset({"desc", "metadata", "lexicon"})
"""Elements whose text nobody hears."""
_deepest = 50


class _Malformed(Exception):
    """It is no SSML."""


def is_ssml(text: str) -> bool:
    """Whether this is meant as SSML."""
    return "<" in text and text.lstrip()[:6].lower() == "<speak"


def fault(text: str) -> str:
    """What is wrong with SSML; empty when nothing is."""
    try:
        _read(text)
    except _Malformed as error:
        return str(error)
    return ""


def plain(text: str) -> str:
    """`text` without markup. What is no SSML comes back as it is; from malformed SSML the tags are cut."""
    if not is_ssml(text):
        return text
    try:
        found = _read(text)
    except _Malformed:
        found = unescape(_tags.sub(" ", text))
    return _blanks.sub(" ", found).strip()


def followed(text: str, more: str) -> str:
    """`text` with more behind it, inside its markup if it has any."""
    if not more:
        return text
    head, tag, tail = text.rpartition("</speak>")
    return f"{head} {escape(more)}{tag}{tail}" if tag and is_ssml(text) else f"{text} {more}"


def _read(text: str) -> str:
    parts: list[str] = []
    open_elements: list[str] = []
    parser = expat.ParserCreate()

    def start(name: str, attributes: dict[str, str]) -> None:
        open_elements.append(name)
        if len(open_elements) > _deepest:
            raise _Malformed("its elements are nested too deep")
        if name in _breaking:
            parts.append(" ")

    def end(name: str) -> None:
        open_elements.pop()
        if name in _breaking:
            parts.append(" ")

    def characters(data: str) -> None:
        if not _unspoken.intersection(open_elements):
            parts.append(data)

    def refuse(*_: object) -> None:
        raise _Malformed("a document type is not part of it")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(text.strip().encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        raise _Malformed(f"{expat.ErrorString(error.code)}, in line {error.lineno}") from None
    return "".join(parts)
