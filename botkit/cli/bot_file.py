"""What is wrong with a bot.yaml itself, each fault at its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from botkit.flow.document import Mapping, Node, Scalar, Sequence
from botkit.flow.quoting import doubts
from botkit.flow.source import check, read_document
from botkit.model.errors import UsageError
from botkit.model.findings import Finding
from botkit.settings import REFERENCE, SECRET_KEYS, BotFile
from botkit.settings.references import is_reference


def findings_of(path: Path) -> list[Finding]:
    """Raises `DocumentError` when it cannot be read at all."""
    document = read_document(path)
    _, findings = check(document, BotFile)
    found = [
        *doubts(document),
        *findings,
        *_literals(document),
        *_absent(document, path.parent),
        *_store(document),
    ]
    hidden = {finding.place.line for finding in found if finding.code == "literal-secret"}
    shown = (
        replace(finding, source_line="***")
        if finding.place.line in hidden and finding.code != "literal-secret"
        else finding
        for finding in found
    )
    return sorted(shown, key=lambda finding: finding.place)


def _literals(document: Mapping) -> Iterator[Finding]:
    """Secrets that stand in the file. Their lines are not repeated, whatever else is wrong in them."""
    yield from _webhook_literals(document)
    for where, name, value in _named_secrets(document):
        if isinstance(value, Scalar) and value and not is_reference(value):
            remedy = f"Write `${{{name}}}` and set that variable, or `file:PATH`."
            finding = value.at.finding("literal-secret", f"A secret of {where} stands in the file.", remedy)
            yield replace(finding, source_line="***")
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


def _named_secrets(document: Mapping) -> Iterator[tuple[str, str, Node]]:
    """Whose it is, a variable's name for it, and what stands there."""
    receivers = document.get("receivers")
    for name, receiver in receivers.items() if isinstance(receivers, Mapping) else ():
        for key in ("secret", "old_secret"):
            value = receiver.get(key) if isinstance(receiver, Mapping) else None
            yield f"the receiver `{name[:40]}`", _variable(f"{name}_{key}"), value
    for block, key, name in (
        ("store", "password", "DATABASE_PASSWORD"),
        ("web", "metrics_token", "METRICS_TOKEN"),
    ):
        entries = document.get(block)
        yield f"`{block}`", name, entries.get(key) if isinstance(entries, Mapping) else None


def _variable(name: str) -> str:
    return re.sub(r"[^A-Z0-9]+", "_", name.upper())


def _webhook_literals(document: Mapping) -> Iterator[Finding]:
    web = document.get("web")
    webhooks = web.get("webhooks") if isinstance(web, Mapping) else None
    for name, webhook in webhooks.items() if isinstance(webhooks, Mapping) else ():
        for text in _scalars(webhook.get("secrets") if isinstance(webhook, Mapping) else None):
            if not is_reference(text):
                message = f"A secret of the webhook `{name[:40]}` stands in the file."
                remedy = f"Write `${{{_variable(f'{name}_secret')}}}` and set that variable, or `file:PATH`."
                yield replace(text.at.finding("literal-secret", message, remedy), source_line="***")


def _absent(document: Mapping, folder: Path) -> Iterator[Finding]:
    """Files that it names and that are not there."""
    for block, what in (("flows", "flow file"), ("handlers", "Python file")):
        for name in _scalars(document.get(block)):
            if not (folder / name).exists():
                message = f"There is no {what} `{name[:80]}`."
                yield name.at.finding("no-file", message, "Check the path: it is read from bot.yaml on.")


def _store(document: Mapping) -> Iterator[Finding]:
    """A URL that names no store. One that is a reference is known only where the bot runs."""
    store = document.get("store")
    url = store.get("url") if isinstance(store, Mapping) else store
    if not isinstance(url, Scalar) or is_reference(url):
        return
    from botkit.store.urls import check_url

    try:
        check_url(url)
        if urlsplit(url).password:
            remedy = (
                "Write `password: ${DATABASE_PASSWORD}` beside the URL and set that variable, or `file:PATH`."
            )
            finding = url.at.finding("literal-secret", "The password of `store` stands in the file.", remedy)
            yield replace(finding, source_line="***")
    except UsageError as error:
        what = error.what[:1].upper() + error.what[1:]
        finding = url.at.finding("wrong-value", what, error.remedy)
        yield replace(finding, source_line="***") if "@" in url else finding


def _scalars(node: Node) -> Iterator[Scalar]:
    if isinstance(node, Sequence):
        yield from (item for item in node if isinstance(item, Scalar))
