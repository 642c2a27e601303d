"""Every finding is in the manual, with an example that triggers it at the line marked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

import botkit.flow
from botkit.flow.loader import FlowFileError, load_flows
from botkit.flow.source import DocumentError, read_document, validate
from botkit.model.findings import Finding, Severity
from botkit.settings.schedules import SchedulesBlock

ROOT = Path(__file__).parents[2]
MANUAL = (ROOT / "docs" / "reference" / "findings.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## ([a-z]\S+)\n(.*?)(?=^## |\Z)", MANUAL, re.MULTILINE | re.DOTALL))


def examples(kind: str) -> dict[str, str]:
    """Code -> its example of this kind."""
    fence = re.compile(rf"```yaml {kind}\n(.*?)```", re.DOTALL)
    return {code: found[1] for code, text in SECTIONS.items() if (found := fence.search(text))}


REFUSED, DOUBTED, FINE = examples("refused"), examples("doubted"), examples("fine")
WITHOUT_EXAMPLE = {
    "no-file",
    "no-flows",
    "not-utf8",
    "too-large",
    "unknown-word",
    "literal-secret",
    "no-voice",
}
"""Tested below, or with the commands: they need more than a text."""
WITHOUT_FINE = WITHOUT_EXAMPLE | {"no-sound-file"}
NO_CODES = {"utf-8", "utf-8-sig", "duration-second", "twenty-one"}


def codes_in_source() -> set[str]:
    found: set[str] = set()
    package = Path(botkit.flow.__file__).parent
    for path in (*package.rglob("*.py"), package.parent / "cli" / "bot_file.py"):
        found |= set(re.findall(r'"([a-z][a-z0-9]*(?:-[a-z0-9]+)+)"', path.read_text(encoding="utf-8")))
    return found - NO_CODES


def test_every_code_is_in_the_manual_with_an_example_and_a_near_miss() -> None:
    assert set(SECTIONS) == codes_in_source()
    assert set(SECTIONS) - {*REFUSED, *DOUBTED} == WITHOUT_EXAMPLE
    assert set(SECTIONS) - set(FINE) == WITHOUT_FINE


def read(example: str, tmp_path: Path) -> tuple[Sequence[Finding], set[tuple[str, int]]]:
    """What is said of an example, and the places that are marked in it."""
    folder = tmp_path / "flows"
    folder.mkdir()
    bot = tmp_path / "bot.yaml"
    places: set[tuple[str, int]] = set()
    parts = re.split(r"^# file: ", f"# file: flow.yaml\n{example}", flags=re.MULTILINE)[1:]
    for number, part in enumerate(parts):
        name, _, text = part.partition("\n")
        path = bot if name == "bot.yaml" else folder / f"{number}.yaml"
        path.write_text(text, encoding="utf-8")
        lines = enumerate(text.split("\n"), 1)
        places |= {(str(path), line) for line, words in lines if words.endswith("# here")}
    settings = read_document(bot) if bot.exists() else {}
    config, secrets = settings.get("config", {}), settings.get("secrets", {})
    block = settings.get("schedules")
    calendars = validate(block, SchedulesBlock).by_name() if block is not None else {}
    try:
        flows = load_flows(
            [folder],
            config=config,  # type: ignore[arg-type]
            handlers=["known"],
            secrets=secrets,  # type: ignore[arg-type]
            receivers=settings.get("receivers", {}),  # type: ignore[arg-type]
            webhooks=settings.get("web", {}).get("webhooks", {}) if bot.exists() else None,  # type: ignore
            calendars=calendars,
        )
    except FlowFileError as error:
        return error.findings, places
    return flows.warnings, places


@pytest.mark.parametrize(
    ("code", "severity"),
    [*((code, Severity.ERROR) for code in REFUSED), *((code, Severity.WARNING) for code in DOUBTED)],
)
def test_example(code: str, severity: Severity, tmp_path: Path) -> None:
    findings, places = read((REFUSED if severity is Severity.ERROR else DOUBTED)[code], tmp_path)
    told = "\n".join(map(str, findings))
    assert {(finding.place.file, finding.place.line) for finding in findings} == places, told
    for finding in findings:
        assert (finding.code, finding.severity) == (code, severity), told
        assert finding.message.endswith(".")
        assert finding.remedy.endswith((".", "?"))
        assert finding.source_line.rstrip().endswith("# here")
        assert code in str(finding)


@pytest.mark.parametrize("code", FINE)
def test_near_miss(code: str, tmp_path: Path) -> None:
    findings, places = read(FINE[code], tmp_path)
    assert not places
    assert not findings, "\n".join(map(str, findings))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    def codes(path: Path) -> list[str]:
        with pytest.raises(DocumentError) as caught:
            load_flows([path])
        return [finding.code for finding in caught.value.findings]

    assert codes(tmp_path / "nowhere.yaml") == ["no-file"]
    assert codes(tmp_path) == ["no-flows"]
    (tmp_path / "a.yaml").write_bytes(b"flow: \xff")
    assert codes(tmp_path) == ["not-utf8"]
    (tmp_path / "a.yaml").write_bytes(b"flow: a\n" * 200_000)
    assert codes(tmp_path) == ["too-large"]


NEAR_MISSES = """
    flow: a
    start: [call_incoming, {mention: {words: [hi]}}]
    config: {desk: {}, list: {type: list, default: [a, b]}}
    slots: {name: {ask: Who?}, n: {type: number, ask: How many?}}
    globals: {repeat: {key: "#"}}
    when: {error.run.failed: [{go: top}]}
    steps:
      - id: top
        say: "{{ user.first_name }}{% for x in config.list %}{{ x }}{% endfor %}"
      - collect: [name]
        only: chat
      - collect: [n]
      - run: known
        into: result
      - if: result.ok and n > 1
        then:
          - wait: 1m
          - go: top
      - choose: Well?
        options: {red: {key: 1}, blue: {key: 12, words: [read]}}
      - call: inner
      - end
    flows:
      inner: {steps: [{choose: Really?, options: {yes: {}, no: {}}}]}
"""


def test_near_misses_load(load) -> None:
    assert set(load(NEAR_MISSES, handlers=["known"], config={"a": {"desk": "x"}}).flows) == {"a", "a/inner"}


def test_outcomes_of_a_verb_that_has_none_are_told_once(load) -> None:
    with pytest.raises(FlowFileError) as caught:
        load("flow: a\nsteps:\n  - confirm: Sure?\n    outcomes: {other: []}\n")
    assert [finding.code for finding in caught.value.findings] == ["unknown-key"]
    assert "`from`, `give_up`" in caught.value.paragraph()
    assert ", and " in caught.value.paragraph()


def test_all_findings_of_all_files_at_once(load) -> None:
    with pytest.raises(FlowFileError) as caught:
        load("flow: a\nsteps:\n  - sy: x\n  - say: x\n    too: y\n", "flow: b\nsteps:\n  - say: '{{'\n")
    assert [finding.code for finding in caught.value.findings] == [
        "unknown-verb",
        "unknown-key",
        "bad-template",
    ]
    assert "Did you mean `say`?" in caught.value.paragraph()
    assert caught.value.exit_code == 2
