"""Values of a script file as data."""

from __future__ import annotations


def plain_value(value: object) -> object:
    """What a value of a file is as data: numbers, yes and no, as YAML reads them; all else is text."""
    if isinstance(value, dict):
        return {str(key): plain_value(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain_value(inner) for inner in value]
    if isinstance(value, str):
        return _SCALARS.get(value, _number(str(value)))
    return value


_SCALARS: dict[str, object] = {
    "true": True,
    "yes": True,
    "false": False,
    "no": False,
    "null": None,
    "none": None,
}


def _number(text: str) -> object:
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        if str(number) == text:  # 007 and +49 are texts
            return number
    return text
