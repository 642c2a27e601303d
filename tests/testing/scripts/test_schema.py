"""What the schema takes, the reader takes; what it refuses, the reader refuses."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
import yaml

from botkit.testing.scripts.schema import script_schema

EXAMPLES = Path(__file__).parents[3] / "examples"


class _Yaml12(yaml.SafeLoader):
    """As editors read it. By YAML 1.1 `on` would be a yes."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":bool")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


SCHEMA = jsonschema.Draft202012Validator(script_schema())


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*/scripts/*.yaml")), ids=lambda path: path.stem)
def test_scripts_that_ship_fit(path: Path) -> None:
    document = yaml.load(path.read_text(), _Yaml12)
    assert [error.message for error in SCHEMA.iter_errors(document)] == []


@pytest.mark.parametrize(
    ("step", "fits"),
    [
        ("hears: Hello", True),
        ("hears: {exactly: Hello}", True),
        ("hears: {exacly: Hello}", False),
        ("heers: Hello", False),
        ("{presses: 12, at: 1.3s}", True),
        ("{presses: 12, at: 1.3}", False),
        ("hangs up", True),
        ("hangs up:", True),
        ("hears nothing more", True),
        ("hears", False),
        ("{picks up: olivia@example.com}", True),
        ("why: [menu = hours, switch]", True),
        ("{ran: price_of, with: {number: 7}}", True),
        ("ends: flow", True),
        ("ends: tears", False),
    ],
)
def test_a_step(step: str, fits: bool) -> None:
    document = {"test": "desk", "scripts": {"one": {"steps": [yaml.safe_load(step)]}}}
    assert SCHEMA.is_valid(document) is fits
