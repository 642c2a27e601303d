"""What botkit itself says, where a flow does not say it: in one language, as one flow would have it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .expressions import ConfigValues
from .ssml import followed
from .tags import primary
from .templates import Template, compile_text
from .values import Fault
from .wordings import Catalogue, catalogues

_keys = {"*": "star", "#": "hash"}


class Wording:
    """The texts, and the sentences made of them."""

    def __init__(
        self,
        language: str = "",
        *,
        instead: Mapping[str, Template] | None = None,
        config: Mapping[str, object] | None = None,
    ) -> None:
        """`language` is BCP 47; one without a catalogue, or none, is worded in English. `instead` are texts
        that a flow gives for this language; they may read its `config`."""
        catalogue = catalogue_of(language) or catalogues[0]
        self.language = language
        self._config = config or {}
        self._words = catalogue.words
        self._own = catalogue.texts
        self._texts: dict[str, Template] = {}
        for name, template in (instead or {}).items():
            try:
                template.text(ConfigValues(self._config))
            except Fault:
                continue  # botkit's own text goes before none at all
            self._texts[name] = template

    def text(self, name: str, **given: object) -> str:
        """One of the texts, filled."""
        template = self._texts.get(name)
        if template is None:
            template = self._texts[name] = compile_text(self._own[name])
        if template.constant is not None:
            return template.constant
        return template.text(ConfigValues(self._config, given))

    def words(self, name: str) -> Sequence[str]:
        """What people say for it; none where there are no words for it in this language."""
        return self._words.get(name, ())

    def failures(self, kind: str) -> tuple[str, str]:
        """What is said when no answer came (`no_input`) or none that fits (`no_match`), twice at most."""
        return self.text(kind), self.text(f"{kind}_again")

    def spoken_offer(self, prompt: str, offers: Iterable[tuple[str, str, str]]) -> str:
        """A question with what can be chosen: `(label, key, word)` each, in the author's order; a key or
        word that does not count here is empty."""
        return followed(prompt, " ".join(filter(None, (self._offer(*offer) for offer in offers))))

    def _offer(self, label: str, key: str, word: str) -> str:
        if not key and not word:
            return ""
        by = "both" if key and word else "key" if key else "word"
        return self.text(f"offer_by_{by}", label=label, key=self.spoken_key(key), word=word)

    def yes_no_offer(self, *, keys: bool, speech: bool) -> str:
        """How a caller answers yes or no."""
        return self.text(f"yes_no_by_{'both' if keys and speech else 'key' if keys else 'word'}")

    def spoken_key(self, key: str) -> str:
        """A key as one says it; several in a row one by one."""
        if not set(key) & set(_keys):
            return key
        return " ".join(self.text(_keys[sign]) if sign in _keys else sign for sign in key)

    def did_you_say(self, label: str) -> str:
        """Whether what was understood is right."""
        return self.text("did_you_say", label=label)

    def is_that_right(self, heard: str) -> str:
        """Whether figures or letters are right."""
        return self.text("is_that_right", heard=heard)

    def review(self, *, speech: bool) -> str:
        """Whether a recording is kept."""
        return self.text("review_by_both" if speech else "review_by_key")


def catalogue_of(language: str) -> Catalogue | None:
    """The texts in a language; None when there are none. No language is English."""
    wanted = primary(language) if language else catalogues[0].language
    return next((each for each in catalogues if each.language == wanted), None)


def written_offer(prompt: str, offers: Iterable[tuple[str, str]]) -> str:
    """A question with what can be chosen, on a platform without forms: `(label, key)`, one line each."""
    return "\n".join([prompt, *(f"{key}: {label}" if key else f"- {label}" for label, key in offers)])
