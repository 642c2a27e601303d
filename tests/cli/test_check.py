"""`botkit check`: what it reads, and what it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.commands import FLOW, Cli


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    folder = tmp_path / "flows"
    folder.mkdir()
    (folder / "desk.yaml").write_text(FLOW)
    return folder


def test_a_file_and_a_folder_of_them(cli: Cli, flows: Path) -> None:
    for named in (flows, flows / "desk.yaml"):
        outcome = cli("check", named)
        assert (outcome.code, outcome.out, outcome.err) == (0, "desk: no findings\n", "")


def test_every_finding_has_its_place_line_and_remedy(cli: Cli, flows: Path) -> None:
    broken = FLOW.replace("- say:", "- sag:").replace("into: drink", "inta: drink")
    (flows / "desk.yaml").write_text(broken)
    outcome = cli("check", flows)
    assert outcome.code == 2
    assert outcome.err == ""
    assert f"{flows / 'desk.yaml'}:9:5" in outcome.out
    assert "- sag: Welcome." in outcome.out
    assert "Did you mean `say`?" in outcome.out
    assert f"{flows / 'desk.yaml'}:15:5" in outcome.out


def test_one_broken_file_hides_no_other(cli: Cli, flows: Path) -> None:
    (flows / "tea.yaml").write_text("flow: tea\nsteps: [{sai: Hello.}]\n")
    (flows / "milk.yaml").write_text("flow: [milk\n")
    outcome = cli("check", flows)
    assert outcome.code == 2
    assert "tea.yaml:2:" in outcome.out
    assert "milk.yaml:" in outcome.out


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe\x00", "UTF-8"),
        (b"", "empty"),
        (b"- 1\n", "mapping"),
        (b"flow: &a [*a]\n", "alias"),
        (b"[" * 100_000, "deep"),
        (b"flow: desk\n" + b"# " * 1_000_000, "long"),
    ],
)
def test_files_that_are_no_flows(cli: Cli, tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "desk.yaml").write_bytes(content)
    outcome = cli("check", tmp_path / "desk.yaml")
    assert outcome.code == 2
    assert "desk.yaml:" in outcome.out
    assert "Traceback" not in outcome.out + outcome.err
    assert words


def test_what_is_not_there(cli: Cli, tmp_path: Path) -> None:
    outcome = cli("check", tmp_path / "desk.yaml")
    assert outcome.code == 2
    assert f"{tmp_path / 'desk.yaml'}:" in outcome.out
    assert "Check the path" in outcome.out


def test_a_folder_without_flows(cli: Cli, tmp_path: Path) -> None:
    outcome = cli("check", tmp_path)
    assert outcome.code == 2
    assert str(tmp_path) in outcome.out + outcome.err


def test_with_its_bot_more_is_known(cli: Cli, bot_folder: Path) -> None:
    flow = bot_folder / "flows" / "desk.yaml"
    assert cli("check", flow, "--bot", bot_folder / "bot.yaml").code == 0
    flow.write_text(FLOW.replace("price_of", "prize_of"))
    assert cli("check", flow).code == 0
    outcome = cli("check", flow, "--bot", bot_folder / "bot.yaml")
    assert outcome.code == 2
    assert "prize_of" in outcome.out


def test_one_flow_of_a_bot_is_checked_without_its_others(cli: Cli, bot_folder: Path) -> None:
    bot, other = bot_folder / "bot.yaml", bot_folder / "flows" / "tea.yaml"
    other.write_text("flow: tea\nstart: [{mention: {words: [tea]}}]\nsteps: [{end: Tea.}]\n")
    assert "config:\n  desk:" in bot.read_text()
    outcome = cli("check", other, "--bot", bot)
    assert (outcome.code, outcome.out) == (0, "tea: no findings\n")


def test_config_for_a_flow_that_there_is_not_has_its_place(cli: Cli, bot_folder: Path) -> None:
    bot = bot_folder / "bot.yaml"
    bot.write_text(bot.read_text().replace("config:\n  desk:", "config:\n  dask:"))
    for named in ([], [bot_folder / "flows"]):
        outcome = cli("check", *named, "--bot", bot)
        assert outcome.code == 2
        assert "There is no flow `dask` to configure. Did you mean `desk`?" in outcome.out
        assert "bot.yaml:" in outcome.out.split("There is no flow")[0]


def test_the_bots_secrets_are_not_needed(cli: Cli, bot_folder: Path) -> None:
    (bot_folder / "secret").unlink()
    assert cli("check", bot_folder / "flows", "--bot", bot_folder / "bot.yaml").code == 0


def test_a_broken_bot_is_told(cli: Cli, bot_folder: Path) -> None:
    (bot_folder / "bot.yaml").write_text("bot: [desk\n")
    outcome = cli("check", bot_folder / "flows", "--bot", bot_folder / "bot.yaml")
    assert outcome.code == 2
    assert "bot.yaml:" in outcome.out


def test_words_that_the_bots_recogniser_lacks_are_in_doubt(cli: Cli, bot_folder: Path) -> None:
    """PocketSphinx has a list of words; Moonshine, the default, has none."""
    flow = bot_folder / "flows" / "desk.yaml"
    flow.write_text(
        "flow: desk\nconfig: {operator: {}}\nstart: [call_incoming]\nsteps:\n  - choose: What?\n"
        "    options:\n      a: {label: opening hours}\n      b: {label: flurbelwump}\n  - end: Bye.\n"
    )
    bot = bot_folder / "bot.yaml"
    assert cli("check", flow, "--bot", bot).out == "desk: no findings\n"
    bot.write_text(f"{bot.read_text()}speech: {{recognizer: pocketsphinx}}\n")
    outcome = cli("check", flow, "--bot", bot)
    assert outcome.code == 0, outcome.err
    assert (
        "desk.yaml:5:5: warning: unknown-word: The recogniser does not know the word `flurbelwump`."
        in outcome.out
    )
    assert "opening" not in outcome.out


@pytest.mark.parametrize(
    ("speech", "told"),
    [
        ("{recognizer: vosk}", "needs a model"),
        ("{recognizer: vosk, model: absent}", "is no folder"),
        ("{recognizer: nobody}", "There is no recognizer 'nobody'"),
    ],
)
def test_ears_that_cannot_be_had(cli: Cli, bot_folder: Path, speech: str, told: str) -> None:
    bot = bot_folder / "bot.yaml"

    bot.write_text(f"{bot.read_text()}speech: {speech}\n")
    outcome = cli("check", bot_folder / "flows", "--bot", bot)
    assert outcome.code == 2
    assert told in outcome.err


def test_programs_get_json(cli: Cli, flows: Path) -> None:
    assert json.loads(cli("check", flows, "--json").out) == {
        "version": 1, "errors": 0, "warnings": 0, "flows": ["desk"], "findings": [],
    }  # fmt: skip
    (flows / "desk.yaml").write_text(FLOW.replace("- say:", "- sag:") + "\n  - say: We are #1\n")
    outcome = cli("check", flows, "--json")
    assert outcome.code == 2
    found = json.loads(outcome.out)
    assert (found["errors"], found["warnings"], found["flows"]) == (1, 1, [])
    wrong, doubtful = found["findings"]
    assert wrong == {
        "code": "unknown-verb",
        "severity": "error",
        "file": str(flows / "desk.yaml"),
        "line": 9,
        "column": 5,
        "text": "  - sag: Welcome.",
        "message": "There is no verb `sag`.",
        "remedy": "Did you mean `say`?",
    }
    assert (doubtful["code"], doubtful["severity"]) == ("text-lost", "warning")


def test_the_line_is_marked_and_the_kinds_are_counted(cli: Cli, flows: Path) -> None:
    (flows / "desk.yaml").write_text("flow: desk\nsteps:\n  - sai: Hello.\n  - say: We are #1\n")
    outcome = cli("check", flows)
    assert "    - sai: Hello.\n      ^\n" in outcome.out
    assert ": warning: text-lost: " in outcome.out
    assert outcome.out.endswith("\n1 finding, 1 warning\n")
    (flows / "desk.yaml").write_text("flow: desk\nsteps:\n  - say: We are #1\n")
    outcome = cli("check", flows)
    assert outcome.code == 0
    assert outcome.out.endswith("\n1 warning; the flows run all the same\n")


def test_a_bots_own_flows_are_checked_when_none_is_named(cli: Cli, bot_folder: Path) -> None:
    assert "desk: no findings" in cli("check", "--bot", bot_folder / "bot.yaml").out
    outcome = cli("check")
    assert outcome.code == 2
    assert "nothing to check" in outcome.err


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("client_secret: file:secret", "client_secret: hunter2", "literal-secret", 7),
        ("handlers: [handlers.py]", "handlers: [handler.py]", "no-file", 9),
        ("flows: [flows/]", "flows: [flow/]", "no-file", 8),
        ("bot: desk", "bot: desk\nbots: desk", "unknown-key", 2),
        ("bot: desk", "bot: desk\nstore: {password: hunter2}", "literal-secret", 2),
        ("bot: desk", "bot: desk\nweb: {listen: 8090, metrics_token: hunter2}", "literal-secret", 2),
        ("bot: desk", "bot: desk\nstore: postgresql://bot:hunter2@db/bot", "literal-secret", 2),
        ("bot: desk", "bot: desk\nstore: mysql://bot:hunter2@db/bot", "wrong-value", 2),
        ("bot: desk", "bot: desk\nstore: state/bot.db", "wrong-value", 2),
        ("bot: desk", "bot: desk\nstore: {url: 'sqlite://state/bot.db'}", "wrong-value", 2),
        ("bot: desk", "bot: desk\nstore: {url: 'sqlite:///bot.db?mode=ro'}", "wrong-value", 2),
        ("bot: desk", "bot: desk\nweb: {listen: '10.0.0.999:80'}", "wrong-value", 2),
        (
            "bot: desk",
            'bot: desk\nreceivers: {crm: {url: "https://a.example", secret: hunter2}}',
            "literal-secret",
            2,
        ),
        (
            "bot: desk",
            'bot: desk\nreceivers: {crm: {url: a.example, secret: "${CRM_SECRET}"}}',
            "wrong-value",
            2,
        ),
    ],
)
def test_what_is_wrong_with_bot_yaml_has_its_place(
    cli: Cli, bot_folder: Path, old: str, new: str, code: str, line: int
) -> None:
    bot = bot_folder / "bot.yaml"
    text = bot.read_text()
    assert old in text
    bot.write_text(text.replace(old, new))
    outcome = cli("check", "--bot", bot)
    assert outcome.code == 2
    assert f"bot.yaml:{line}:" in outcome.out
    assert f" {code}: " in outcome.out
    assert "hunter2" not in outcome.out + outcome.err


def test_a_line_with_a_secret_is_not_repeated_for_another_fault(cli: Cli, bot_folder: Path) -> None:
    bot = bot_folder / "bot.yaml"
    bot.write_text(f"{bot.read_text()}\nreceivers: {{crm: {{uri: x, secret: hunter2}}}}\n")
    outcome = cli("check", "--bot", bot)
    assert "`uri` is not known here" in outcome.out
    assert "hunter2" not in outcome.out + outcome.err


def test_a_list_without_an_entry_is_told_how_many_it_needs(cli: Cli, bot_folder: Path) -> None:
    bot = bot_folder / "bot.yaml"
    bot.write_text(
        f"{bot.read_text()}\nweb: {{listen: '8090', webhooks: {{a: {{preset: github, secrets: []}}}}}}\n"
    )
    assert "A list has too few entries. Write 1 or more." in cli("check", "--bot", bot).out


class TestMemory:
    """What was in order, and has not changed, is not read again; what is said stays the same."""

    @pytest.fixture
    def read(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """The names of the files that are read, in order."""
        from botkit.flow import loader

        names: list[str] = []
        original = loader.read_document

        def noted(path: Path) -> object:
            names.append(path.name)
            return original(path)

        monkeypatch.setattr(loader, "read_document", noted)
        return names

    @pytest.fixture
    def many(self, tmp_path: Path) -> Path:
        folder = tmp_path / "many"
        folder.mkdir()
        for name in ("tea", "milk"):
            (folder / f"{name}.yaml").write_text(
                f"flow: {name}\nstart: [{{mention: {{words: [{name}]}}}}]\nsteps: [say: Here is {name}.]\n"
            )
        (folder / "bar.yaml").write_text("flow: bar\nsteps: [call: shaker]\n")
        (folder / "shaker.yaml").write_text("flow: shaker\nsteps: [say: Shaken.]\n")
        return folder

    def check(self, cli: Cli, folder: Path, read: list[str]) -> tuple[int, str, list[str]]:
        read.clear()
        outcome = cli("check", folder)
        return outcome.code, outcome.out, list(read)

    def test_only_what_has_changed_is_read(self, cli: Cli, many: Path, read: list[str]) -> None:
        first = self.check(cli, many, read)
        assert first[2] == ["bar.yaml", "milk.yaml", "shaker.yaml", "tea.yaml"]
        assert self.check(cli, many, read) == (0, first[1], [])
        (many / "tea.yaml").write_text((many / "tea.yaml").read_text() + "# Earl Grey\n")
        assert self.check(cli, many, read) == (0, first[1], ["tea.yaml"])

    def test_with_what_it_calls(self, cli: Cli, many: Path, read: list[str]) -> None:
        first = self.check(cli, many, read)
        (many / "shaker.yaml").write_text("flow: shaker\nsteps: [say: Stirred.]\n")
        assert self.check(cli, many, read) == (0, first[1], ["bar.yaml", "shaker.yaml"])
        (many / "shaker.yaml").unlink()
        code, told, _ = self.check(cli, many, read)
        assert code == 2
        assert "shaker" in told

    def test_what_clashes_with_the_unchanged_is_told(self, cli: Cli, many: Path, read: list[str]) -> None:
        self.check(cli, many, read)
        (many / "milk.yaml").write_text("flow: tea\nsteps: [say: Hello.]\n")
        assert "duplicate-flow" in self.check(cli, many, read)[1]

    def test_a_finding_is_told_every_time(self, cli: Cli, many: Path, read: list[str]) -> None:
        (many / "milk.yaml").write_text(
            "flow: milk\nstart: [mention]\nsteps: [{wait: 5m}, {say: Tea., only: call}]\n"
        )
        first = self.check(cli, many, read)
        assert "warning" in first[1]
        assert self.check(cli, many, read)[:2] == first[:2]

    def test_two_that_start_by_the_same(self, cli: Cli, many: Path, read: list[str]) -> None:
        (many / "milk.yaml").write_text("flow: milk\nstart: [mention]\nsteps: [say: Milk.]\n")
        self.check(cli, many, read)
        (many / "tea.yaml").write_text("flow: tea\nstart: [mention]\nsteps: [say: Tea.]\n")
        assert "start-clash" in self.check(cli, many, read)[1]

    def test_a_cache_that_cannot_be_used_is_no_obstacle(
        self, cli: Cli, many: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", str(many / "tea.yaml"))
        first = self.check(cli, many, read)
        assert first[0] == 0
        assert self.check(cli, many, read) == first
