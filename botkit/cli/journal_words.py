"""A session's journal in words: what came in, which way was taken and why, what was posted and played."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botkit.model.plural import counted
from botkit.model.reasons import because
from botkit.ports.store import JournalRow

Data = Mapping[str, Any]

most_text = 300
"""Characters shown of one text."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the account."""

    at: datetime | None
    """None: it belongs to the line above."""
    kind: str
    """`input`, `way`, `act`, `posted`, `reacted`, `played`, `heard`, `media`, `recorded`, `requested`,
    `delivered`, `webhook_changed`, `failed` or `note`."""
    text: str


def lines_of(row: JournalRow, files: Mapping[str, str]) -> Sequence[Line]:
    """What a row of the journal says. `files`: flow -> its file."""
    try:
        return list(_lines(row, data_of(row), files))
    except (AttributeError, LookupError, TypeError, ValueError):
        # Damaged, or written by another version: the lines around it are worth reading all the same.
        return [Line(row.at, "note", f"a line `{_plain(row.kind)}` that cannot be read")]


def data_of(row: JournalRow) -> dict[str, Any]:
    """What a row holds. Raises `ValueError` when it is damaged."""
    data = json.loads(row.data)
    if not isinstance(data, dict):
        raise ValueError("the row is no mapping")
    return data


def _lines(row: JournalRow, data: Data, files: Mapping[str, str]) -> Iterator[Line]:
    if row.kind == "turn":
        told = _named(data.get("input"))[0] == "CallRecorded"  # by a line of its own
        if not told:
            yield Line(row.at, "input", input_words(data.get("input")))
        for reason in data.get("why", ()):
            if not (told and reason.get("verb") == "recorded"):
                yield Line(None, "way", reason_words(reason, files))
        yield from (Line(None, "act", text) for text in map(effect_words, data.get("effects", ())) if text)
    else:
        yield Line(row.at, row.kind, _told.get(row.kind, _pairs)(data))


def quoted(text: object) -> str:
    """A text in quotes, nothing in it that a terminal would obey."""
    shown = str(text)
    if len(shown) > most_text:
        shown = shown[:most_text] + "..."
    safe = "".join(
        character if character.isprintable() else "\\n" if character == "\n" else ascii(character)[1:-1]
        for character in shown
    )
    return f'"{safe}"'


def _named(value: object) -> tuple[str, Data]:
    """Class and fields of something that `model.codec` wrote."""
    if isinstance(value, list) and len(value) == 2 and isinstance(value[1], dict):
        return str(value[0]), value[1]
    return "", {}


def input_words(value: object) -> str:
    """What came in, as `model.codec` wrote it."""
    name, fields = _named(value)
    match name:
        case "Begin":
            return "begins" + (f" with {quoted(fields['text'])}" if fields.get("text") else "")
        case "TextReceived":
            return f"wrote {quoted(fields.get('text', ''))}"
        case "FormReceived":
            return f"sent the form {_pairs(fields.get('values', {}))}".rstrip()
        case "KeysCollected":
            digits = fields.get("digits", "")
            partial = " (too few)" if fields.get("ended") == "partial" else ""
            return f"pressed {digits}{partial}" if digits else "pressed nothing"
        case "SpeechHeard":
            return _speech(fields)
        case "Recorded":
            return f"recorded {fields.get('seconds', 0):.1f} s, ended by {fields.get('ended', '')}"
        case "CallRecorded":
            return f"the recording of the call is {'there' if fields.get('file') else 'lost'}"
        case "CallFinished":
            return f"the call made is over: {fields.get('outcome', '')}{_detail(fields)}"
        case "ChildFinished":
            who = f"number {int(fields.get('number', 0)) + 1} of those who were asked"
            return f"{who}: {_plain(fields.get('outcome', ''))}{_detail(fields)}"
        case "Withdrawn":
            return "whoever began it needs it no more"
        case "Dismissed":
            return "somebody who looks after the bot ended it"
        case "QueueMoved":
            return f"number {fields.get('position', '')} in the queue"
        case "QueueTurn":
            return f"is to talk with {_plain(fields.get('agent', ''))}"
        case "RunFinished":
            if fields.get("error"):
                return f"the handler failed: {quoted(fields['error'])}"
            return f"the handler returned {_value(fields.get('value'))}"
        case "HttpFinished":
            if fields.get("outcome") == "done":
                return f"the server answered {_value(fields.get('value'))}"
            return f"the request ended badly: {_plain(fields.get('outcome', ''))}{_detail(fields)}"
        case "ConversationWebhookChanged":
            return f"the conversation's webhook: {_plain(fields.get('outcome', ''))}{_detail(fields)}"
        case "EffectFailed":
            return f"could not be carried out: {quoted(fields.get('error', ''))}"
        case "DeadlineReached":
            return "the time was up"
        case "HungUp":
            return f"hung up ({fields.get('cause', '')})"
        case _:
            return f"{name} {_pairs(fields)}".strip()


