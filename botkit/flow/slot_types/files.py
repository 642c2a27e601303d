"""Files that people send."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from botkit.flow.values import as_text
from botkit.model.inputs import ReceivedFile

from .base import Situation, SlotType

_parts = {"name": str, "content_type": str, "size": int, "file": str}


class FileType(SlotType):
    """A file that comes with a message on chat, 20 MB at most. A call cannot send one: there, `record`."""

    name = "file"
    hints = {"en": "a file, sent with a message", "de": "eine Datei, mit einer Nachricht geschickt"}
    value = (
        "`name`, `content_type`, `size` (bytes), and `file`, what it is kept as. `post: ... files: [photo]` "
        "sends it on; a handler gets all four."
    )
    answers = ("a photo, attached",)
    by_files = True
    on_calls = False
    in_forms = False

    def typed(self, text: str, at: Situation) -> object:
        return None

    def attached(self, files: Sequence[ReceivedFile]) -> object:
        return as_value(files[0]) if len(files) == 1 else None

    def coerced(self, value: object, at: Situation) -> object:
        if not isinstance(value, Mapping) or not isinstance(value.get("file"), str):
            return None
        kept = {part: value.get(part, kind()) for part, kind in _parts.items()}
        fits = all(isinstance(kept[part], kind) for part, kind in _parts.items())
        return kept if fits else None

    def said(self, value: object, at: Situation) -> str:
        return self.written(value)

    def written(self, value: object) -> str:
        return as_text(value["name"]) if isinstance(value, Mapping) and "name" in value else ""


def as_value(file: ReceivedFile) -> dict[str, object]:
    """A received file as slots keep it."""
    return {"name": file.name, "content_type": file.content_type, "size": file.size, "file": file.file}
