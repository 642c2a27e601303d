"""The versions of flows that open sessions need: kept in the store, so that they outlive the process."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from botkit.flow.flowset import FlowSet, OnChange
from botkit.flow.library import FlowLibrary
from botkit.flow.versions import FlowVersion
from botkit.model.errors import BotkitError
from botkit.model.plural import counted
from botkit.ports.store import Store

log = logging.getLogger(__name__)

VersionLoader = Callable[[FlowVersion], FlowSet]
"""Makes flows again of what they were made of. Raises `BotkitError` for one that it cannot read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowChange:
    """A flow file that is other than before."""

    flow: str
    before: bool
    """There was one of this name."""
    now: bool
    """There still is."""
    on_change: OnChange
    """What becomes of those who are in an older version."""
    sessions: int
    """How many are open in older versions of it."""


class Versions:
    """Keeps the store and the library in step."""

    def __init__(self, store: Store, library: FlowLibrary, load: VersionLoader) -> None:
        self._store = store
        self._library = library
        self._load = load

    async def take_up(self) -> None:
        """At the start: have the versions that open sessions run on, and forget those that none does."""
        in_use = await self._store.versions_in_use()
        for name in sorted(in_use.keys() - {version.id for version in self._current().values()}):
            flows = await self._loaded(name, in_use[name])
            if flows is not None:
                self._library.add(flows)
        await self._keep()

    async def replace(self, flows: FlowSet) -> Sequence[FlowChange]:
        """Let sessions begin with `flows` from now on; what is other than before."""
        in_use = await self._store.versions_in_use()
        # Not those of the flows that go now: a session that is beginning with them is in no row yet.
        self._library.forget(in_use.keys())
        await self._keep(flows)
        before = self._current()
        roots = self._roots()
        self._library.replace(flows)
        return _changes(before, flows, roots, in_use)

    def _current(self) -> Mapping[str, FlowVersion]:
        return self._library.current.versions

    def _roots(self) -> dict[str, str]:
        """Hash -> the flow it is of, of all versions that are here."""
        return {flow.hash: flow.root for flows in self._library.sets() for flow in flows.flows.values()}

    async def _keep(self, new: FlowSet | None = None) -> None:
        """Of the library, and of flows that are to become the current ones."""
        versions = dict(self._library.versions())
        if new is not None:
            versions |= {version.id: version.dump() for version in new.versions.values()}
        await self._store.keep_versions(versions)
        await self._store.forget_versions(but=versions.keys())

    async def _loaded(self, name: str, sessions: int) -> FlowSet | None:
        """An older version. None when it cannot be had: its sessions go on with the current one."""
        data = await self._store.version(name)
        reason = "it is not kept"
        if data is not None:
            try:
                version = FlowVersion.load(data)
                flows = self._load(version)
                if any(found.id == name for found in flows.versions.values()):
                    return flows
                reason = "it means something else in this version of botkit"
            except (BotkitError, ValueError) as error:
                reason = error.paragraph() if isinstance(error, BotkitError) else str(error)
        who = counted(sessions, "open session goes", "open sessions go")
        log.warning(
            "%s on with the flows of today, since the version %s cannot be had: %s", who, name, reason
        )
        return None


def _changes(
    before: Mapping[str, FlowVersion], flows: FlowSet, roots: Mapping[str, str], in_use: Mapping[str, int]
) -> list[FlowChange]:
    changes = []
    for name in sorted(before.keys() | flows.versions.keys()):
        old, new = before.get(name), flows.versions.get(name)
        if old is not None and new is not None and old.id == new.id:
            continue
        held = sum(
            count
            for version, count in in_use.items()
            if roots.get(version) == name and (new is None or version != new.id)
        )
        policy = flows.flows[name].on_change if new is not None else OnChange.PIN
        changes.append(
            FlowChange(
                flow=name, before=old is not None, now=new is not None, on_change=policy, sessions=held
            )
        )
    return changes