def _speech(fields: Data) -> str:
    if fields.get("ended", "heard") != "heard":
        return f"spoke, and no words were understood: {fields.get('ended')}{_detail(fields)}"
    confidence = fields.get("confidence")
    sure = f" (confidence {confidence:.2f})" if isinstance(confidence, int | float) else ""
    return f"said {quoted(fields.get('text', ''))}{sure}"


def reason_words(reason: Data, files: Mapping[str, str]) -> str:
    """Which way a step took, and why."""
    flow = str(reason.get("flow", ""))
    if reason.get("verb") == "version":
        lost = "lost" in str(reason.get("read", {}).get("began", ""))
        told = _versions.get(str(reason.get("branch")), "")
        return f"{flow} has changed{' and what it was is lost' if lost else ''}: {told}"
    line = reason.get("line", 0)  # 0 = before its first step
    place = f"{files.get(flow, flow)}{f':{line}' if line else ''}"
    step, verb = str(reason.get("step", "")), str(reason.get("verb", ""))
    own = f" {step}" if step and not step[:1].isdigit() else ""
    text = f"{place}  {verb}{own}"
    if reason.get("branch"):
        text += f" -> {_plain(reason['branch'])}"
    condition = because(verb, str(reason.get("branch", "")), str(reason.get("condition") or ""))
    if condition:
        text += f"   because {_plain(condition)}"
    if reason.get("read"):
        text += f"   with {_pairs(reason['read'])}"
    return text


_versions: Mapping[str, str] = {
    "pinned": "goes on with the version it began with",
    "migrated": "goes on with the new version",
    "asked_again": "goes on with the new version, where the question reads otherwise and is put again",
    "begun_anew": "its step is gone, and the new version begins, with the slots it has",
    "restarted": "the new version begins",
}


def effect_words(value: object) -> str:
    """What a turn set going, unless lines of its own tell what became of it."""
    name, fields = _named(value)
    match name:
        case "Run":
            return f"runs {fields.get('handler', '')} {_pairs(fields.get('arguments', {}))}".rstrip()
        case "Http":
            return f"requests {_plain(fields.get('method', ''))} {_plain(fields.get('url', ''))}"
        case "SendWebhook":
            return f"sends {_plain(fields.get('type', ''))} to {_plain(fields.get('receiver', ''))}"
        case "ChangeConversationWebhook":
            action, name = _plain(fields.get("action", "")), quoted(fields.get("name", ""))
            return f"conversation webhook: {action} {name}"
        case "Dial" | "Transfer":
            return f"{'calls' if name == 'Dial' else 'transfers to'} {_plain(fields.get('to', ''))}"
        case "Each":
            asked = [str(child.get("to", "")) for child in fields.get("children", [])]
            more = f" and {len(asked) - 3} more" if len(asked) > 3 else ""
            return f"asks {_plain(', '.join(asked[:3]))}{more}"
        case "Withdraw":
            return "asks no more whoever has not answered"
        case "Enqueue":
            return f"waits in the queue {_plain(fields.get('queue', ''))}"
        case "LeaveQueue":
            return "leaves the queue"
        case "Record":
            return "records"
        case "RecordCall":
            return f"records the call: {_plain(fields.get('switch', ''))}"
        case "Answer":
            return "picks up"
        case "Decline":
            return f"declines as {fields.get('cause', '')}"
        case "Hangup":
            return "hangs up once all is heard"
        case _:
            return ""


def _posted(data: Data) -> str:
    with_form = " with a form" if data.get("form") else ""
    found = " (it stood there already)" if data.get("found") else ""
    return f"posted {quoted(data.get('text', ''))}{with_form}{found}"


def _reacted(data: Data) -> str:
    return f"reacted to the message: {_plain(data.get('reaction', ''))}"


