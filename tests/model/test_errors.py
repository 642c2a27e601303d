"""An error is one paragraph: where, what, remedy."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import pytest

import botkit.ports
from botkit.model.errors import BotkitError, UsageError, WorldError


@pytest.mark.parametrize(
    ("where", "remedy", "paragraph"),
    [
        ("", "", "it is broken."),
        ("bot.yaml:3:1", "", "bot.yaml:3:1: it is broken."),
        ("", "Mend it.", "it is broken. Mend it."),
        ("bot.yaml:3:1", "Mend it.", "bot.yaml:3:1: it is broken. Mend it."),
    ],
)
def test_the_paragraph(where: str, remedy: str, paragraph: str) -> None:
    error = UsageError("it is broken.", where=where, remedy=remedy)
    assert error.paragraph() == paragraph == str(error)
    assert (error.what, error.where, error.remedy) == ("it is broken.", where, remedy)


def test_the_families_leave_with_codes_of_their_own() -> None:
    assert UsageError("x").exit_code == 2
    assert WorldError("x").exit_code == 1
    assert not issubclass(UsageError, WorldError)


def port_errors() -> list[type[BotkitError]]:
    found: list[type[BotkitError]] = []
    for module_info in pkgutil.iter_modules(botkit.ports.__path__):
        module = importlib.import_module(f"botkit.ports.{module_info.name}")
        for _, value in inspect.getmembers(module, inspect.isclass):
            if value.__module__ == module.__name__ and issubclass(value, BotkitError):
                found.append(value)
    return found


@pytest.mark.parametrize("error", port_errors(), ids=lambda error: error.__name__)
def test_what_a_port_raises_is_the_worlds_fault_and_told_in_one_paragraph(error: type[BotkitError]) -> None:
    assert issubclass(error, WorldError)
    assert error("It broke.", where="here", remedy="Mend it.").paragraph() == "here: It broke. Mend it."
    assert inspect.getdoc(error)
