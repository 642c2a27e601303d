"""What botkit itself says, where a flow does not say it."""

from __future__ import annotations

from collections.abc import Iterable

from .ssml import followed

no_input = ("I did not hear anything.", "I still did not hear anything.")
no_match = ("Sorry, I did not understand.", "Sorry, I still did not understand.")
apology = "Sorry, something went wrong here. Please try again later."
goodbye = "Let us stop here. Goodbye."
cancelled = "All right, cancelled."
form_prompt = "Please fill in this form."
send = "Send"
yes = "Yes"
no = "No"
finish_with_hash = "Press hash to finish."


def spoken_offer(prompt: str, offers: Iterable[tuple[str, str, str]]) -> str:
    """A question with what can be chosen: `(label, key, word)` each, in the author's order; a key or word
    that does not count here is empty."""
    return followed(prompt, " ".join(filter(None, (_offer(*offer) for offer in offers))))


def _offer(label: str, key: str, word: str) -> str:
    ways = [f"press {spoken_key(key)}" if key else "", f"say {word}" if word else ""]
    ways = [way for way in ways if way]
    return f"For {label}, {' or '.join(ways)}." if ways else ""


def yes_no_offer(*, keys: bool, speech: bool) -> str:
    """How a caller answers yes or no."""
    if keys and speech:
        return "Say yes or no, or press 1 for yes and 2 for no."
    return "Say yes or no." if speech else "For yes, press 1. For no, press 2."


def spoken_key(key: str) -> str:
    """A key as one says it."""
    return key.replace("*", "star").replace("#", "hash")


def did_you_say(label: str) -> str:
    """Whether what was understood is right."""
    return f"Did you say {label}?"


def is_that_right(heard: str) -> str:
    """Whether figures or letters are right."""
    return f"I heard {heard}. Is that right?"


def review(*, speech: bool) -> str:
    """Whether a recording is kept."""
    keep, again = ("keep", "again") if speech else ("", "")
    return f"{_offer('keeping it', '1', keep)} {_offer('recording it again', '2', again)}"


def written_offer(prompt: str, offers: Iterable[tuple[str, str]]) -> str:
    """The same on a platform without forms: one line each."""
    return "\n".join([prompt, *(f"{key}: {label}" if key else f"- {label}" for label, key in offers)])
