"""The dialogue that everybody holds: greet and ask the name, one of three, yes or no, summary.

The platform has no forms, and the questions say by themselves what can be chosen.
"""

from __future__ import annotations

from pathlib import Path

FLOW = """\
flow: order
start:
  - item_added: {words: [hello]}
slots:
  name: {ask: "Good day. What is your name?"}
  colour:
    type: choice
    options: {red: {}, green: {}, blue: {}}
    prompt: {chat: "Red, green or blue, {{ name }}?"}
  gift: {type: yes_no, prompt: {chat: "Is it a present?"}}
steps:
  - collect: [name, colour, gift]
  - end: "{{ name }} gets {{ colour }}, and it is {{ 'a' if gift else 'no' }} present."
"""
PEOPLE = 200
"""Who hold it side by side, over and over."""
TURNS = 4
"""Of a dialogue: one message in, one reply out each."""


def says(person: int, turn: int) -> str:
    """What a person says in a turn of theirs, counted from 0."""
    return ("hello", f"Ann{person}", "green", "yes")[turn % TURNS]


def reply(person: int, turn: int) -> str:
    """What the bot must reply to that."""
    return (
        "Good day. What is your name?",
        f"Red, green or blue, Ann{person}?",
        "Is it a present?",
        f"Ann{person} gets green, and it is a present.",
    )[turn % TURNS]


def write(folder: Path) -> Path:
    """The flow as a file in `folder`."""
    path = folder / "order.yaml"
    path.write_text(FLOW, encoding="utf-8")
    return path
