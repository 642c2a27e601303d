"""A string that cannot be printed."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator
from urllib.parse import quote

MASK = "***"
"""What stands in a journal for the answer to a secret question."""
SHORTEST = 6
"""Signs of a secret of bot.yaml that are looked for: fewer stand in too much else."""


class Secret:
    """Holds a secret; `reveal()` is the only way to its text."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself. Call it where the secret leaves for the wire, nowhere else."""
        return self._text

    def __repr__(self) -> str:
        return "Secret('***')"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a Secret is not pickled")


def spellings(secrets: Iterable[Secret]) -> frozenset[str]:
    """How secrets may stand in what others write: as they are, in a URL, in JSON, in what Python quotes, and
    in Base64, alone or as a part, like the password of `Authorization: Basic`."""
    found: set[str] = set()
    for secret in secrets:
        text = secret.reveal()
        found |= {text, quote(text, safe=""), repr(text)[1:-1], *_in_base64(text.encode())}
        found |= {json.dumps(text, ensure_ascii=escaped)[1:-1] for escaped in (True, False)}
    return frozenset(form for form in found if len(form) >= SHORTEST)


def _in_base64(data: bytes) -> Iterator[str]:
    """All signs that `data` alone decides, in each alphabet and percent-encoded, wherever in a group of three
    bytes it begins: at the end, where padding may follow, and with others behind it."""
    for before in range(3):
        # Bytes before it have a share in the first signs, and those behind it change the last one.
        last = b64encode(bytes(before) + data).decode()[(0, 2, 3)[before] :].rstrip("=")
        whole = (before + len(data)) % 3 == 0
        for form in (last,) if whole else (last, last[:-1]):
            yield from (form, form.replace("+", "-").replace("/", "_"), quote(form, safe=""))
