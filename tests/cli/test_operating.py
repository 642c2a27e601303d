"""What bot.yaml and the command line say of running a bot, and what they refuse."""

from __future__ import annotations

import json
import logging
import re
from base64 import b64encode
from pathlib import Path

import pytest

from botkit.model.errors import UsageError
from botkit.settings import read_settings
from tests.cli.commands import Cli

BOT = "bot: it\nplatform: {connector: circuit}\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "bot.yaml"
    path.write_text(BOT + text)
    return path


def test_a_bot_waits_half_a_minute_and_writes_for_people_unless_told_otherwise(tmp_path: Path) -> None:
    file = read_settings(written(tmp_path, ""), with_platform=False).file
    assert (file.drain, file.log) == (30.0, "text")
    file = read_settings(written(tmp_path, "drain: 2m\nlog: json\n"), with_platform=False).file
    assert (file.drain, file.log) == (120.0, "json")


@pytest.mark.parametrize(
    "text", ["drain: soon\n", "log: yaml\n", "web: {listen: 8090, metrics_token: abc}\n"]
)
def test_what_is_wrong_is_refused_with_its_place(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_settings(written(tmp_path, text), with_platform=False)
    assert "bot.yaml" in refused.value.paragraph()


def test_the_token_of_metrics_comes_from_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, "web: {listen: 8090, metrics_token: '${TOKEN}'}\n")
    monkeypatch.setenv("TOKEN", "open sesame")
    token = read_settings(path, with_platform=False).metrics_token()
    assert token is not None
    assert token.reveal() == "open sesame"
    monkeypatch.setenv("TOKEN", "")
    with pytest.raises(UsageError, match="empty"):
        read_settings(path, with_platform=False).metrics_token()


def test_a_time_that_is_none_is_refused(cli: Cli, tmp_path: Path) -> None:
    outcome = cli("run", written(tmp_path, ""), "--drain", "soon")
    assert outcome.code == 2
    assert "--drain" in outcome.err


@pytest.mark.parametrize("workers", ["some", "-1", "65", "1.5"])
def test_what_is_no_number_of_media_processes_is_refused(cli: Cli, tmp_path: Path, workers: str) -> None:
    outcome = cli("run", written(tmp_path, ""), f"--media-workers={workers}")
    assert outcome.code == 2
    assert "--media-workers" in outcome.err


def test_a_message_of_several_lines_is_one_for_machines() -> None:
    from botkit.cli.logs import JsonLines

    record = logging.LogRecord("py.warnings", logging.WARNING, "", 0, "old\nnews", (), None)
    assert JsonLines().format(record).count("\n") == 0


SEVERAL = """\
bot: it
platform: {connector: circuit, domain: a.example, client_id: "${TEST_ID}", client_secret: "${TEST_SECRET}"}
secrets: {door: "${TEST_DOOR}", desk: "file:desk.txt"}
receivers:
  crm: {url: "https://crm.example.com/${TEST_PATH}", secret: "${TEST_CRM}"}
web:
  listen: 8090
  metrics_token: ${TEST_TOKEN}
  webhooks:
    a: {preset: bearer, secrets: ["${TEST_A}", "${TEST_B}"]}
store: {url: "postgresql://bot@db/bot", password: "${TEST_PASSWORD}"}
"""
ALL = ("ID", "SECRET", "DOOR", "PATH", "CRM", "TOKEN", "A", "B", "PASSWORD")


def test_all_that_is_missing_is_told_at_once(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bot.yaml"
    path.write_text(SEVERAL)
    for name in ALL:
        monkeypatch.delenv(f"TEST_{name}", raising=False)
    outcome = cli("run", path)
    assert outcome.code == 2
    for name in ALL:
        assert outcome.err.count(f"TEST_{name} is not set.") == 1, name
    assert "secrets: desk: " in outcome.err
    (tmp_path / "desk.txt").write_text("desk key\n")
    for name in ALL:
        monkeypatch.setenv(f"TEST_{name}", "" if name == "DOOR" else "too short")
    told = cli("run", path).err
    assert "secrets: door: This secret is empty." in told
    assert "receivers: crm: secret: This secret signs no webhook" in told
    assert told.count("A secret of it is none for `bearer`") == 1  # both are told in the same words
    assert "too short" not in told


def test_secrets_that_stand_in_the_file_are_told_together(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "bot.yaml"
    path.write_text(
        "bot: it\nplatform: {connector: circuit}\nsecrets: {one: letmein1, two: letmein2}\n"
        "web: {listen: 8090, metrics_token: letmein3}\n"
    )
    told = cli("run", path).err
    assert told.count("A secret must not stand in the file.") == 3
    assert "letmein" not in told


def test_no_secret_of_the_bot_stands_in_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from botkit.cli.logs import JsonLines, Masked, TextLines

    (tmp_path / "desk.txt").write_text('de"sk & key\n')
    values = {name: f"{name.lower()}-secret/0123456789" for name in ALL}
    values["CRM"] = "whsec_" + "A" * 40
    for name, value in values.items():
        monkeypatch.setenv(f"TEST_{name}", value)
    path = tmp_path / "bot.yaml"
    path.write_text(SEVERAL)
    settings = read_settings(path, with_platform=False)
    secrets = settings.every_secret()
    hidden = [value for name, value in values.items() if name not in ("ID", "PATH")]
    hidden += ["password-secret%2F0123456789", "de%22sk%20%26%20key", 'de"sk & key']
    hidden += [b64encode(values["SECRET"].encode()).decode()]
    for lines in (TextLines(), JsonLines()):
        try:
            raise OSError(" ".join(hidden), {"url": settings.store_url()})
        except OSError as error:
            record = logging.LogRecord(
                "it",
                logging.ERROR,
                "",
                0,
                "failed: %s %r",
                (error, hidden),
                (OSError, error, error.__traceback__),
            )
        told = Masked(lines, secrets).format(record)
        assert "failed: [Errno ***" in told
        assert "postgresql://bot:***@db/bot" in told
        for text in hidden:
            assert text not in told


@pytest.mark.parametrize("secret", ['pass"wörd', "it's\\here", "tab\there"])
def test_a_line_of_json_hides_what_it_escapes(secret: str) -> None:
    from botkit.cli.logs import JsonLines, Masked
    from botkit.model.secret import Secret

    arguments = (secret, secret, json.dumps(secret))
    record = logging.LogRecord("it", logging.INFO, "", 0, "<%s> <%r> <%s>", arguments, None)
    told = json.loads(Masked(JsonLines(), [Secret(secret)]).format(record))
    assert [part.strip("\"'") for part in re.findall("<(.*?)>", told["message"])] == ["***"] * 3


def test_a_short_secret_is_not_looked_for() -> None:
    """It stands in too much else."""
    from botkit.cli.logs import Masked, TextLines
    from botkit.model.secret import Secret

    record = logging.LogRecord("it", logging.INFO, "", 0, "all is well in Wellington", (), None)
    assert "all is well in Wellington" in Masked(TextLines(), [Secret("well")]).format(record)
    assert "all is well in Wellington" in Masked(TextLines(), []).format(record)
