"""Which of a recogniser's readings to go by: what is on offer tells more than the recogniser can."""

from __future__ import annotations

from collections.abc import Sequence

from botkit.flow.tags import primary
from botkit.model.speech import SpeechKind, SpeechRules

from .assent import YES_NO, yes_no
from .choices import phrases_of
from .speech import ranked, spoken
from .words import essence


def clearest(rules: SpeechRules, text: str, alternatives: Sequence[str], language: str = "") -> str:
    """`text`, the first reading, unless an alternative means something where that does not.

    An alternative never says otherwise than the first reading, as far as that says anything. An English yes
    or no always sounds more like one of the two, so there it must be that one. `language` is BCP 47.
    """
    choices = dict(rules.choices)
    asks_yes_or_no = rules.kind is SpeechKind.YES_NO
    first = spoken(text, choices)
    if first is not None and first.sure:
        return text
    if first is None and asks_yes_or_no and yes_no(text, spoken=True, language=language) is not None:
        return text
    for other in alternatives:
        found = spoken(other, choices)
        if found is not None and (first is None or (found.sure and found.name == first.name)):
            return other
    if first is None and asks_yes_or_no:
        leans = _leaning(text) if primary(language) in ("", "en") else None
        for other in alternatives:
            agreed = yes_no(other, spoken=True, language=language)
            if agreed is not None and leans in (None, agreed):
                return other
    return text


def _leaning(text: str) -> bool | None:
    """What the words sound more like, however little; None = like neither."""
    near = ranked(essence(text), phrases_of(YES_NO))
    return near[0].name == "yes" if near and near[0].score > 0 else None
