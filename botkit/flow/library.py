"""The flows of a bot in all the versions that somebody is in.

Whoever begins, begins with the current ones. Whoever is in a flow that has changed since goes on as that
file's `on_change` says, which is decided at the input that comes next:

- `pin`: with the version it began with.
- `migrate`: with the current one. An answer to a question that reads as before is taken; where it reads
  otherwise it is put again, once. Where its step is gone the flow begins anew, its slots kept.
- `restart`: a chat begins anew, its slots empty, as soon as its person answers; until then (a handler
  returns, a time is up) it goes on with the version it began with. A call goes on with that for good.

Who stands in a queue goes on with the version it began with for as long. A version that cannot be had any
more is left as by `migrate`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from msgspec.structs import replace

from botkit.model.inputs import Input
from botkit.model.reasons import Reason
from botkit.model.session import Channel, Session, Status, Turn

from . import engine
from .flowset import FlowSet, OnChange
from .moving import asking, begun_anew, moved

VERB = "version"
"""Of the `Reason` that tells with which version of its flow a session went on: its `branch` is `pinned`,
`migrated`, `asked_again`, `begun_anew` (its slots kept) or `restarted`."""


class FlowLibrary:
    """Which flows a session runs on. It changes only by `replace`, `add` and `forget`."""

    def __init__(self, current: FlowSet) -> None:
        self._current = current
        self._older: dict[str, FlowSet] = {}
        """By the hash of each flow that is otherwise in `_current`."""

    @property
    def current(self) -> FlowSet:
        """What sessions begin with."""
        return self._current

    @property
    def older(self) -> Collection[str]:
        """The hashes of the older versions that are here."""
        return self._older.keys()

    def replace(self, flows: FlowSet) -> None:
        """Let sessions begin with `flows` from now on."""
        before, self._current = self._current, flows
        self.add(before)

    def add(self, flows: FlowSet) -> None:
        """Have an older version too."""
        known = {version.id for version in self._current.versions.values()}
        self._older |= {version.id: flows for version in flows.versions.values()}
        self._older = {name: older for name, older in self._older.items() if name not in known}

    def forget(self, but: Collection[str]) -> None:
        """Give up the older versions of which none has its hash in `but`."""
        self._older = {
            name: flows
            for name, flows in self._older.items()
            if any(version.id in but for version in flows.versions.values())
        }

    def versions(self) -> Mapping[str, bytes]:
        """What all the flows here are made of, by hash, as `FlowVersion.dump` says it."""
        found = {version.id: version for flows in self.sets() for version in flows.versions.values()}
        return {name: version.dump() for name, version in found.items()}

    def sets(self) -> Collection[FlowSet]:
        """All that are here, the current one first."""
        return {id(flows): flows for flows in (self._current, *self._older.values())}.values()

    def flows_of(self, session: Session) -> FlowSet:
        """The flows that a session ran on last."""
        return self._older.get(session.flow_hash, self._current)

    def begins(self, session: Session, parent: Session) -> Session:
        """`session`, which has not begun, with the version that its parent's own version asks for."""
        flow = self.flows_of(parent).flows.get(session.flow)
        return replace(session, flow_hash=flow.hash) if flow is not None else session

    def step(self, session: Session, event: Input, now: datetime) -> Turn:
        """`engine.step`, with the version that is to be used."""
        flow = self._current.flows.get(session.flow)
        older = self._older.get(session.flow_hash)
        if not session.state or session.status is Status.ENDED:
            return engine.step(older or self._current, _known(session, older), event, now)
        if flow is not None and flow.hash == session.flow_hash:
            return engine.step(self._current, session, event, now)
        policy = OnChange.PIN if flow is None else flow.on_change
        if older is not None and not self._leaves(policy, session, event, now):
            return self._pinned(older, session, event, now)
        if flow is None:
            return engine.step(self._current, session, event, now)  # which says so
        refused = _unfit(session, event, now)
        if refused:
            return engine.ignored(session, refused)
        try:
            return self._changed(policy, older, session, event, now)
        except Exception as error:  # a damaged state: nobody can go on with that
            return engine.broken(session, event, f"{type(error).__name__}: {error}"[:200])

    def _leaves(self, policy: OnChange, session: Session, event: Input, now: datetime) -> bool:
        """Whether this input takes a session out of the version that it began with."""
        if policy is OnChange.PIN or "queue" in session.state or _unfit(session, event, now):
            return False
        if policy is OnChange.RESTART:
            return session.channel is not Channel.CALL and isinstance(event, engine.answers)
        return True

    def _pinned(self, older: FlowSet, session: Session, event: Input, now: datetime) -> Turn:
        turn = engine.step(older, session, event, now)
        return self._told(turn, session, "pinned", session.flow_hash)

    def _changed(
        self, policy: OnChange, older: FlowSet | None, session: Session, event: Input, now: datetime
    ) -> Turn:
        current, today = self._current, now.date()
        answer = isinstance(event, engine.answers)
        if policy is OnChange.RESTART and answer and session.channel is not Channel.CALL:
            fresh = begun_anew(older, current, session, today, keep_slots=False)
            return self._told(engine.enter(current, fresh, event, now), session, "restarted")
        there = moved(older, current, session, today)
        if there is None:
            if older is not None and not answer:
                return self._pinned(older, session, event, now)
            if isinstance(event, engine.endings):
                gone = replace(session, state={}, flow_hash="")
                return self._told(engine.step(current, gone, event, now), session, "begun_anew")
            fresh = begun_anew(older, current, session, today, keep_slots=True)
            return self._told(engine.enter(current, fresh, event, now), session, "begun_anew")
        if answer and _asks(session):
            again = engine.enter(current, there, event, now)
            if older is None or engine.enter(older, session, event, now).effects != again.effects:
                return self._told(again, session, "asked_again")
            there = asking(there, again.session)
        return self._told(engine.step(current, there, event, now), session, "migrated")

    def _told(self, turn: Turn, session: Session, branch: str, goes_on: str = "") -> Turn:
        """The turn, with the reason for its version."""
        lost = "" if session.flow_hash in self._older else ", which is lost"
        read = {
            "began": session.flow_hash + lost,
            "goes_on": goes_on or self._current.flows[session.flow].hash,
        }
        why = Reason(flow=session.flow, step="", line=0, verb=VERB, branch=branch, read=read)
        return replace(turn, why=(why, *turn.why))


def _known(session: Session, older: FlowSet | None) -> Session:
    """A session that has not begun takes no hash along that nobody knows."""
    return session if older is not None or session.state else replace(session, flow_hash="")


def _asks(session: Session) -> bool:
    """Whether it waits for the answer to a question."""
    waited = session.state.get("wait")
    return isinstance(waited, Mapping) and waited.get("kind") == "ask"


def _unfit(session: Session, event: Input, now: datetime) -> str:
    """`engine.unfit`, which knows nothing of the end of a call or of who began the session."""
    return "" if isinstance(event, engine.endings) else engine.unfit(session, event, now)