def _played(data: Data) -> str:
    seconds, whole = data.get("seconds", 0), data.get("of", 0)
    text = quoted(data.get("text", ""))
    if not whole:
        return f"skipped {text}"
    if data.get("cut"):
        return f"played {text}, cut at {seconds:.1f} of {whole:.1f} s"
    return f"played {text}, {seconds:.1f} s"


def _heard(data: Data) -> str:
    return f"heard for {data.get('seconds', 0):.1f} s: {_speech(data).removeprefix('said ')}"


def _media(data: Data) -> str:
    here = _line_words(data.get("received", 0), data.get("lost"), data.get("jitter"))
    there = _line_words(data.get("sent", 0), data.get("far_lost"), data.get("far_jitter"))
    trip = data.get("round_trip")
    return f"line: {here} came; {there} went" + ("" if trip is None else f"; round trip {_ms(trip)}")


def _line_words(packets: int, lost: int | None, jitter: float | None) -> str:
    told = ([] if lost is None else [f"{lost} lost"]) + ([] if jitter is None else [f"jitter {_ms(jitter)}"])
    return counted(packets, "packet") + (f" ({', '.join(told)})" if told else "")


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms"


def _recorded(data: Data) -> str:
    if not data.get("file"):
        return f"the call's recording is lost{_detail(data)}"
    return f"the call's recording: {data.get('seconds', 0):.1f} s, {_plain(data['file'])}"


def _requested(data: Data) -> str:
    status = f"status {data['status']}" if data.get("status") else "no answer"
    tries = f", at try {data['tries']}" if data.get("tries", 1) > 1 else ""
    return f"{_plain(data.get('method', ''))}: {status} in {data.get('seconds', 0):.1f} s{tries}"


def _delivered(data: Data) -> str:
    tries = f", at try {data['tries']}" if data.get("tries", 1) > 1 else ""
    return f"{_plain(data.get('receiver', ''))} took the webhook: status {data.get('status', '')}{tries}"


def _webhook_changed(data: Data) -> str:
    what = f"{_plain(data.get('action', ''))} {quoted(data.get('name', ''))}"
    return f"conversation webhook: {what}: {_plain(data.get('outcome', ''))}"


def _failed(data: Data) -> str:
    return f"FAILED {_plain(data.get('what', ''))}: {_plain(data.get('error', ''))}"


def _refused(data: Data) -> str:
    who = _plain(data.get("email") or data.get("person") or "somebody unknown")
    flow = f" for the flow {_plain(data['flow'])}" if data.get("flow") else ""
    return f"refused {who}{flow} ({_plain(data.get('why', ''))}): {_plain(data.get('what', ''))}"


_told: Mapping[str, Callable[[Data], str]] = {
    "posted": _posted,
    "reacted": _reacted,
    "played": _played,
    "heard": _heard,
    "media": _media,
    "recorded": _recorded,
    "requested": _requested,
    "delivered": _delivered,
    "webhook_changed": _webhook_changed,
    "refused": _refused,
    "failed": _failed,
}


def _pairs(values: object) -> str:
    if not isinstance(values, dict):
        return _value(values)
    return ", ".join(f"{_plain(name)}={_value(value)}" for name, value in values.items())


def _value(value: object) -> str:
    return quoted(value) if isinstance(value, str) else _plain(json.dumps(value, ensure_ascii=False))


def _plain(text: object) -> str:
    return quoted(text)[1:-1]


def _detail(fields: Data) -> str:
    return f", {_plain(fields['detail'])}" if fields.get("detail") else ""


def how_it_ended(journal: Sequence[JournalRow]) -> str:
    """The last turn of an ended session in a few words."""
    last = next((row for row in reversed(journal) if row.kind == "turn"), None)
    try:
        return _ending(data_of(last)) if last is not None else "ended"
    except (AttributeError, LookupError, TypeError, ValueError):
        return "ended"


def _ending(turn: Data) -> str:
    name, fields = _named(turn.get("input"))
    if name == "HungUp":
        return f"hung up ({fields.get('cause', '')})"
    if not turn.get("why"):
        return "the time was up" if name == "DeadlineReached" else "ended"
    reason = turn["why"][-1]
    verb, line = _plain(reason["verb"]), f", line {reason['line']}" if reason["line"] else ""
    if verb == "unhandled":
        detail = (reason.get("read") or {}).get("detail")
        why = f" ({_plain(detail)})" if detail else ""
        return f"nothing handled {_plain(reason['branch'])}{why}{line}"
    return f"{verb}{line}"
