"""compose.yaml says what a Compose file may say, and what it names is there."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from botkit.settings import read_settings

ROOT = Path(__file__).parents[2]
KNOWN = {
    *("build", "image", "restart", "depends_on", "environment", "volumes", "secrets", "ports", "shm_size"),
    *("stop_grace_period", "cap_drop", "security_opt", "logging", "healthcheck"),
}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return loaded


def test_it_says_what_compose_knows(compose: dict[str, Any]) -> None:
    assert compose.keys() == {"services", "secrets", "volumes"}
    for service in compose["services"].values():
        assert service.keys() <= KNOWN
        assert service["restart"] == "unless-stopped"
        assert "image" in service
        assert not service["image"].endswith(":latest")


def test_every_secret_is_a_file_and_known(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert set(service["secrets"]) <= compose["secrets"].keys()
        for name, value in service.get("environment", {}).items():
            assert not re.search(r"(?i)(password|secret|token)$", name), f"{name}={value}: a secret is a file"
    assert all(secret["file"].startswith("./secrets/") for secret in compose["secrets"].values())
    assert "/secrets/" in (ROOT / ".gitignore").read_text().split()


def test_named_volumes_are_declared_and_others_are_folders_beside_it(compose: dict[str, Any]) -> None:
    mounts = [mount for service in compose["services"].values() for mount in service["volumes"]]
    named = {mount.partition(":")[0] for mount in mounts if not mount.startswith(".")}
    assert named == compose["volumes"].keys()


def test_the_bot_waits_for_a_healthy_database_and_has_time_to_drain(compose: dict[str, Any]) -> None:
    bot, database = compose["services"]["bot"], compose["services"]["database"]
    assert bot["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert database["healthcheck"]["test"][0] == "CMD"
    assert int(bot["stop_grace_period"].removesuffix("s")) > 30
    assert all(port.startswith("127.0.0.1:") for port in bot["ports"])


def test_the_commands_in_its_head_let_the_container_read_what_others_cannot_reach(tmp_path: Path) -> None:
    head = (ROOT / "compose.yaml").read_text().partition("services:")[0]
    commands = re.findall(r"^# {3}((?:mkdir|openssl|printf|chmod) .*)$", head, flags=re.MULTILINE)
    script = "umask 077\n" + "\n".join(commands)
    environment = {"PATH": os.environ["PATH"], "BOT_CLIENT_SECRET": "hush"}
    subprocess.run(["sh", "-ec", script], cwd=tmp_path, env=environment, check=True)
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in tmp_path.rglob("*")}
    assert modes == {
        "bot": "0o755",
        "secrets": "0o700",
        "bot_client_secret": "0o644",
        "database_password": "0o644",
    }
    assert (tmp_path / "secrets" / "bot_client_secret").read_text() == "hush"


def test_the_bot_yaml_in_its_head_is_read(tmp_path: Path) -> None:
    head = (ROOT / "compose.yaml").read_text().partition("# bot.yaml says:\n")[2].partition("services:")[0]
    text = re.sub(r"^#( {3})?", "", head, flags=re.MULTILINE)
    (tmp_path / "bot.yaml").write_text(f"bot: it\n{text}")
    file = read_settings(tmp_path / "bot.yaml", with_platform=False).file
    assert file.store.url == "postgresql://botkit@database/botkit"
    assert file.web is not None
    assert file.log == "json"
