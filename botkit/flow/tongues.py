"""What a flow speaks: its languages, what is said in each, and what is missing in one of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from botkit.model.findings import Finding

from .document import Location, Scalar, did_you_mean
from .document import Mapping as Keys
from .document import Sequence as Items
from .fields import Reading
from .flowfile import FlowFile
from .flowset import Flow, Tongue
from .language import language_of
from .messages import Message, Plural, needed_forms
from .own_wording import instead
from .steps.choose import Choose
from .steps.deciding import Set
from .tags import nearest
from .templates import Template
from .translated import Translation
from .wording import Wording, catalogue_of
from .wordings import meanings

Hears = Callable[[str], bool]
"""Whether speech in a language (BCP 47) is understood."""


class Tongues:
    """The languages of the flows of one file."""

    def __init__(
        self, content: FlowFile, document: Keys, config: Mapping[str, object], usual: str, *, known: bool
    ) -> None:
        """`usual` is the bot's language; `known`: `config` is what bot.yaml says."""
        at = document.key_at("flow")
        self._content = content
        self._config = config
        self._usual = usual
        self._at = at
        self._declared_at = document.key_at("languages")
        self._known = known
        self._wordings: dict[str, Wording] = {}
        self.findings: list[Finding] = []

    def of(self, own: Template | None, hears: Hears | None) -> tuple[Sequence[Tongue], tuple[str, ...], str]:
        """What a flow speaks, between which languages it can change, and with which one it begins. `own`: an
        inner flow's language."""
        declared = self._content.languages or ()
        named = self._content.language if own is None else own
        language, faults = language_of(named, self._config, self._usual, self._at, known=self._known)
        self.findings += faults
        if own is not None or not declared:
            at = self._at if named is None else named.at or self._at
            return (self._tongue(language, hears, at),), (), ""
        initial = ""
        if named is not None and not faults:
            initial = nearest(language, declared) or ""
            if not initial and (named.constant is not None or self._known):
                at = named.at or self._at
                self.findings.append(at.finding(*unknown_language(language, declared)))
        tongues = tuple(self._tongue(each, hears, self._declared_at) for each in declared)
        return tongues, declared, initial

    def _tongue(self, language: str, hears: Hears | None, at: Location) -> Tongue:
        wording = self._wordings.get(language)
        if wording is None:
            own = instead(self._content.wording, language)
            wording = self._wordings[language] = Wording(language, instead=own, config=self._config)
        heard = hears is None or hears(language)
        return Tongue(language=language, hears=heard, wording=wording, at=at)


def unknown_language(language: str, declared: Collection[str]) -> tuple[str, str, str]:
    """Code, fact and remedy for a language that a flow does not have."""
    message = f"`{language[:40]}` is none of the flow's languages."
    return "unknown-language", message, f"Add it to `languages`, or name one of {', '.join(declared)}."


def check_languages(
    content: FlowFile, document: Keys, reading: Reading, flows: Sequence[Flow]
) -> Iterator[Finding]:
    """What is wrong with the languages and messages of one file. `flows`: all of it."""
    named = {tongue.language: tongue.at for flow in flows for tongue in flow.tongues}
    spoken = tuple(named)
    for translation in reading.translations:
        yield from _check_translation(translation, spoken, content.languages or ())
    for language in spoken:
        if language and catalogue_of(language) is None:
            own = instead(content.wording, language)
            lacking = [name for name in meanings if name not in own]
            if lacking:
                message = f"botkit has no words of its own in `{language}`, and speaks English instead."
                shown = ", ".join(f"`{name}`" for name in lacking[:4])
                remedy = f"Give them under `wording:`: {shown}{' ...' if len(lacking) > 4 else ''}."
                yield named[language].warning("no-wording", message, remedy)
    yield from _check_messages(content.messages, document, reading, spoken)
    yield from _check_changes(content, document, reading, flows)
    yield from _check_names(document)


def _check_names(file: Keys) -> Iterator[Finding]:
    """Slots and inputs that templates could not read, as their names mean something else."""
    inner = file.get("flows")
    for flow in (file, *(inner.values() if isinstance(inner, Keys) else ())):
        if isinstance(flow, Keys):
            for names in (flow.get("slots"), flow.get("inputs")):
                for name in names if isinstance(names, Keys | Items) else ():
                    if isinstance(name, Scalar) and name in ("language", "messages"):
                        message = f"`{name}` is a reserved name."
                        yield name.at.finding("reserved-name", message, "Choose another name.")


