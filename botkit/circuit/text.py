"""Plain text to Circuit's RICH content and back.

RICH is a small subset of HTML: `b i ul ol li a br hr`, `span.mention` with the user id in `abbr`, and
`img.emoticon-icon`. People and hooks see plain text: line breaks as newlines, mentions as `@Name`.
Reading is tolerant: a tag nobody knows is dropped, a lone `<` is text. What `to_rich` wrote, `parse`
reads back exactly, save that every line end is a newline.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mention:
    """One `@Name` of a message."""

    user_id: str
    name: str
    """Without the `@`."""


Piece = str | Mention

_PRIVATE_DATA = "||::$$privateData="
_PRIVATE_PREFIX = re.compile(r"\|\|::\$\$privateData=.*?::\|\|", re.DOTALL)
# Neither class can cross the next "<", so a text full of "<" stays linear.
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s|/)[^<>]*)?>")
_ATTRIBUTE = re.compile(r"""([a-zA-Z-]+)\s*=\s*("[^"]*"|'[^']*')""")
_BREAKS = frozenset({"br", "hr", "p", "div", "li"})
_AFTER_ADDRESS = re.compile(r"^\s*[,:;]?\s*")


def to_rich(text: str, mentions: Sequence[Mention] = ()) -> str:
    """Plain text as RICH content, the mentions put before it."""
    # Clients cut a prefix of this kind off, so it is written in a way they do not recognise.
    body = "&#124;" + _escape(text[1:]) if text.startswith(_PRIVATE_DATA) else _escape(text)
    spans = (
        f'<span class="mention" abbr="{html.escape(each.user_id)}">@{_escape(each.name)}</span> '
        for each in mentions
    )
    return "".join(spans) + body


def parse(content: str, content_type: str = "RICH") -> tuple[Piece, ...]:
    """Content as its texts and mentions, in order."""
    content = _PRIVATE_PREFIX.sub("", content, count=1) if content.startswith(_PRIVATE_DATA) else content
    if content_type == "PLAIN":
        return (content,) if content else ()
    # People's clients write a space as this entity where a browser would swallow it.
    content = content.replace("&nbsp;", " ")
    pieces: list[Piece] = []
    mention: str | None = None
    name = ""
    end = 0
    for tag in _TAG.finditer(content):
        text, end = html.unescape(content[end : tag.start()]), tag.end()
        closing, kind, attributes = tag[1] == "/", tag[2].lower(), _attributes(tag[3] or "")
        if mention is not None:
            name += text
            if closing and kind == "span":
                _add(pieces, Mention(mention, name.removeprefix("@")))
                mention = None
            continue
        _add(pieces, text)
        if kind == "span" and not closing and "mention" in attributes.get("class", "").split():
            mention, name = attributes.get("abbr", ""), ""
        elif kind == "img":
            _add(pieces, attributes.get("alt") or attributes.get("abbr", ""))
        elif kind in _BREAKS and not closing:
            _break(pieces, kind)
    rest = html.unescape(content[end:])
    _add(pieces, rest if mention is None else Mention(mention, (name + rest).removeprefix("@")))
    return tuple(pieces)


def join(pieces: Sequence[Piece]) -> str:
    """Pieces as plain text."""
    return "".join(f"@{piece.name}" if isinstance(piece, Mention) else piece for piece in pieces)


def mentioned(pieces: Sequence[Piece]) -> tuple[str, ...]:
    """The ids of the users mentioned, each once, in order."""
    return tuple(dict.fromkeys(piece.user_id for piece in pieces if isinstance(piece, Mention)))


def after_address(pieces: Sequence[Piece], user_ids: Collection[str]) -> str:
    """The plain text without leading mentions of these users: `@Bot, hours` is `hours`."""
    remaining = list(pieces)
    addressed = False
    while remaining:
        first = remaining[0]
        if isinstance(first, Mention) and first.user_id in user_ids:
            addressed = True
        elif isinstance(first, Mention) or first.strip():
            break
        remaining.pop(0)
    return _AFTER_ADDRESS.sub("", join(remaining), count=1) if addressed else join(pieces)


def after_own_mentions(pieces: Sequence[Piece]) -> str:
    """The plain text that `to_rich` was given, its mentions taken off again."""
    remaining = list(pieces)
    while len(remaining) > 1 and isinstance(remaining[0], Mention) and isinstance(remaining[1], str):
        text = remaining[1].removeprefix(" ")
        remaining[:2] = [text] if text else []
    return join(remaining)


def _escape(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return html.escape(text, quote=False).replace("\n", "<br>")


def _attributes(text: str) -> dict[str, str]:
    return {key.lower(): html.unescape(value[1:-1]) for key, value in _ATTRIBUTE.findall(text)}


def _add(pieces: list[Piece], piece: Piece) -> None:
    if isinstance(piece, str) and pieces and isinstance(pieces[-1], str):
        pieces[-1] += piece
    elif piece != "":
        pieces.append(piece)


def _break(pieces: list[Piece], kind: str) -> None:
    # A break is always one, but a block begins a line only if it is not at the start of one already.
    fresh = not pieces or (isinstance(pieces[-1], str) and pieces[-1].endswith("\n"))
    if kind in ("br", "hr") or not fresh:
        _add(pieces, "\n")
    if kind == "li":
        _add(pieces, "- ")
