"""The JSON Schema of script files, for editors."""

from __future__ import annotations

from botkit.flow.json_schema import Json, step_file_schema

from .shape import ScriptFile
from .verbs import by_verb


def script_schema() -> Json:
    """Made of the classes that read them."""
    verbs = by_verb()
    bare = [verb for verb, cls in verbs.items() if cls.bare]
    return step_file_schema("Conversation scripts of botkit", ScriptFile, verbs, bare)
