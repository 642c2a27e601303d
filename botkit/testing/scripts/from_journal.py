"""A conversation that really took place, as a script that would go the same way."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from botkit.flow.ssml import plain
from botkit.model.errors import UsageError
from botkit.model.secret import MASK
from botkit.model.session import Channel, Session
from botkit.ports.store import JournalRow

Json = Mapping[str, Any]

HINT = "   # a secret was said here: write one that fits"
NOTICED = 0.1
"""Seconds between somebody's first sound and the cut of what is being said."""
ASKING = frozenset({"choose", "collect", "confirm"})


def script_of(session: Session, journal: Sequence[JournalRow], *, name: str = "") -> str:
    """The text of a script file. Raises `UsageError` for a session that no script can begin: one that another
    session began, or that has nobody to talk to."""
    if session.parent or session.channel is Channel.DETACHED or not journal:
        raise UsageError(
            "No script can begin this session.",
            where=session.id,
            remedy="Take one that began with somebody's message or call; another session began this one."
            if session.parent
            else "Take one that began with somebody's message or call.",
        )
    return _Writer(session, journal).text(name or f"as {session.person.name or 'somebody'} had it")


@dataclass(slots=True)
class _Writer:
    """Gathers steps and mocks, row by row."""

    session: Session
    journal: Sequence[JournalRow]
    steps: list[str] = field(default_factory=list)
    run: dict[str, list[str]] = field(default_factory=dict)
    http: dict[str, list[str]] = field(default_factory=dict)
    nobody: list[str] = field(default_factory=list)
    effects: dict[str, tuple[str, Json]] = field(default_factory=dict)
    """By id: class and fields."""
    asked: Json = field(default_factory=dict)
    """The last question."""
    cut: float | None = None
    """Seconds into the prompt that was heard last at which it was cut, while nothing was done since."""

    def text(self, name: str) -> str:
        rows = [(row, json.loads(row.data)) for row in self.journal]
        for row, data in sorted(rows, key=lambda pair: _moment(*pair)):
            if row.kind == "turn":
                self._turn(data)
            elif row.kind == "played":
                self._played(data)
            elif row.kind == "posted":
                self._posted(data)
            elif row.kind == "reacted":
                self._step("liked")
        if self.session.ended_by is not None:
            self._step("ends", str(self.session.ended_by))
        return "\n".join([*self._head(), "scripts:", f"  {_scalar(name)}:", *self._body()]) + "\n"

    def _head(self) -> list[str]:
        person = self.session.person
        began = self.journal[0].at
        who = f"{{name: {_flow(person.name)}, email: {_flow(person.email)}}}"
        lines = [f"# From the session {self.session.id}.", f"test: {_scalar(self.session.flow)}"]
        lines += [f"on: [{self.session.channel}]", f"now: {began:%Y-%m-%d %H:%M:%S}"]
        lines += [f"person: {who}"] if person.name and person.email else []
        mocks: list[str] = []
        if self.http:
            mocks.append("  http:")
            for request, answers in self.http.items():
                mocks += [f"    - on: {_scalar(request)}", "      answer:"]
                mocks += [f"        - {answer}" for answer in answers]
        if self.run:
            mocks.append("  run:")
            for handler, replies in self.run.items():
                mocks += [f"    {handler}:", *(f"      - {reply}" for reply in replies)]
        if self.nobody:
            mocks.append(f"  nobody: [{', '.join(map(_flow, self.nobody))}]")
        return [*lines, *(["mocks:", *mocks] if mocks else [])]

    def _body(self) -> list[str]:
        return ["    steps:", *(f"      {line}" for line in self.steps)]

    def _step(self, verb: str, value: str | None = None, *, comment: str = "", **options: str) -> None:
        head = verb if value is None else f"{verb}: {_scalar(value)}"
        if options and value is None:
            head += ":"
        self.steps.append(f"- {head}{comment}")
        self.steps += [f"  {name}: {option}" for name, option in options.items() if option]

    def _turn(self, data: Json) -> None:
        name, given = data["input"]
        self._input(name, given, data["why"])
        for effect, fields in data["effects"]:
            self.effects[fields["id"]] = effect, fields
            if effect == "Ask":
                self.asked = fields["question"]
        ways = [
            f"{each['step']} = {each['branch']}"
            for each in data["why"]
            if each["branch"] not in ("", "asked", "passed_over") and _is_named(each["step"])
        ]
        if ways and name != "Begin":
            self.steps.append(f"- why: [{', '.join(map(_flow, ways))}]")

    def _input(self, name: str, given: Json, why: Sequence[Json]) -> None:
        match name:
            case "Begin":
                if given.get("text") and self.session.channel is Channel.CHAT:
                    self._step("writes", given["text"])
            case "TextReceived":
                self._step("writes", given["text"], comment=_secret(given["text"]))
            case "FormReceived":
                self._submitted(given["values"])
            case "KeysCollected":
                self._keys(given)
            case "SpeechHeard":
                self._speech(given)
            case "Recorded":
                self._recorded(given)
            case "DeadlineReached":
                if why and why[0]["verb"] in ASKING:
                    self._step("says nothing")
            case "HungUp":
                if given["cause"] in ("hangup", "cancelled"):
                    self._step("hangs up", at=self._at())
            case "RunFinished":
                self._ran(given)
            case "HttpFinished":
                self._requested(given)
            case "CallFinished":
                self._called(given)
        self.cut = None

    def _at(self, *, earlier: float = 0.0) -> str:
        """When it was done, if that was into a prompt."""
        return "" if self.cut is None else f"{max(0.0, self.cut - earlier):.2f}s"

    def _submitted(self, values: Json) -> None:
        form = self.asked.get("form") or {}
        buttons = {control["name"] for control in form.get("controls", ()) if control["kind"] == "button"}
        chosen = [value for name, value in values.items() if name in buttons]
        if chosen and len(values) == 1:
            self._step("chooses", chosen[0], comment=_secret(chosen[0]))
        else:
            fields = {name: value for name, value in values.items() if name not in buttons}
            shown = ", ".join(f"{_flow(name)}: {_flow(value)}" for name, value in fields.items())
            self.steps.append(f"- submits: {{{shown}}}{_secret(*fields.values())}")

    def _keys(self, given: Json) -> None:
        digits, rules = given["digits"], self.asked.get("keys") or {}
        if not digits:
            self._step("says nothing")
            return
        ends = given["ended"] == "digits" and not rules.get("choices")
        if ends and len(digits) < rules.get("maximum", 0) and digits != MASK:
            digits += rules.get("terminator", "")
        self._step("presses", digits, comment=_secret(digits), at=self._at())

    def _speech(self, given: Json) -> None:
        if given["ended"] != "heard":
            self._step("mumbles", at=self._at(earlier=NOTICED))
            return
        sure = given.get("confidence")
        self._step(
            "says",
            given["text"],
            comment=_secret(given["text"]),
            confidence="" if sure is None else f"{sure:.3g}",
            at=self._at(earlier=NOTICED),
        )

    def _recorded(self, given: Json) -> None:
        if given["ended"] in ("nothing", "failed"):
            self._step("says nothing")
            return
        self._step("says", f"a message of {given['seconds']:.0f} seconds")
        if given["ended"] == "key" and given["key"]:
            self._step("presses", given["key"])

    def _ran(self, given: Json) -> None:
        _, fields = self.effects.get(given["effect_id"], ("", {}))
        if given.get("timed_out"):
            reply = f"{{takes: {float(fields.get('timeout', 10)) + 1:g}s}}"
        elif given["error"]:
            reply = f"{{raises: {_flow(given['error'])}}}"
        else:
            reply = f"{{returns: {_flow(given['value'])}}}"
        self.run.setdefault(str(fields.get("handler", "")), []).append(reply)

    def _requested(self, given: Json) -> None:
        _, fields = self.effects.get(given["effect_id"], ("", {}))
        if given["status"]:
            reply = f"{{status: {given['status']}, json: {_flow(given['value'])}}}"
        else:
            reply = f"{{fails: {given['outcome'] if given['outcome'] in _failures else 'failed'}}}"
        tries = int(fields.get("tries", 1)) if given["outcome"] in ("failed", "timeout") else 1
        request = f"{fields.get('method', 'GET')} {fields.get('url', '*')}"
        self.http.setdefault(request, []).extend([reply] * tries)

    def _called(self, given: Json) -> None:
        effect, fields = self.effects.get(given["effect_id"], ("", {}))
        to, outcome = str(fields.get("to", "")), given["outcome"]
        if outcome == "failed":
            self.nobody.append(to)
        elif self.session.channel is Channel.CHAT and effect == "Transfer":
            pass  # somebody is brought into the conversation; nobody has to pick up
        elif outcome == "answered":
            self._step("picks up", to)
            self._step("hangs up", who=_scalar(to), comment="   # what they said is another session")
        else:
            self._step("declines", to, **{"as": outcome})

    def _played(self, data: Json) -> None:
        effect, _ = self.effects.get(data["prompt"], ("", {}))
        if effect in ("Say", "Ask") and data["of"]:
            self._hears(plain(data["text"]))
            self.cut = float(data["seconds"]) if data["cut"] else None

    def _posted(self, data: Json) -> None:
        effect, fields = self.effects.get(data["effect"], ("", {}))
        if effect == "Post" and fields["to"]:
            wanted = f"{{to: {_flow(fields['to'])}, exactly: {_flow(data['text'])}}}"
            self.steps.append(f"- posted: {wanted}")
        elif data["conversation"] == self.session.conversation_id and self.session.channel is Channel.CHAT:
            self._hears(data["text"])

    def _hears(self, text: str) -> None:
        self.steps.append(f"- hears: {{exactly: {_flow(text)}}}")


_failures = ("timeout", "failed", "refused")


def _moment(row: JournalRow, data: Json) -> tuple[datetime, bool]:
    """When it began, and that of one moment a hang-up is the last: it cuts what begins. A prompt is written
    down at its end, and what cut it may stand before it."""
    started = data.get("started") if row.kind == "played" else None
    hung_up = row.kind == "turn" and data["input"][0] == "HungUp"
    return datetime.fromisoformat(started) if started else row.at, hung_up


def _is_named(step: str) -> bool:
    """The author's own name, not one made of the place."""
    return bool(step) and not step[0].isdigit() and "." not in step


def _secret(*values: object) -> str:
    return HINT if MASK in values else ""


def _flow(value: object) -> str:
    """A value inside brackets; JSON is YAML there."""
    return json.dumps(value, ensure_ascii=False)


def _scalar(text: str) -> str:
    """A text behind a colon: as it is, where YAML lets it be."""
    is_plain = text[:1].isalnum() and text == text.strip() and not set(text) & set(":#\n\"'{}[],&*!|>%@`")
    return text if is_plain else json.dumps(text, ensure_ascii=False)
