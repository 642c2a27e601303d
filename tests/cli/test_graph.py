"""`botkit graph`."""

from __future__ import annotations

import asyncio
import builtins
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import pytest

from botkit.cli.drawing import dot, mermaid
from botkit.flow.graph import Diagram, Edge, Group, Node, Shape
from botkit.store.sqlite import SqliteStore
from botkit.testing import VirtualClock
from tests.cli.commands import FLOW, Cli
from tests.runtime.house import House


@pytest.fixture
def flow(tmp_path: Path) -> Path:
    (tmp_path / "desk.yaml").write_text(FLOW)
    return tmp_path / "desk.yaml"


ODD = Diagram(
    groups=(
        Group(
            title='A "desk" <#1> & more',
            nodes=(
                Node(id="a", shape=Shape.ENTRY, lines=('say "5 < 6" \\ `x`', "end")),
                Node(id="b", shape=Shape.END, lines=("end",)),
            ),
        ),
    ),
    edges=(Edge(source="a", target="b", label='"yes" | no', aside=True),),
)


def test_mermaid_is_the_default(cli: Cli, flow: Path) -> None:
    outcome = cli("graph", flow)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("flowchart TD\n")
    assert "-->" in outcome.out
    assert "choose Tea or coffee?" in outcome.out


def test_what_mermaid_reads_otherwise_is_escaped() -> None:
    text = mermaid(ODD)
    assert 'subgraph g0["A #34;desk#34; #60;#35;1#62; #38; more"]' in text
    assert 'a(["say #34;5 #60; 6#34; #92; #96;x#96;<br/>end"])' in text
    assert 'a -.->|"#34;yes#34; | no"| b' in text


@pytest.mark.engines
def test_an_svg_by_the_files_name(cli: Cli, flow: Path, tmp_path: Path) -> None:
    outcome = cli("graph", flow, "--output", tmp_path / "desk.svg")
    assert (outcome.code, outcome.out) == (0, "")
    texts = [part.text for part in ElementTree.parse(tmp_path / "desk.svg").iter() if part.text]
    assert "choose Tea or coffee?" in texts
    assert cli("graph", flow, "--format", "svg").out.startswith("<?xml")


@pytest.mark.engines
def test_odd_texts_reach_the_svg_as_they_are() -> None:
    import pygraphviz

    drawn = pygraphviz.AGraph(string=dot(ODD)).draw(format="svg", prog="dot")
    texts = [part.text for part in ElementTree.fromstring(drawn).iter() if part.text]
    assert 'A "desk" <#1> & more' in texts
    assert 'say "5 < 6" \\ `x`' in texts


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (ModuleNotFoundError("No module named 'pygraphviz'"), "pip install 'botkit[graph]'"),
        (ImportError("libgobject-2.0.so.0: cannot open shared object file"), "libglib2.0-0"),
    ],
)
def test_without_graphviz_it_says_what_to_do(
    cli: Cli, flow: Path, monkeypatch: pytest.MonkeyPatch, fault: ImportError, told: str
) -> None:
    real = builtins.__import__

    def gone(name: str, *rest: object) -> object:
        if name == "pygraphviz":
            raise fault
        return real(name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", gone)
    outcome = cli("graph", flow, "--format", "svg")
    assert outcome.code == 1
    assert told in outcome.err
    assert cli("graph", flow).code == 0


def test_broken_flows_are_told_with_place_and_remedy(cli: Cli, flow: Path, tmp_path: Path) -> None:
    flow.write_text(FLOW.replace("- say:", "- sag:"))
    outcome = cli("graph", flow, "--output", tmp_path / "desk.mmd")
    assert outcome.code == 2
    assert "Did you mean `say`?" in outcome.err
    assert not (tmp_path / "desk.mmd").exists()


def test_a_place_that_cannot_be_written(cli: Cli, flow: Path, tmp_path: Path) -> None:
    outcome = cli("graph", flow, "--output", tmp_path / "nowhere" / "desk.mmd")
    assert outcome.code == 2
    assert "desk.mmd: It cannot be written" in outcome.err


def test_what_no_conversation_came_by_stands_out(cli: Cli) -> None:
    ivr = Path(__file__).parents[2] / "examples" / "ivr"
    outcome = cli("graph", ivr / "flows", "--bot", ivr / "bot.yaml", "--count", "scripts")
    assert outcome.code == 0, outcome.err
    assert "choose How can we help?<br/>(7)" in outcome.out
    assert '|"hours (3)"|' in outcome.out
    assert "missedBox" not in outcome.out, "its scripts come by everything"


def test_the_conversations_that_people_had_are_counted(cli: Cli, tmp_path: Path) -> None:
    ivr = Path(__file__).parents[2] / "examples" / "ivr"
    shutil.copytree(ivr, tmp_path, dirs_exist_ok=True)
    (tmp_path / "state").mkdir()
    asyncio.run(_an_empty_database(tmp_path / "state"))
    outcome = cli("graph", tmp_path / "flows", "--bot", tmp_path / "bot.yaml", "--count", "journal")
    assert outcome.code == 0, outcome.err
    assert "choose How can we help?<br/>(0)" in outcome.out
    assert "missedBox" in outcome.out


async def test_a_turn_that_cannot_be_read_is_not_counted(
    cli: Cli, clock: VirtualClock, tmp_path: Path
) -> None:
    house = House(tmp_path, clock)
    house.flow("flow: desk\nstart: [mention]\nsteps:\n  - say: Welcome.\n  - end: Bye.\n")
    (tmp_path / "bot.yaml").write_text(
        "bot: desk\nplatform: {connector: circuit}\nflows: [flow0.yaml]\nstore: sqlite:///bot.db\n"
    )
    await house.start()
    await house.chatted()
    await house.chatted()
    await house.close()
    with closing(sqlite3.connect(tmp_path / "bot.db")) as db, db:
        db.execute(
            "UPDATE journal SET data = '[]' WHERE seq = (SELECT max(seq) FROM journal WHERE kind = 'turn')"
        )
    outcome = cli("graph", tmp_path / "flow0.yaml", "--bot", tmp_path / "bot.yaml", "--count", "journal")
    assert (outcome.code, outcome.err) == (0, "")
    assert "(1)" in outcome.out


def test_counting_needs_a_bot(cli: Cli, flow: Path) -> None:
    outcome = cli("graph", flow, "--count", "journal")
    assert outcome.code == 2
    assert "Name its bot.yaml with --bot." in outcome.err


async def _an_empty_database(folder: Path) -> None:
    store = SqliteStore(folder / "bot.db")
    await store.open()
    await store.close()