def unspoken(flows: Iterable[Flow], speaks: Callable[[str], bool]) -> Iterator[Finding]:
    """Languages that no voice speaks. `flows`: those that a call can come to."""
    for flow in flows:
        for tongue in flow.tongues:
            if tongue.language and not speaks(tongue.language):
                message = f"No voice speaks `{tongue.language}` here: a caller would hear nothing."
                remedy = "Install one that does; `botkit doctor` tells which there are."
                yield tongue.at.warning("no-voice", message, remedy)


def _check_translation(
    translation: Translation, spoken: Sequence[str], declared: Sequence[str]
) -> Iterator[Finding]:
    """`spoken`: all languages of the file's flows."""
    keys, at = translation.keys, translation.at
    for language in keys:
        if declared and nearest(language, declared) is None:
            yield keys.key_at(language).finding(*unknown_language(language, declared))
    for language in spoken if translation.whole else ():
        if language and nearest(language, keys) is None:
            message = f"There is no text in `{language}`."
            yield at.finding("missing-translation", message, f"Add `{language}: ...`.")


def _check_messages(
    messages: Mapping[str, Message], document: Keys, reading: Reading, spoken: Sequence[str]
) -> Iterator[Finding]:
    block = document.get("messages")
    read: set[str] = set()
    for template in reading.templates:
        for path in template.names:
            if path[0] == "messages":
                at = template.at or document.at
                yield from _check_reading(path, messages, at)
                read.update(path[1:2])
    for name, message in messages.items():
        at = block.key_at(name) if isinstance(block, Keys) else document.at
        if name not in read:
            remedy = f"Remove it, or say it: `{{{{ messages.{name} }}}}`."
            yield at.warning("unused-message", f"Nothing says the message `{name}`.", remedy)
        for language, said in message.every:
            if isinstance(said, Plural):
                for each in (language,) if language else spoken:
                    yield from _check_forms(said, each)


def _check_reading(path: tuple[str, ...], messages: Mapping[str, Message], at: Location) -> Iterator[Finding]:
    name = path[1] if len(path) > 1 else ""
    if name == "plural" or not name:
        yield at.finding("unknown-message", "A message is read by its name.", "Write `messages.NAME`.")
    elif name not in messages:
        remedy = did_you_mean(name, messages) if messages else f"Add it: `messages: {{{name}: ...}}`."
        yield at.finding("unknown-message", f"There is no message `{name[:40]}`.", remedy)
    elif messages[name].plural and "plural" not in path[2:]:
        message = f"The text of the message `{name}` depends on a number."
        yield at.finding("uncounted-message", message, f"Write `messages.{name} | plural(number)`.")


def _check_forms(said: Plural, language: str) -> Iterator[Finding]:
    needed = needed_forms(language)
    lacking = [form for form in needed if form not in said.forms]
    idle = [form for form in said.forms if form not in needed]
    name = f"`{language}`" if language else "English"
    if lacking:
        message = f"The plural form `{lacking[0]}` is missing, which {name} needs."
        yield said.at.finding("wrong-plural-forms", message, f"Add `{lacking[0]}: ...`.")
    elif idle:
        message = f"{name} has no plural form `{idle[0]}`."
        known = ", ".join(f"`{form}`" for form in needed)
        remedy = f"It has {known}; for a single number write `{{% if count == 0 %}}`."
        yield said.at.finding("wrong-plural-forms", message, remedy)


def _check_changes(
    content: FlowFile, document: Keys, reading: Reading, flows: Sequence[Flow]
) -> Iterator[Finding]:
    """Where the language changes: `set: {language: ...}`, `into: language`."""
    declared = content.languages or ()
    if "language" in reading.results and not declared:
        at = reading.results["language"] or document.at
        remedy = "Declare `languages: [en, de]` to change it, or choose another name."
        yield at.finding("reserved-name", "`language` is a reserved name.", remedy)
        return
    for op in (op for flow in flows for op in flow.ops):
        step = op.step
        if isinstance(step, Set) and "language" in step.values:
            value = step.values["language"]
            if value.constant is not None and nearest(value.constant, declared) is None:
                yield (value.at or op.at).finding(*unknown_language(value.constant, declared))
        elif isinstance(step, Choose) and step.into == "language":
            for name in step.options:
                if nearest(name, declared) is None:
                    yield op.at.finding(*unknown_language(name, declared))
