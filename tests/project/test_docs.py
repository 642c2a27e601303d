"""What the documents say is so: links lead somewhere, commands exist, the product reads the examples."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from botkit.app import hooks_of
from botkit.cli import COMMANDS
from botkit.flow.loader import load_flows
from botkit.hooks import Hooks
from botkit.sandbox import Tenant
from botkit.settings import read_settings

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: Path
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.name}-{self.text.splitlines()[0].strip('# ')}"


BLOCKS = [
    Block(page, language, text)
    for page in PAGES
    for language, text in re.findall(r"^```(\w+)\n(.+?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
]


def blocks(language: str, first_line: str) -> list[Block]:
    return [block for block in BLOCKS if block.language == language and re.match(first_line, block.text)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_commands_that_pages_name_are_there() -> None:
    lines = [line.strip() for block in BLOCKS if block.language == "sh" for line in block.text.splitlines()]
    for words in (line.split() for line in lines if line):
        if words[0] == "botkit":
            assert words[1] in COMMANDS
        elif "/" in words[0]:
            assert os.access(ROOT / words[0], os.X_OK), words
    assert any(line.startswith("script/demo") for line in lines)


def test_the_readme_tells_of_every_command() -> None:
    readme = (ROOT / "README.md").read_text()
    assert set(re.findall(r"^\| `botkit ([\w-]+)", readme, re.MULTILINE)) == set(COMMANDS)
    for script in (ROOT / "script").iterdir():
        assert f"script/{script.name}" in readme


@pytest.mark.parametrize("block", blocks("yaml", r"# \S+/\S+\.yaml\n"), ids=str)
def test_an_excerpt_is_what_the_file_says(block: Block) -> None:
    heading, _, excerpt = block.text.partition("\n")
    whole = (ROOT / heading.strip("# ")).read_text()
    assert all(part.strip("\n") in whole for part in excerpt.split("# ...\n"))


@pytest.mark.parametrize("block", blocks("yaml", r"flow: |flow_version: "), ids=str)
def test_a_flow_on_a_page_is_without_findings(block: Block, tmp_path: Path) -> None:
    path = tmp_path / "page.yaml"
    path.write_text(block.text)
    assert load_flows([path]).flows


@pytest.mark.parametrize("block", blocks("yaml", r"# bot\.yaml\n"), ids=str)
def test_a_bot_yaml_on_a_page_is_read(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_CLIENT_ID", "frontdesk")
    monkeypatch.setenv("BOT_CLIENT_SECRET", "secret")
    (tmp_path / "bot.yaml").write_text(block.text)
    settings = read_settings(tmp_path / "bot.yaml")
    factory = hooks_of(settings).connectors()[settings.file.platform["connector"]]
    platform = {key: value for key, value in settings.platform.items() if key != "connector"}
    assert factory.build(platform, "bot.yaml: platform", Path())


@pytest.mark.parametrize("block", blocks("yaml", r"# tenant\.yaml\n"), ids=str)
def test_a_tenant_on_a_page_is_read(block: Block, tmp_path: Path) -> None:
    (tmp_path / "tenant.yaml").write_text(block.text)
    assert Tenant.load(tmp_path / "tenant.yaml")


@pytest.mark.parametrize("block", blocks("python", r"# handlers\.py\n"), ids=str)
def test_handlers_on_a_page_are_registered(block: Block, tmp_path: Path) -> None:
    (tmp_path / "handlers.py").write_text(block.text)
    hooks = Hooks()
    hooks.load_file(tmp_path / "handlers.py")
    assert hooks.step_handlers.keys() >= set(re.findall(r"@step_handler\s+def (\w+)", block.text))


def test_the_tests_on_a_page_pass(tmp_path: Path) -> None:
    (block,) = blocks("python", r"# test_\w+\.py\n")
    (tmp_path / "test_page.py").write_text(block.text)
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout


def test_files_that_the_architecture_names_are_there() -> None:
    page = (ROOT / "docs/architecture.md").read_text()
    named = set(re.findall(r"`((?:\w+/)+\w+\.py|botkit/[\w/]+/|benchmarks/)`", page))
    assert named
    assert [name for name in named if not any((top / name).exists() for top in (ROOT, ROOT / "botkit"))] == []
