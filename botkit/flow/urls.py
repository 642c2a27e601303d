"""URLs with values in them. What people wrote can become a segment of the path or a value of the query, and
never more: it is percent-encoded, and the server's address stands in the file or comes from `config`.

Source: RFC 3986.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote, unquote

from .document import Location
from .expressions import Refused, Scope, Values, plain
from .pieces import Piece, pieces
from .templates import Template, compile_text
from .values import Fault, as_text

_longest = 8_000
"""Characters; servers refuse more."""
_config = "\0"
"""Stands for what comes from `config` where a URL is looked at before it is known."""
_addressed = re.compile(
    rf"(?: https?://[^/?\#]+ | {_config}://[^/?\#]+ | {_config}(?!:/)[^/?\#]* ) [/?\#]",
    re.VERBOSE | re.IGNORECASE,
)
"""An address that is over: what follows can be no part of it."""
_server = re.compile(r"https?://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?(?=[/?#])", re.IGNORECASE)
_kept = "%/:?#[]@!$&'()*+,;=~"
"""Signs of the author's that stay what they are."""


class BrokenUrl(Fault):
    """The values make no URL of it, or another one than the author meant."""


def compile_url(source: str, at: Location | None = None, scope: Scope = plain) -> Template:
    """A URL whose value is ready to be sent, or raises `BrokenUrl`. Raises `Refused`."""
    if re.search(r"\s", re.sub(r"\{\{.*?\}\}", "", source)):
        raise Refused("There is a blank in the URL.", "Write `%20`, or put the value in with `{{ ... }}`.")
    text = compile_text(source, at, scope)
    found = pieces(source, scope)
    _check_address(found)
    return replace(text, constant=None, value=lambda values: _rendered(found, values))


def _check_address(found: Sequence[Piece]) -> None:
    head = ""
    for piece in found:
        if not piece.is_the_authors:
            break
        head += _config if piece.literal is None else piece.literal
    else:
        head += "/"
    if not _addressed.match(head):
        raise Refused(
            "It is not certain which server this is for.",
            "Begin with `https://SERVER/` or `{{ config.NAME }}/`; values come behind that.",
        )


def _rendered(found: Sequence[Piece], values: Values) -> str:
    url = address = ""
    for piece in found:
        text = as_text(piece.value(values))
        if not piece.is_the_authors:
            address = address or _address(url)
            in_path = "?" not in url and "#" not in url
            if in_path and not text:
                raise BrokenUrl("a value that the URL's path needs is empty")
            text = quote(text, safe="", errors="replace")
        url += text
    if len(url) > _longest:
        raise BrokenUrl(f"the URL is longer than {_longest:,} characters")
    path = re.split(r"[?#]", url[len(address or _address(url + "/")) :])[0]
    if address and any(unquote(segment) in (".", "..") for segment in path.split("/")):
        raise BrokenUrl("a value would lead to another place: the URL's path has `..` in it")
    return quote(url, safe=_kept, errors="replace")


def _address(url: str) -> str:
    """Scheme and server."""
    found = _server.match(url)
    if found is None:
        raise BrokenUrl(f"`{url[:60]}` begins with no server's address")
    return found[0]
