from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from botkit.flow.source import DocumentError
from botkit.sandbox import Tenant
from botkit.sandbox.hub.hub import Hub
from botkit.sandbox.hub.people import ChangeProfile

GOOD = """\
tenant: {name: Example}
users:
  - email: ann@x.test
    password: 0777
    first_name: Ann
    last_name: Lee
    attributes:
      jobTitle: Boss
      phoneNumbers: [{phoneNumber: +4930123, type: MOBILE, isExternallyManaged: true}]
      locale: DE_DE
bots:
  - {client_id: bot, client_secret: yes, email: bot@x.test, first_name: Bot}
conversations:
  - {topic: Team, members: [Ann@x.test, bot@x.test]}
"""


def load(tmp_path: Path, text: str) -> Tenant:
    file = tmp_path / "tenant.yaml"
    file.write_text(text)
    return Tenant.load(file)


def populated(tenant: Tenant) -> Hub:
    numbers = itertools.count()
    hub = Hub(new_id=lambda: str(next(numbers)), ring_timeout=timedelta(seconds=30))
    tenant.populate(hub, datetime(2026, 1, 5, tzinfo=UTC))
    return hub


def test_a_tenant_file_is_read_as_it_is_written(tmp_path: Path) -> None:
    tenant = load(tmp_path, GOOD)
    assert tenant.users[0].password is not None
    assert tenant.users[0].password.reveal() == "0777"
    assert tenant.bots[0].client_secret.reveal() == "yes"
    state = populated(tenant).state
    ann = state.person(tenant.user_id("ann@x.test"))
    assert ann.name == "Ann Lee"
    assert ann.attributes == {
        "jobTitle": "Boss",
        "locale": "DE_DE",
        "phoneNumbers": [{"phoneNumber": "+4930123", "type": "MOBILE", "isExternallyManaged": True}],
    }
    (conversation,) = state.conversations.values()
    assert conversation.members == (ann.id, tenant.user_id("bot@x.test"))


def test_a_name_of_ones_own_is_shown_until_it_is_changed(tmp_path: Path) -> None:
    tenant = load(tmp_path, GOOD.replace("jobTitle: Boss", "displayName: The Boss"))
    hub, ann = populated(tenant), tenant.user_id("ann@x.test")
    assert hub.state.person(ann).name == "The Boss"
    hub.do(ChangeProfile(by=ann, first_name="Anna"), datetime(2026, 1, 5, tzinfo=UTC))
    assert hub.state.person(ann).name == "Anna Lee"


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    tenant = load(tmp_path, GOOD)
    assert "0777" not in repr(tenant) + tenant.model_dump_json()


def test_a_sandbox_that_is_started_again_has_the_same_ids(tmp_path: Path) -> None:
    first, second = (populated(load(tmp_path, GOOD)).state for _ in range(2))
    assert list(first.people) == list(second.people)
    assert list(first.conversations) == list(second.conversations)


@pytest.mark.parametrize(
    ("replace", "by", "code", "at"),
    [
        ("tenant: {name: Example}", "tenants: {}", "unknown-key", "tenants"),
        ("first_name: Ann", "frist_name: Ann", "unknown-key", "frist_name"),
        ("email: ann@x.test", "email: ann", "wrong-value", "ann\n"),
        ("jobTitle: Boss", "userId: U1", "unknown-key", "userId"),
        ("type: MOBILE", "type: PHONE", "wrong-value", "PHONE"),
        ("client_secret: yes, ", "", "missing-key", "{client_id"),
        ("client_secret: yes", "client_secret: ''", "wrong-value", "''"),
        ("client_id: bot", "client_id: 'a b'", "wrong-value", "'a b'"),
        ("email: bot@x.test", "email: ANN@x.test", "wrong-value", "ANN@x.test"),
        ("bot@x.test]", "eve@x.test]", "wrong-value", "eve@x.test"),
        ("members: [Ann@x.test, bot@x.test]", "members: []", "wrong-value", "[]}"),
        ("topic: Team", "topic: [", "yaml-syntax", ", members: [Ann"),
    ],
)
def test_faults_are_found_at_their_place(tmp_path: Path, replace: str, by: str, code: str, at: str) -> None:
    assert replace in GOOD
    text = GOOD.replace(replace, by)
    with pytest.raises(DocumentError) as caught:
        load(tmp_path, text)
    places = [finding.place for finding in caught.value.findings if finding.code == code]
    before = text[: text.index(at)]
    expected = before.count("\n") + 1, len(before) - before.rfind("\n")
    assert expected in [(place.line, place.column) for place in places]


def test_the_demo_has_people_a_bot_and_a_room_for_all() -> None:
    tenant = Tenant.demo()
    assert "olivia@example.com" in {user.email for user in tenant.users}
    assert len(tenant.conversations[0].members) == len(tenant.users) + 1
    assert tenant.bots[0].client_secret != Tenant.demo().bots[0].client_secret
    given = Tenant.demo(client_id="me", client_secret="s").bots[0]
    assert (given.client_id, given.client_secret.reveal()) == ("me", "s")


@pytest.mark.parametrize(
    ("bot", "name"),
    [
        ("front-desk", "Front desk bot"),
        ("lunch", "Lunch bot"),
        ("  Ann's\tbot_2 ", "Ann's bot 2 bot"),
        ("-", "A bot"),
        ("x" * 500, "X" + "x" * 79 + " bot"),
    ],
)
def test_the_demos_bot_bears_the_name_that_its_file_gives_it(bot: str, name: str) -> None:
    account = Tenant.demo(bot=bot).bots[0]
    assert f"{account.first_name} {account.last_name}" == name
