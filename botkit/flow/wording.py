"""What botkit itself says, where a flow does not say it."""

from __future__ import annotations

from collections.abc import Iterable

no_input = ("I did not hear anything.", "I still did not hear anything.")
no_match = ("Sorry, I did not understand.", "Sorry, I still did not understand.")
apology = "Sorry, something went wrong here. Please try again later."
goodbye = "Let us stop here. Goodbye."
cancelled = "All right, cancelled."
form_prompt = "Please fill in this form."
send = "Send"
finish_with_hash = "Press hash to finish."


def spoken_offer(prompt: str, offers: Iterable[tuple[str, str]]) -> str:
    """A question with what can be pressed: `(label, key)` each, in the author's order."""
    return " ".join([prompt, *(f"For {label}, press {spoken_key(key)}." for label, key in offers)])


def spoken_key(key: str) -> str:
    """A key as one says it."""
    return key.replace("*", "star").replace("#", "hash")


def written_offer(prompt: str, offers: Iterable[tuple[str, str]]) -> str:
    """The same on a platform without forms: one line each."""
    return "\n".join([prompt, *(f"{key}: {label}" if key else f"- {label}" for label, key in offers)])
