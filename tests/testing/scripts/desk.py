"""A bot to hold scripts against, written into a folder."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

FLOW = """\
flow: desk
start:
  - call_incoming
  - mention: {words: [help]}
config:
  company: {default: Example Ltd}
  agent: {default: olivia@example.com}
slots:
  number: {type: digits, length: 4..8, ask: Which number?}
globals:
  menu: {key: "*", words: [menu], go: menu}
steps:
  - say: Welcome to {{ config.company }}.
  - id: menu
    choose: What can I do for you?
    options:
      hours: {key: 1, label: opening hours, words: [hours]}
      ticket: {key: 2, label: a ticket, words: [ticket]}
      agent: {key: 3, label: a person, words: [person]}
    into: wish
    no_input:
      - I did not hear anything.
    no_match:
      - Sorry, I did not understand.
  - switch: wish
    cases:
      hours:
        - end: It is {{ now | date }}. We are open.
      ticket:
        - collect: [number]
        - run: price_of
          with: {number: "{{ number }}"}
          timeout: 5s
          into: price
          outcomes:
            otherwise:
              - end: No price today.
        - post: "{{ user.name }} asks for {{ number }}"
          to: "{{ config.agent }}"
          subject: Ticket
        - end: That is {{ price }} euros.
      agent:
        - dial: "{{ config.agent }}"
          flow: offer
          outcomes:
            otherwise:
              - end: Nobody is there.
        - end: They know.
flows:
  offer:
    steps:
      - choose: A caller waits. Will you call back?
        options:
          later: {key: 1, words: [later]}
          never: {key: 2, words: [never]}
"""

BOT = """\
bot: desk
platform: {connector: circuit, domain: example.com}
flows: [flows/]
handlers: [handlers.py]
"""

HANDLERS = """\
from botkit import step_handler

asked = 0

@step_handler
def price_of(number: str) -> int:
    global asked
    asked += 1
    return len(number) * asked
"""


def write_bot(folder: Path, *, flow: str = FLOW) -> Path:
    """The bot's files; returns its bot.yaml."""
    (folder / "flows").mkdir(parents=True)
    (folder / "flows" / "desk.yaml").write_text(flow)
    (folder / "handlers.py").write_text(HANDLERS)
    (folder / "bot.yaml").write_text(BOT)
    return folder / "bot.yaml"


def write_scripts(bot: Path, scripts: str, name: str = "desk.yaml") -> Path:
    """A script file of it: `scripts` is what stands below `test: desk`."""
    file = bot.parent / "scripts" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("test: desk\n" + dedent(scripts))
    return file
