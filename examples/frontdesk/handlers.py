"""What the help desk's flow cannot say in YAML."""

from __future__ import annotations

from botkit import step_handler

AGENTS = {"network": "ben@example.com"}
"""Topic -> who takes care of it; the desk takes everything else."""


@step_handler
def find_agent(topic: str) -> str | None:
    """E-mail address of whoever takes care of a topic."""
    return AGENTS.get(topic)
