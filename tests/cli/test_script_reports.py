"""What `botkit test` tells of coverage and of mutants, and the files that it writes."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import parse

import pytest

from tests.cli.commands import Cli

BOT = """
bot: shop
platform: {connector: circuit, domain: shop.example.com, client_id: a, client_secret: file:secret}
flows: [flows/]
"""

FLOW = """
flow: shop
start: [call_incoming, mention]
steps:
  - id: menu
    choose: Tea or cocoa?
    options:
      tea: {key: 1}
      cocoa: {key: 2}
    into: drink
    no_match: [We have no such thing.]
  - if: drink == "tea"
    then:
      - say: With milk?
    else:
      - say: With cream?
  - say: Coming.
  - end
"""

TEA = """
test: shop
scripts:
  tea:
    on: [chat]
    steps:
      - hears: Tea or cocoa?
      - writes: tea
      - hears: With milk?
"""

COCOA = """
  cocoa on the phone:
    on: [call]
    steps:
      - hears: Tea or cocoa?
      - presses: 2
      - hears: WHAT
"""


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    for folder in ("flows", "scripts"):
        (tmp_path / folder).mkdir()
    (tmp_path / "bot.yaml").write_text(BOT)
    (tmp_path / "flows" / "shop.yaml").write_text(FLOW)
    (tmp_path / "scripts" / "shop.yaml").write_text(TEA)
    return tmp_path


def with_cocoa(bot: Path, heard: str = "With cream?") -> Path:
    (bot / "scripts" / "shop.yaml").write_text(TEA + COCOA.replace("WHAT", heard))
    return bot / "bot.yaml"


def test_coverage_tells_what_no_script_comes_by(cli: Cli, bot: Path) -> None:
    outcome = cli("test", "--bot", bot / "bot.yaml", "--coverage")
    assert outcome.code == 0, outcome.err
    assert ["all", "83.3", "%", "(5", "of", "6)", "40.0", "%", "(2", "of", "5)"] in [
        line.split() for line in outcome.out.splitlines()
    ]
    missing = [line.partition("shop.yaml:")[2] for line in outcome.out.splitlines() if "not tried" in line]
    assert missing == ["5  menu -> cocoa", "5  menu -> no_match", "12  if -> else", "16  say"]


@pytest.mark.parametrize(("least", "code"), [("40", 0), ("41", 1), ("100", 1)])
def test_too_little_coverage_fails(cli: Cli, bot: Path, least: str, code: int) -> None:
    outcome = cli("test", "--bot", bot / "bot.yaml", "--min-coverage", least)
    assert outcome.code == code
    assert ("coverage is short: 83.3 % of the steps and 40.0 %" in outcome.out) is bool(code)


def test_a_mutant_that_nobody_notices_fails(cli: Cli, bot: Path) -> None:
    outcome = cli("test", "--bot", bot / "bot.yaml", "--mutate")
    assert outcome.code == 1
    (survivor,) = (line for line in outcome.out.splitlines() if line.startswith("not noticed"))
    assert survivor.endswith("shop.yaml:12  if: `else` leads where `then` leads; 1 script comes by")
    assert "1 of 2 changed branches were noticed" in outcome.out


def test_a_second_script_notices_it(cli: Cli, bot: Path) -> None:
    outcome = cli("test", "--bot", with_cocoa(bot), "--mutate")
    assert (outcome.code, outcome.out.splitlines()[-1]) == (0, "2 of 2 changed branches were noticed")


def test_junit_has_each_script_with_its_conversation(cli: Cli, bot: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    outcome = cli("test", "--bot", with_cocoa(bot, heard="With rum?"), "--junit", report)
    assert outcome.code == 1
    suite = parse(report).getroot()[0]
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    tea, cocoa = suite
    assert (tea.get("name"), tea.find("failure")) == ("tea [chat]", None)
    failure = cocoa.find("failure")
    assert failure is not None
    assert "With rum?" in str(failure.get("message"))
    assert "With cream?" in str(cocoa.findtext("system-out"))


def test_the_page_shows_the_flow_and_what_was_missed(cli: Cli, bot: Path, tmp_path: Path) -> None:
    page = tmp_path / "coverage.html"
    assert cli("test", "--bot", bot / "bot.yaml", "--html", page).code == 0
    html = page.read_text()
    assert '<tr class="missed">' in html
    assert '<span class="way not">else 0</span>' in html
    assert '<span class="way ">then 1</span>' in html
    assert "<script" not in html
    assert "http" not in html.replace("https://", "http://").replace("http://www.w3.org", "")


def test_a_report_that_cannot_be_written(cli: Cli, bot: Path, tmp_path: Path) -> None:
    outcome = cli("test", "--bot", bot / "bot.yaml", "--html", tmp_path / "no" / "page.html")
    assert outcome.code == 2
    assert "It cannot be written: No such file or directory." in outcome.err
