"""What the help desk's flow cannot say in YAML."""

from __future__ import annotations

import secrets

from botkit import step_handler

AGENTS = {"network": "ben@example.com"}
"""Topic -> who takes care of it; the desk takes everything else."""


@step_handler
def create_ticket(topic: str, details: str, person: str, urgent: bool) -> dict[str, str]:
    """Make a ticket. A real one would be kept in a ticket system; this one has a number only."""
    return {"id": f"{topic[:1].upper()}{secrets.randbelow(9000) + 1000}"}


@step_handler
def find_agent(topic: str) -> str | None:
    """E-mail address of whoever takes care of a topic."""
    return AGENTS.get(topic)
