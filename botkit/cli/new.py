"""`botkit new`: the folder of a bot to begin with."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

HELP = "make a bot to begin with"
DESCRIPTION = """\
Make a folder with a bot that works: a bot.yaml, a flow for chat and phone, a Python function beside it,
and conversation scripts that test them.
Nothing that is there already is written over."""

PLACES = {"gitignore": ".gitignore"}
"""Files whose name in the template is not the one they get."""

_not_in_names = re.compile(r"[^a-z0-9]+")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="where; its name becomes the bot's")


def run(options: argparse.Namespace) -> int:
    folder: Path = options.folder
    made = make(folder)
    for path in made:
        print(path)
    print(f"\nNow try:\n  botkit demo {folder / 'bot.yaml'}")
    return 0


def make(folder: Path) -> list[Path]:
    """Write the files; returns their paths. Raises `UsageError` when one is there already, `WorldError`."""
    from botkit.model.errors import UsageError, WorldError

    template = Path(__file__).parent / "template"
    name = _not_in_names.sub("-", folder.resolve().name.lower()).strip("-") or "bot"
    sources = [path for path in sorted(template.rglob("*")) if path.is_file() and path.suffix != ".pyc"]
    places = {_place(folder, source.relative_to(template)): source for source in sources}
    there = [path for path in places if path.exists()]
    if there:
        raise UsageError(
            f"{there[0]} is there already; nothing was written.",
            where=str(folder),
            remedy="Name a folder that does not exist yet.",
        )
    try:
        for path, source in places.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source.read_text(encoding="utf-8").replace("NAME", name), encoding="utf-8")
    except OSError as error:
        raise WorldError(
            f"{folder} cannot be written: {error.strerror}.", remedy="Name another one."
        ) from error
    return list(places)


def _place(folder: Path, path: Path) -> Path:
    return folder / path.with_name(PLACES.get(path.name, path.name))
