"""Whether a folder is a model of Vosk's. Vosk itself ends the process over one that is not."""

from __future__ import annotations

from pathlib import Path

ACOUSTIC = ("am/final.mdl", "final.mdl")
"""Where models have their acoustic part: today's, and the first ones."""
GRAPHS = ("graph/HCLG.fst", "graph/HCLr.fst", "HCLG.fst", "HCLr.fst")
DYNAMIC = ("graph/Gr.fst", "Gr.fst")
"""Only a model with a graph of its own for the grammar can take another grammar."""


class NoModel(Exception):
    """The folder is no model; the text says why."""


def checked(path: str) -> Path:
    """The folder of a model. Raises `NoModel`."""
    folder = Path(path)
    if not path:
        raise NoModel("no model is named; name the folder of one: `speech: {model: PATH}`")
    if not folder.is_dir():
        raise NoModel(f"{folder} is no folder")
    for what, names in (("acoustic model", ACOUSTIC), ("graph", GRAPHS)):
        if not any((folder / name).is_file() and (folder / name).stat().st_size for name in names):
            raise NoModel(
                f"{folder} is no Vosk model: its {what} ({' or '.join(names[:2])}) is not there. "
                "Name the folder of an unpacked one"
            )
    return folder


def takes_grammars(folder: Path) -> bool:
    """Whether the words that may be said can be set at run time."""
    return any((folder / name).is_file() for name in DYNAMIC)
