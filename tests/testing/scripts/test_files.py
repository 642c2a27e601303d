"""Script files are told off like flows: at their place, with a remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from botkit.flow.document import DocumentError
from botkit.model.errors import UsageError
from botkit.testing.scripts.files import bot_file_of, find_files
from botkit.testing.scripts.runner import load_cases
from botkit.testing.scripts.subject import Subject
from botkit.testing.scripts.verbs import by_verb
from tests.testing.scripts.desk import write_bot, write_scripts


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    return write_bot(tmp_path)


def findings(bot: Path, scripts: str) -> list[tuple[int, int, str, str]]:
    """(line, column, code, message and remedy) each."""
    path = write_scripts(bot, scripts)
    with pytest.raises(DocumentError) as caught:
        load_cases([path], Subject.read(bot))
    return [
        (each.place.line, each.place.column, each.code, f"{each.message} {each.remedy}")
        for each in caught.value.findings
    ]


@pytest.mark.parametrize(
    ("step", "column", "code", "told"),
    [
        ("heers: Hello", 9, "unknown-verb", "Did you mean `hears`?"),
        ("hears", 9, "no-verb", "one verb"),
        ("{hears: a, says: b}", 20, "two-verbs", "two verbs"),
        ("{hears: a, exactly: b}", 20, "unknown-key", "`exactly` is not known here."),
        ("presses: 12a", 18, "wrong-value", "no keys of a dial pad"),
        ("{presses: 1, at: soon}", 26, "wrong-value", "`soon` is not a duration"),
        ("{answers: hours, by: nose}", 30, "wrong-value", "`nose` is not known here"),
        ("{hears: {matches: '('}}", 27, "wrong-value", "no regular expression"),
        ("{hears: {exactly: a, matches: b}}", 17, "wrong-value", "several things"),
        ("ends: tears", 15, "wrong-value", "`tears` is not known here"),
        ("submits: {a: b}", 9, "wrong-value", "`submits` cannot be done on a call. Add `only: chat`"),
    ],
)
def test_a_wrong_step(bot: Path, step: str, column: int, code: str, told: str) -> None:
    found = findings(bot, f"on: [call]\nscripts:\n  one:\n    steps:\n      - {step}\n")
    assert [(line, place, name) for line, place, name, _ in found] == [(6, column, code)], found
    assert told in found[0][3]


def test_what_is_for_one_channel_may_stand_in_a_script_for_both(bot: Path) -> None:
    path = write_scripts(
        bot,
        "on: [call, chat]\n"
        "scripts: {one: {steps: [{presses: 1, only: call}, {chooses: hours, only: chat}]}}\n",
    )
    cases = load_cases([path], Subject.read(bot))
    assert [[step.verb for step in case.steps] for case in cases] == [["presses"], ["chooses"]]


@pytest.mark.parametrize(
    ("scripts", "code", "told"),
    [
        ("scripts: {}\n", "wrong-value", ""),
        ("scripts: {one: {steps: }}\n", "wrong-value", "There are no steps."),
        ("now: soon\nscripts: {one: {steps: [waits: 1s]}}\n", "wrong-value", "2026-03-02 09:30"),
        ("time_zone: Mars\nscripts: {one: {steps: [waits: 1s]}}\n", "wrong-value", "no time zone `Mars`"),
        ("config: {compny: a}\nscripts: {one: {steps: [waits: 1s]}}\n", "config-unknown", "`company`"),
        (
            "mocks: {run: {prise_of: {}}}\nscripts: {one: {steps: [waits: 1s]}}\n",
            "unknown-handler",
            "price_of",
        ),
        ("mocks: {http: [{on: GET /}]}\nscripts: {one: {steps: [waits: 1s]}}\n", "missing-key", "answer"),
    ],
)
def test_a_wrong_file(bot: Path, scripts: str, code: str, told: str) -> None:
    (found,) = findings(bot, scripts)
    assert found[2] == code
    assert told in found[3]


def test_a_flow_that_the_bot_has_not(bot: Path) -> None:
    path = write_scripts(bot, "scripts: {one: {steps: [waits: 1s]}}\n")
    path.write_text(path.read_text().replace("test: desk", "test: dessk"))
    with pytest.raises(DocumentError, match="unknown-flow") as caught:
        load_cases([path], Subject.read(bot))
    (finding,) = caught.value.findings
    assert (finding.code, finding.place.line, finding.place.column) == ("unknown-flow", 1, 7)
    assert finding.remedy == "Did you mean `desk`?"


def test_where_files_are_looked_for(bot: Path) -> None:
    file = write_scripts(bot, "", "a.yaml")
    (file.parent / "more").mkdir()
    (file.parent / "more" / "b.yaml").write_text("")
    assert [path.name for path in find_files([file.parent, file])] == ["a.yaml", "b.yaml"]
    assert bot_file_of(file) == bot.resolve()
    with pytest.raises(UsageError, match="no such file"):
        find_files([bot.parent / "nowhere"])
    (bot.parent / "empty").mkdir()
    with pytest.raises(UsageError, match=r"no `\*\.yaml`"):
        find_files([bot.parent / "empty"])


def test_the_mocks_of_the_manual_are_read(bot: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "how-to" / "test-a-bot.md").read_text()
    block = page[page.index("```yaml\nmocks:") :].split("```")[1].removeprefix("yaml\n")
    block = block.replace("find_agent", "price_of").replace("hours: {office: closed}", "hours: {}")
    path = write_scripts(bot, block + "scripts: {one: {steps: [waits: 1s]}}\n")
    (case,) = load_cases([path], Subject.read(bot))
    assert [server.on for server in case.file.servers(case.script)] == ["POST https://tickets.example/*"]
    assert case.file.nobody(case.script) == ["ghost@example.com"]


def test_every_verb_is_in_the_manual() -> None:
    page = (Path(__file__).parents[3] / "docs" / "how-to" / "test-a-bot.md").read_text()
    assert [verb for verb in by_verb() if f"\n| `{verb}" not in page] == []
