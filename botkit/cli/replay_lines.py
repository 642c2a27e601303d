"""Turns of a replay, then and today side by side."""

from __future__ import annotations

import json
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import zip_longest

from msgspec.structs import asdict
from rich.console import Console
from rich.table import Table
from rich.text import Text

from botkit.cli.journal_words import effect_words, input_words, quoted
from botkit.flow.replay import Round, mark
from botkit.model import codec
from botkit.model.effects import Ask, Effect, Post, React, Say
from botkit.model.inputs import Input
from botkit.model.reasons import Reason, because


def show_round(console: Console, each: Round, *, both: bool) -> None:
    """What came in; with `both` also what was made of it then and today."""
    head = f"{each.number:>4}  {each.at:%H:%M:%S}  "
    console.print(
        Text(head)
        + Text(input_words(_plain(each.given)), style="bold cyan")
        + Text(f"  {each.note}" if each.note else "", "yellow")
    )
    if not both:
        return
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=True, header_style="dim", expand=False)
    table.add_column("")
    table.add_column("then", ratio=1, overflow="fold")
    table.add_column("today", ratio=1, overflow="fold")
    for same, then, today in _beside(each):
        table.add_row("    " if same else "   *", Text(then), Text(today), style="" if same else "bold")
    console.print(table)


def _beside(each: Round) -> Iterator[tuple[bool, str, str]]:
    """What was and what would be, line by line; whether both say the same."""
    then, today = ([mark(part) for part in parts] for parts in (each.then, each.today))
    for kind, a, b, c, d in SequenceMatcher(None, then, today, autojunk=False).get_opcodes():
        for old, new in zip_longest(each.then[a:b], each.today[c:d]):
            was, now = (_words(part) if part else "-" for part in (old, new))
            same = kind == "equal"
            yield same, was, now if same or was != now else f"{now} (with other settings)"


def _words(part: Reason | Effect) -> str:
    if isinstance(part, Reason):
        own = "" if part.step.rpartition(".")[2].isdigit() else f" {part.step}"
        branch = f" -> {part.branch}" if part.branch else ""
        condition = because(part.verb, part.branch, part.condition)
        why = f" because {condition}" if condition else ""
        return quoted(f"{part.flow}:{part.line} {part.verb}{own}{branch}{why}")[1:-1]
    match part:
        case Say(text=text):
            return f"says {quoted(text)}"
        case Ask(question=question):
            return f"asks {quoted(question.prompt)}" + (" with a form" if question.form else "")
        case Post(text=text, to=to):
            return f"posts {quoted(text)}" + (f" to {quoted(to)[1:-1]}" if to else "")
        case React(reaction=reaction):
            return f"reacts: {reaction}"
        case _:
            return effect_words(_plain(part)) or type(part).__name__


def _plain(value: Input | Effect) -> list[object]:
    """As the journal has it."""
    data = json.loads(codec.dump(value))
    assert isinstance(data, list)
    return data


def round_json(each: Round) -> dict[str, object]:
    """All of it."""
    return {
        "turn": each.number,
        "at": each.at.isoformat(),
        "input": _plain(each.given),
        "same": each.same,
        "note": each.note,
        "then": [_part_json(part) for part in each.then],
        "today": [_part_json(part) for part in each.today],
    }


def _part_json(part: Reason | Effect) -> object:
    return asdict(part) if isinstance(part, Reason) else _plain(part)
