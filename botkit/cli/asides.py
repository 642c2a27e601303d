"""What one can say to the terminal instead of to the bot: a line that begins with a colon."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping

from botkit.cli.journal_words import lines_of
from botkit.flow.flowset import FlowSet
from botkit.flow.values import duration
from botkit.model import codec
from botkit.model.session import Session
from botkit.ports.store import Store

HELP = """\
     :slots      what the flow knows by now
     :stack      where it stands: flow, step, line
     :why        what came of your last answer, and why
     :tick 5s    let time pass (10m, 24h ...)
     :keys 12#   press keys, on a call"""

Forward = Callable[[float], Awaitable[None]]
Press = Callable[[str], Awaitable[None]]


class Asides:
    """Answers them, about the one session that talks to the terminal."""

    def __init__(self, store: Store, flows: FlowSet, forward: Forward, press: Press | None = None) -> None:
        """`forward` lets seconds pass; `press` presses keys, where there are some."""
        self._store = store
        self._flows = flows
        self._forward = forward
        self._press = press
        self._ways: Mapping[str, Callable[[str], Awaitable[None]]] = {
            "slots": self._slots,
            "stack": self._stack,
            "why": self._why,
            "tick": self._tick,
            "keys": self._keys,
            "help": self._help,
        }

    async def take(self, line: str) -> bool:
        """Whether the line is one, and was answered."""
        if not line.startswith(":"):
            return False
        name, _, rest = line[1:].partition(" ")
        await self._ways.get(name, self._help)(rest.strip())
        return True

    async def _session(self) -> Session | None:
        rows = await self._store.open_sessions("")
        session = codec.load(rows[-1].state) if rows else None
        if isinstance(session, Session):
            return session
        print("     No session is open.")
        return None

    async def _slots(self, _: str) -> None:
        session = await self._session()
        scopes = session.state.get("scopes") if session else None
        if session is None or not isinstance(scopes, list | tuple):
            return
        secret = {
            name for flow in self._flows.flows.values() for name, slot in flow.slots.items() if slot.secret
        }
        for scope in scopes:
            for name, value in scope.items():
                shown = "***" if name in secret else json.dumps(value, ensure_ascii=False)
                print(f"     {name}: {shown}")
        if not any(scopes):
            print("     Nothing yet.")

    async def _stack(self, _: str) -> None:
        session = await self._session()
        stack = session.state.get("stack") if session else None
        if not isinstance(stack, list | tuple):
            return
        for name, step, *_rest in stack:
            flow = self._flows.flows.get(str(name))
            op = flow.by_id.get(str(step)) if flow else None
            where = f"  {op.at.place.file}:{op.at.line}  {op.step.verb}" if op else ""
            print(f"     {name}: {step}{where}")

    async def _why(self, _: str) -> None:
        session = await self._session()
        rows = await self._store.journal(session.id) if session else ()
        turns = [row for row in rows if row.kind == "turn"]
        files = {name: flow.at.source.file for name, flow in self._flows.flows.items()}
        for line in lines_of(turns[-1], files) if turns else ():
            print(f"     {line.text}")

    async def _tick(self, text: str) -> None:
        try:
            seconds = duration(text)
        except ValueError:
            print("     Say how long: `:tick 5s`, `:tick 24h`.")
            return
        await self._forward(seconds)

    async def _keys(self, keys: str) -> None:
        if self._press is None:
            print("     There are no keys on chat.")
        elif not keys or set(keys) - set("0123456789*#"):
            print("     Say which: `:keys 12#`.")
        else:
            await self._press(keys)

    async def _help(self, _: str) -> None:
        print(HELP)
