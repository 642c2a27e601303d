from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from botkit.circuit import CircuitConnector
from botkit.circuit.plugin import CircuitFactory, register_connectors
from botkit.hooks import Hooks
from botkit.model.errors import UsageError
from botkit.model.secret import Secret

SETTINGS: dict[str, object] = {
    "domain": "localhost:8443",
    "client_id": "bot",
    "client_secret": Secret("s"),
    "trust": "state/sandbox.pem",
}


def test_it_is_found_by_its_entry_point() -> None:
    hooks = Hooks()
    hooks.load_entry_points()
    assert isinstance(hooks.connectors()["circuit"], CircuitFactory)


def test_it_builds_a_connector() -> None:
    (factory,) = register_connectors()
    connector = factory.build(SETTINGS, "bot.yaml: platform", Path())
    assert isinstance(connector, CircuitConnector)
    assert connector.session.domain == "localhost:8443"
    assert connector.capabilities.forms


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"domian": "x"}, "no setting 'domian'"),
        ({"domain": ""}, "needs 'domain'"),
        ({"client_secret": None}, "needs 'client_secret'"),
        ({"domain": "https://localhost"}, "without https://"),
        ({"scope": 7}, "`scope` is no text"),
    ],
)
def test_settings_that_cannot_be(change: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        CircuitFactory().build({**SETTINGS, **change}, "bot.yaml: platform", Path())
    assert caught.value.where == "bot.yaml: platform"
    assert caught.value.remedy


def test_registering_imports_nothing_heavy() -> None:
    code = "import sys, botkit.circuit.plugin; print('aiohttp' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
