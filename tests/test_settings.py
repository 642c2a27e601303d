"""bot.yaml: what it refuses, and what it resolves."""

from __future__ import annotations

from pathlib import Path

import pytest

from botkit.flow.document import DocumentError
from botkit.model.errors import BotkitError, UsageError
from botkit.model.secret import Secret
from botkit.settings import Settings, read_settings

GOOD = """\
bot: desk
platform:
  connector: circuit
  domain: 127.0.0.1:8443
  client_id: ${TEST_ID}
  client_secret: ${TEST_SECRET}
flows: [flows/]
config:
  reception: {operator: olivia@example.com}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "bot.yaml"
    path.write_text(text)
    return path


def test_references_are_resolved_and_secrets_cannot_be_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_ID", "id")
    monkeypatch.setenv("TEST_SECRET", "hush")
    settings = read_settings(written(tmp_path, GOOD))
    assert settings.platform["client_id"] == "id"
    assert settings.platform["client_secret"] == Secret("hush")
    assert "hush" not in repr(settings.platform)
    assert settings.file.config["reception"]["operator"] == "olivia@example.com"


def test_a_secret_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_ID", "id")
    (tmp_path / "secret").write_text("hush\n")
    settings = read_settings(written(tmp_path, GOOD.replace("${TEST_SECRET}", "file:secret")))
    assert settings.platform["client_secret"] == Secret("hush")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("${TEST_SECRET}", "literal"), "must not stand in the file"),
        (("${TEST_SECRET}", "${TEST_UNSET}"), "TEST_UNSET is not set"),
        (("${TEST_SECRET}", "file:absent"), "cannot be read"),
        (("flows:", "flow:"), "flow"),
        (("bot: desk\n", ""), "bot"),
        (("flows: [flows/]", "flows: {a: b}"), "flows"),
        (("bot: desk", "bot: [desk"), "bot.yaml"),
    ],
)
def test_what_is_wrong_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: tuple[str, str], told: str
) -> None:
    monkeypatch.setenv("TEST_ID", "id")
    monkeypatch.setenv("TEST_SECRET", "hush")
    monkeypatch.delenv("TEST_UNSET", raising=False)
    with pytest.raises(UsageError) as refused:
        read_settings(written(tmp_path, GOOD.replace(*change)))
    assert told in refused.value.paragraph()
    assert "bot.yaml" in refused.value.paragraph()


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"bot\.yaml"):
        read_settings(tmp_path / "bot.yaml")


def test_the_platform_may_be_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_SECRET", raising=False)
    assert read_settings(written(tmp_path, GOOD), with_platform=False).platform == {}


def test_a_secret_file_that_is_no_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_ID", "id")
    (tmp_path / "secret").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="it is no text"):
        read_settings(written(tmp_path, GOOD.replace("${TEST_SECRET}", "file:secret")))


SECRETS = GOOD.replace("config:", "secrets:\n  door: ${TEST_DOOR}\n  desk: file:desk.txt\nconfig:")


def test_secrets_are_resolved_when_they_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TEST_DOOR", raising=False)
    settings = read_settings(written(tmp_path, SECRETS), with_platform=False)
    assert settings.file.secrets.keys() == {"door", "desk"}
    with pytest.raises(UsageError, match=r"bot\.yaml: secrets: door: .*TEST_DOOR is not set"):
        settings.secrets()
    monkeypatch.setenv("TEST_DOOR", "hush")
    with pytest.raises(UsageError, match=r"secrets: desk: .*cannot be read"):
        settings.secrets()
    (tmp_path / "desk.txt").write_text("\n")
    with pytest.raises(UsageError, match=r"secrets: desk: This secret is empty\."):
        settings.secrets()
    (tmp_path / "desk.txt").write_text("key\n")
    assert settings.secrets() == {"door": Secret("hush"), "desk": Secret("key")}
    assert "hush" not in repr(settings.secrets())


@pytest.mark.parametrize(
    ("block", "told"),
    [
        (
            "secrets: {door: letmein}",
            r"secrets: door: A secret must not stand.* Write \$\{DOOR\}",
        ),
        ("secrets: {a-b: file:x}", "No flow can read a secret of this name"),
        ("secrets: [a]", "a mapping"),
        ("http: {allowed: []}", "allowed"),
        ("http: {largest: 0}", "http|largest|greater"),
        ("http: {largest: much}", "a whole number"),
    ],
)
def test_what_is_wrong_with_secrets_and_http_is_told(tmp_path: Path, block: str, told: str) -> None:
    with pytest.raises(UsageError, match=told) as refused:
        read_settings(written(tmp_path, GOOD.replace("config:", f"{block}\nconfig:")), with_platform=False)
    assert "letmein" not in refused.value.paragraph()


def test_a_host_that_is_none_is_told_at_its_place(tmp_path: Path) -> None:
    text = GOOD.replace("config:", "http:\n  allow: [example.com, 'https://example.com']\nconfig:")
    with pytest.raises(DocumentError) as refused:
        read_settings(written(tmp_path, text), with_platform=False)
    (finding,) = refused.value.findings
    assert (finding.place.line, finding.place.column) == (9, 24)
    assert finding.message == "`https://example.com` is no host."
    assert finding.remedy == "Write `example.com`, or `10.0.0.7:8080`."


CALENDAR = """\
schedules:
  calendars:
    office: {open: {OPEN}, closed: [CLOSED], time_zone: ZONE}
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{OPEN}", "{mon-fri: 9-17}", "`9-17` are no hours"),
        ("{OPEN}", '{monday: "09:00-17:00"}', "`monday` is no weekday"),
        ("CLOSED", "christmas", "`christmas` is no day"),
        ("ZONE", "Berlin", "here is no time zone `Berlin`"),
    ],
)
def test_a_calendar_that_cannot_be_read(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = GOOD + CALENDAR.replace(old, new)
    good = {"{OPEN}": '{mon-fri: "09:00-17:00"}', "CLOSED": "12-25", "ZONE": "Europe/Berlin"}
    for placeholder, value in good.items():
        text = text.replace(placeholder, value)
    with pytest.raises(DocumentError, match=said):
        read_settings(written(tmp_path, text), with_platform=False)


WEB = "bot: b\nplatform: {connector: fake}\nweb:\n  listen: 8090\n  webhooks:\n    "
KEY = "whsec_a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="


def test_webhooks_have_their_secrets_and_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEW", KEY)
    monkeypatch.setenv("OLD", "whsec_" + "b" * 40)
    line = 'a: {preset: standard, secrets: ["${NEW}", "${OLD}"], window: 1m, largest: 64kB}'
    (tmp_path / "bot.yaml").write_text(WEB + line)
    webhook = read_settings(tmp_path / "bot.yaml").webhooks()["a"]
    assert [secret.reveal() for secret in webhook.secrets] == [KEY, "whsec_" + "b" * 40]
    assert (webhook.window.total_seconds(), webhook.largest) == (60, 64_000)
    assert KEY not in repr(webhook)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("a: {preset: standard, secrets: [letmein]}", "must not stand in the file"),
        ("a: {preset: standard, secrets: []}", "secrets"),
        ("a: {preset: slack, secrets: [x]}", "preset"),
        ("A/b: {preset: bearer, secrets: [x]}", "cannot be a webhook's name"),
        ('a: {preset: standard, secrets: ["${SHORT}"]}', "none for `standard`.* echo whsec_"),
        ('a: {preset: bearer, secrets: ["${SHORT}"]}', "shorter than 16.* openssl rand"),
        ('a: {preset: bearer, secrets: ["${UNSET}"]}', "UNSET is not set"),
        (
            'a: {preset: bearer, secrets: ["${GOOD}"]}\n    b: {preset: github, secrets: ["${GOOD}"]}',
            "webhook `a` has the same secret",
        ),
    ],
)
def test_what_is_wrong_with_a_webhook(
    line: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHORT", "letmein")
    monkeypatch.setenv("GOOD", "0123456789-0123456789")
    (tmp_path / "bot.yaml").write_text(WEB + line)
    with pytest.raises(BotkitError, match=told) as caught:
        read_settings(tmp_path / "bot.yaml").webhooks()
    assert "letmein" not in str(caught.value) or "secrets: [letmein]" in line


RECEIVERS = GOOD.replace(
    "config:",
    "receivers:\n  crm: {url: URL, secret: '${TEST_CRM}', old_secret: file:old.txt}\nconfig:",
)
WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class TestReceivers:
    @staticmethod
    def read(
        folder: Path, url: str = '"https://crm.example.com/hooks/${TEST_PATH}"', more: str = ""
    ) -> Settings:
        (folder / "old.txt").write_text(WEBHOOK_SECRET.replace("M", "N"))
        (folder / "bot.yaml").write_text(RECEIVERS.replace("URL", url) + more)
        return read_settings(folder / "bot.yaml", with_platform=False)

    @pytest.fixture(autouse=True)
    def environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TEST_CRM", WEBHOOK_SECRET)
        monkeypatch.setenv("TEST_PATH", "s3cr3t")

    def test_they_are_resolved_when_they_are_asked_for(self, tmp_path: Path) -> None:
        ((name, receiver),) = self.read(tmp_path).receivers().items()
        assert (name, receiver.url) == ("crm", "https://crm.example.com/hooks/s3cr3t")
        assert [secret.reveal() for secret in receiver.secrets] == [
            WEBHOOK_SECRET,
            WEBHOOK_SECRET.replace("M", "N"),
        ]
        assert WEBHOOK_SECRET not in str(receiver)

    def test_a_secret_that_stands_in_the_file(self, tmp_path: Path) -> None:
        text = RECEIVERS.replace("${TEST_CRM}", WEBHOOK_SECRET).replace("URL", "https://a.example")
        (tmp_path / "bot.yaml").write_text(text)
        with pytest.raises(UsageError, match=r"receivers: crm: secret: .*must not stand in the file") as told:
            read_settings(tmp_path / "bot.yaml", with_platform=False).receivers()
        assert "CRM_SECRET" in str(told.value)

    def test_a_secret_that_signs_nothing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TEST_CRM", "swordfish")
        with pytest.raises(UsageError, match=r"receivers: crm: secret: .*signs no webhook") as told:
            self.read(tmp_path).receivers()
        assert "swordfish" not in str(told.value)

    @pytest.mark.parametrize("url", ["ftp://a.example/", "crm.example.com", "https://"])
    def test_an_address_that_is_none_has_its_place(self, tmp_path: Path, url: str) -> None:
        with pytest.raises(DocumentError, match=r"bot.yaml:\d+:\d+: .*This is no address"):
            self.read(tmp_path, f'"{url}"')

    @pytest.mark.parametrize("url", ["https://u:p@a.example", "ftp://a.example/${TEST_PATH}"])
    def test_an_address_that_is_none_and_may_hold_a_secret(self, tmp_path: Path, url: str) -> None:
        with pytest.raises(UsageError, match="receivers: crm: url: This is no address") as told:
            self.read(tmp_path, f'"{url}"').receivers()
        assert "u:p" not in str(told.value)
        assert "s3cr3t" not in str(told.value)

    @pytest.mark.parametrize(
        ("url", "more"),
        [
            ("http://127.0.0.1:8999/hooks", ""),
            ("https://other.example", "http: {allow: [crm.example.com]}\n"),
        ],
    )
    def test_an_address_that_the_bot_may_not_talk_to(self, tmp_path: Path, url: str, more: str) -> None:
        with pytest.raises(UsageError, match=r"receivers: crm: url: .*http: \{allow"):
            self.read(tmp_path, url, more).receivers()

    def test_a_private_one_that_is_listed(self, tmp_path: Path) -> None:
        settings = self.read(tmp_path, "http://127.0.0.1:8999/h", 'http: {allow: ["127.0.0.1:8999"]}\n')
        assert settings.receivers()["crm"].url == "http://127.0.0.1:8999/h"
