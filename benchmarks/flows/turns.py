"""How many turns of a flow one core takes: the pure engine alone, beside a bare table and LangGraph."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import Figure
from benchmarks.flows import table_peer
from benchmarks.peers import python_with
from botkit.flow.engine import FlowSet, step
from botkit.flow.loader import load_flows
from botkit.model.inputs import Begin, TextReceived
from botkit.model.session import Channel, Person, Session, Turn

LANGGRAPH = "langgraph==1.2.22"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
WORDS = ("red", "green", "blue")

PLAIN = """\
flow: colours
steps:
  - id: again
    say: Welcome back.
  - choose: What now?
    options: {red: {}, green: {}, blue: {}}
    into: colour
  - switch: colour
    cases:
      red:
        - say: Like a rose.
      green:
        - say: Like grass.
      otherwise:
        - say: Like the sky.
  - go: again
limits: {turns: 100000}
"""
"""Say, choose, switch: what most turns of most flows are."""

RENDERED = (
    PLAIN.replace("Welcome back.", '"Welcome back, {{ user.first_name }}."')
    .replace("Like a rose.", '"{{ colour }} like a rose, {{ user.first_name }}."')
    .replace("Like grass.", '"{{ colour }} like grass, {{ user.first_name }}."')
    .replace("Like the sky.", '"{{ colour }} like the sky, {{ user.first_name }}."')
)
"""The same with two rendered texts a turn."""

Step = Callable[[FlowSet, Session, TextReceived, datetime], Turn]


def figures(quick: bool, control: bool) -> Iterable[Figure]:
    """Turns a second of CPU, the best of several rounds, all engines in turn. The control takes each turn
    three times, as a test that it is deterministic would."""
    rounds, turns = (2, 3_000) if quick else (7, 20_000)
    engine: Step = _thrice if control else step
    best = {"plain": 0.0, "rendered": 0.0, "table": 0.0}
    flows = {"plain": _flows(PLAIN), "rendered": _flows(RENDERED)}
    for _ in range(rounds):
        for name, loaded in flows.items():
            best[name] = max(best[name], _rate(engine, loaded, turns))
        best["table"] = max(best["table"], _table(turns))
    yield Figure(name="turns_plain", value=best["plain"], unit="turns/s", limit=30_000, at_least=True)
    yield Figure(name="turns_rendered", value=best["rendered"], unit="turns/s", limit=10_000, at_least=True)
    yield Figure(name="turns_of_a_bare_table", value=best["table"], unit="turns/s")
    graph = _langgraph(200 if quick else 1_000)
    yield Figure(name="turns_of_langgraph", value=graph, unit="turns/s")
    yield Figure(name="turns_per_turn_of_langgraph", value=best["plain"] / graph, unit="times")


def _flows(text: str) -> FlowSet:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "colours.yaml")
        path.write_text(text)
        return load_flows([path])


def _rate(engine: Step, flows: FlowSet, turns: int) -> float:
    ann = Person(id="u1", name="Ann Archer")
    session = Session(id="s", channel=Channel.CHAT, flow="colours", person=ann, conversation_id="c")
    session = step(flows, session, Begin(), NOW).session
    inputs = [TextReceived(text=word) for word in WORDS]
    begun = time.process_time()
    for number in range(turns):
        session = engine(flows, session, inputs[number % 3], NOW).session
    return turns / (time.process_time() - begun)


def _thrice(flows: FlowSet, session: Session, given: TextReceived, now: datetime) -> Turn:
    for _ in range(2):
        step(flows, session, given, now)
    return step(flows, session, given, now)


def _table(turns: int) -> float:
    session = {"at": "hello"}
    table_peer.turn(session, "")
    begun = time.process_time()
    for number in range(turns):
        table_peer.turn(session, WORDS[number % 3])
    return turns / (time.process_time() - begun)


def _langgraph(turns: int) -> float:
    peer = Path(__file__).with_name("langgraph_peer.py")
    done = subprocess.run(
        [python_with(LANGGRAPH), peer, str(turns)], check=True, capture_output=True, text=True, timeout=300
    )
    return float(done.stdout)
