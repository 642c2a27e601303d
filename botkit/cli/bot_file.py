"""What is wrong with a bot.yaml itself, each fault at its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from botkit.flow.document import Mapping, Node, Scalar, Sequence
from botkit.flow.quoting import doubts
from botkit.flow.source import check, read_document
from botkit.model.findings import Finding
from botkit.settings import REFERENCE, SECRET_KEYS, BotFile
from botkit.settings.references import is_reference


def findings_of(path: Path) -> list[Finding]:
    """Raises `DocumentError` when it cannot be read at all."""
    document = read_document(path)
    _, findings = check(document, BotFile)
    found = [*doubts(document), *findings, *_literals(document), *_absent(document, path.parent)]
    return sorted(found, key=lambda finding: finding.place)


def _literals(document: Mapping) -> Iterator[Finding]:
    """Secrets that stand in the file. Their lines are not repeated."""
    yield from _webhook_literals(document)
    for block, every in (("platform", False), ("secrets", True)):
        entries = document.get(block)
        if not isinstance(entries, Mapping):
            continue
        for name, value in entries.items():
            secret = every or SECRET_KEYS.search(name) is not None
            if not secret or not isinstance(value, Scalar):
                continue
            if not value.startswith("file:") and not REFERENCE.search(value):
                at = entries.key_at(name)
                message = f"The secret `{name}` stands in the file."
                remedy = f"Write `{name}: ${{{name.upper()}}}` and set that variable, or `file:PATH`."
                shown = " " * (at.column - 1) + f"{name}: ***"
                yield replace(at.finding("literal-secret", message, remedy), source_line=shown)


def _webhook_literals(document: Mapping) -> Iterator[Finding]:
    web = document.get("web")
    webhooks = web.get("webhooks") if isinstance(web, Mapping) else None
    for name, webhook in webhooks.items() if isinstance(webhooks, Mapping) else ():
        for text in _scalars(webhook.get("secrets") if isinstance(webhook, Mapping) else None):
            if not is_reference(text):
                message = f"A secret of the webhook `{name[:40]}` stands in the file."
                variable = f"{name.upper().replace('-', '_')}_SECRET"
                remedy = f"Write `${{{variable}}}` and set that variable, or `file:PATH`."
                yield replace(text.at.finding("literal-secret", message, remedy), source_line="***")


def _absent(document: Mapping, folder: Path) -> Iterator[Finding]:
    """Files that it names and that are not there."""
    for block, what in (("flows", "flow file"), ("handlers", "Python file")):
        for name in _scalars(document.get(block)):
            if not (folder / name).exists():
                message = f"There is no {what} `{name[:80]}`."
                yield name.at.finding("no-file", message, "Check the path: it is read from bot.yaml on.")


def _scalars(node: Node) -> Iterator[Scalar]:
    if isinstance(node, Sequence):
        yield from (item for item in node if isinstance(item, Scalar))
