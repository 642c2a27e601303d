"""The hub: one command in, its outcome out. Neither clock nor wire; time and ids are handed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from .calling import expire_calls, lose_device
from .machine import Command, Outcome
from .people import Person
from .presence import expire_presence, remove_device
from .state import State

Result = TypeVar("Result")


class Hub:
    """A platform in one object. Read `state`; change it with `do`."""

    def __init__(self, *, new_id: Callable[[], str], ring_timeout: timedelta) -> None:
        self.state = State(new_id, ring_timeout)

    def add(self, person: Person) -> None:
        """Somebody gets an account. Raises `ValueError` when the id or e-mail address is taken."""
        if person.id in self.state.people or self.state.person_by_email(person.email):
            raise ValueError(f"{person.email} has an account already")
        self.state.people[person.id] = person

    def do(self, command: Command[Result], now: datetime) -> Outcome[Result]:
        """Carry out a command, or raise `Refused` and change nothing. `now` must not go back."""
        self.state.now = max(now, self.state.now)
        return command.apply(self.state)

    @property
    def next_deadline(self) -> datetime | None:
        """When `Pass` is due, if nothing else happens before."""
        moments = [call.expires_at for call in self.state.calls.values()]
        moments += [chosen.until for chosen in self.state.presence.values()]
        return min((moment for moment in moments if moment), default=None)


@dataclass(frozen=True, slots=True)
class Pass:
    """Time passes: what is due happens."""

    def apply(self, state: State) -> Outcome[None]:
        return Outcome(None, expire_calls(state) + expire_presence(state))


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnect:
    """A device goes off line."""

    device_id: str

    def apply(self, state: State) -> Outcome[None]:
        state.device(self.device_id)
        calls = lose_device(state, self.device_id)
        return Outcome(None, calls + remove_device(state, self.device_id))
