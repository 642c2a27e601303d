"""People, bots, and the devices they sit at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from .machine import Delivery, Event, Outcome, Refusal, Refused

if TYPE_CHECKING:
    from .state import State

profile_text_limit = 200
"""Characters of a name, job title and the like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One account, of a person or a bot."""

    id: str
    email: str
    first_name: str
    last_name: str = ""
    shown_as: str = ""
    """A name of their own choice; empty = first and last name."""
    is_bot: bool = False
    attributes: Mapping[str, object] = field(default_factory=dict)
    """Whatever else a platform's directory says, in the names of its wire."""

    @property
    def name(self) -> str:
        """What others read."""
        return self.shown_as or f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True)
class PersonChanged(Event):
    """Somebody changed their own profile."""

    person: Person


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeProfile:
    """Change one's own names or attributes. None = leave as it is. A new name is shown at once."""

    by: str
    first_name: str | None = None
    last_name: str | None = None
    attributes: Mapping[str, object] = field(default_factory=dict)
    """Those to set; others stay."""

    def apply(self, state: State) -> Outcome[Person]:
        person = state.person(self.by)
        for text in (self.first_name, self.last_name, *self.attributes.values()):
            if isinstance(text, str) and len(text) > profile_text_limit:
                raise Refused(Refusal.TOO_MUCH, f"a profile field is longer than {profile_text_limit}")
        changed = replace(
            person,
            first_name=person.first_name if self.first_name is None else self.first_name,
            last_name=person.last_name if self.last_name is None else self.last_name,
            shown_as=person.shown_as if self.first_name is self.last_name is None else "",
            attributes={**person.attributes, **self.attributes},
        )
        state.people[person.id] = changed
        return Outcome(changed, (Delivery(PersonChanged(changed), state.devices_of(person.id)),))
