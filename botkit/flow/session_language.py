"""Which language a session speaks, in each of the flows that it runs."""

from __future__ import annotations

from .events import FlowEvent
from .flowset import Flow, Tongue
from .tags import nearest
from .values import as_text


class SessionLanguage:
    """The language of a session: the one it was told to speak, else the one a flow begins with, else the one
    of the person's account, else the one that the flow falls back to. A flow of one language keeps that."""

    def __init__(self, told: str, locale: str) -> None:
        """`told` was chosen in the conversation, `locale` is of the account (BCP 47); empty = nothing is."""
        self.told = told
        self._locale = locale
        self._last: tuple[Flow | None, str, Tongue | None] = (None, "", None)

    def tongue(self, flow: Flow) -> Tongue:
        """What a flow speaks now."""
        of, told, found = self._last
        if found is None or of is not flow or told != self.told:
            found = self._found(flow)
            self._last = (flow, self.told, found)
        return found

    def _found(self, flow: Flow) -> Tongue:
        if not flow.languages:
            return flow.tongues[0]
        wishes = (self.told, flow.initial, self._locale)
        language = next(filter(None, (nearest(wish, flow.languages) for wish in wishes)), None)
        return flow.tongues[0] if language is None else flow.tongue(language)

    def change(self, flow: Flow, language: object) -> None:
        """Speak another one of the flow's. Raises `error.set` for what is none of them."""
        found = nearest(language, flow.languages) if isinstance(language, str) else None
        if found is None:
            raise FlowEvent("error.set", f"{as_text(language)[:40]} is none of the flow's languages")
        self.told = found

    def call(self, caller: Flow, called: Flow) -> None:
        """One flow calls another, which goes on in the language of the first, if it can change at all."""
        if called.languages and not self.told:
            self.told = self.tongue(caller).language

    def inputs(self, flow: Flow | None) -> dict[str, object]:
        """What a flow that talks in a session of its own takes over, as inputs: a language that was chosen.
        Else it begins with that of whom it talks to."""
        known = flow is not None and nearest(self.told, flow.languages)
        return {"language": self.told} if known else {}
