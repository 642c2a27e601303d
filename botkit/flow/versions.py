"""Versions of flows: what a flow depends on, its hash, and the same as bytes, to be loaded again later.

A flow depends on its file, on the files of the flows it calls, dials or starts (and so on), on the values
that bot.yaml's `config` gives to these files, and on the version of the language. Any other change in a
bot's flows leaves its hash as it is, and so moves nobody who is in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from . import checks

if TYPE_CHECKING:
    from .flowset import Flow

language_version = 1
"""Of the flow language: what the same file means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowVersion:
    """All that one file's flows depend on."""

    id: str
    """`Flow.hash` of these flows."""
    files: Mapping[str, str]
    """Path, as findings name it -> text; the file's own first."""
    config: Mapping[str, Mapping[str, object]] | None
    """As `load_flows` takes it, of these files alone; None = not known."""

    def dump(self) -> bytes:
        """JSON, for `load`."""
        return json.dumps({"id": self.id, "files": self.files, "config": self.config}, default=str).encode()

    @classmethod
    def load(cls, data: bytes) -> FlowVersion:
        """What `dump` wrote. Raises `ValueError`."""
        try:
            found = json.loads(data)
            return cls(id=found["id"], files=found["files"], config=found["config"])
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"this is no version of flows: {error}") from error


def versions_of(
    flows: Mapping[str, Flow], config: Mapping[str, Mapping[str, object]] | None
) -> dict[str, FlowVersion]:
    """The version of each file's flows, by the name of its own flow. `config` is what the flows were loaded
    with."""
    near: dict[str, set[str]] = {}
    for flow in flows.values():
        near.setdefault(flow.root, set()).update(_leads_to(flows, flow))
    found: dict[str, FlowVersion] = {}
    for root in near:
        roots = [root, *sorted(_reached(near, root) - {root})]
        parts = [
            (name, _text(flows[name]), flows[name].config, sorted(_languages(flows, name)))
            for name in sorted(roots)
        ]
        content = json.dumps([language_version, parts], default=str, sort_keys=True)
        found[root] = FlowVersion(
            id=sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16],
            files={flows[name].at.place.file: _text(flows[name]) for name in roots},
            config=None if config is None else {name: config[name] for name in roots if name in config},
        )
    return found


def _leads_to(flows: Mapping[str, Flow], flow: Flow) -> Iterator[str]:
    """The files of the flows that `flow` calls, dials or starts."""
    for op in flow.ops:
        for target in (*op.step.calls(), *op.step.dials(), *op.step.writes()):
            name = checks.full_name(flows, flow, target)
            if name is not None:
                yield flows[name].root


def _reached(near: Mapping[str, set[str]], root: str) -> set[str]:
    seen: set[str] = set()
    ahead = [root]
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            ahead += near[name]
    return seen


def _text(flow: Flow) -> str:
    return "\n".join(flow.at.source.lines)


def _languages(flows: Mapping[str, Flow], root: str) -> set[str]:
    """What the flows of a file speak, which may come from the bot."""
    return {flow.language for flow in flows.values() if flow.root == root}
