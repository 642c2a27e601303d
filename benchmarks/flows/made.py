"""Flow files as people write them, as many as are wanted: no text of one stands in another."""

from __future__ import annotations

from pathlib import Path

HEAD = """\
flow: desk{n}
title: Desk {n}
start:
  - mention: {{words: [desk{n}]}}
config:
  operator: {{default: operator{n}@example.com}}
slots:
  name: {{ask: "What is your name, for desk {n}?"}}
  phone: {{type: digits, length: 6..15, ask: "{{{{ name or 'You' }}}}, which number may desk {n} call?"}}
  people: {{type: number, min: 1, max: 20, ask: For how many at desk {n}?}}
globals:
  operator: {{key: 0, words: [somebody else], go: human}}
steps:
  - collect: [name]
"""
ROUND = """\
  - say: Good day {{{{ name }}}}, this is part {m} of desk {n}.
  - id: menu{m}
    choose: "{{{{ user.first_name }}}}, what can desk {n} do for you in part {m}?"
    options:
      hours:   {{key: 1, label: opening hours, words: [hours, open]}}
      message: {{key: 2, label: leaving a message, words: [call back]}}
    into: wish
    no_match:
      - Sorry, desk {n} did not understand that in part {m}.
  - switch: wish
    cases:
      hours:
        - say: Desk {n} is open from {m} to five, {{{{ name }}}}.
      message:
        - collect: [phone]
        - post: "{{{{ name }}}} asks desk {n} for a call back in part {m}: {{{{ phone }}}}."
          to: "{{{{ config.operator }}}}"
"""
TAIL = """\
  - collect: [people]
  - if: people > {n}
    then:
      - say: That is more than desk {n} can do, {{{{ name }}}}.
  - go: over
  - id: human
    transfer: "{{{{ config.operator }}}}"
    outcomes:
      otherwise:
        - end: Nobody is at desk {n}.
  - id: over
    end: Goodbye from desk {n}.
"""
ROUNDS = 7
"""Which makes 50 steps a flow."""


def write(folder: Path, count: int, *, version: int = 0) -> None:
    """So many files in `folder`."""
    for number in range(count):
        write_one(folder, number, version)


def write_one(folder: Path, number: int, version: int) -> None:
    """One of them; another version has other words."""
    rounds = "".join(ROUND.format(n=number, m=f"{part}.{version}".replace(".", "")) for part in range(ROUNDS))
    text = HEAD.format(n=number) + rounds + TAIL.format(n=number)
    (folder / f"desk{number}.yaml").write_text(text, encoding="utf-8")
