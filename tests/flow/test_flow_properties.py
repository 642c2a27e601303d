"""Small generated flows and any inputs: the engine never raises, never hangs, never forgets a deadline."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from botkit.flow.engine import FlowSet, step
from botkit.flow.loader import FlowFileError, load_flows
from botkit.model import codec
from botkit.model.calls import CallCause
from botkit.model.effects import Hangup
from botkit.model.inputs import (
    Begin,
    CallFinished,
    CallOutcome,
    DeadlineReached,
    EffectFailed,
    FormReceived,
    HungUp,
    Input,
    KeysCollected,
    KeysEnded,
    Recorded,
    RecordEnded,
    RunFinished,
    SpeechEnded,
    SpeechHeard,
    TextReceived,
)
from botkit.model.session import Channel, Person, Session, Status

texts = st.sampled_from(
    [
        "Hello.",
        "{{ n }}",
        "{{ n + 1 }}",
        "{{ name.x }}",
        "{{ w or name }}",
        "{{ user.name }}",
        "{{ r }}",
        "{{ now }}",
    ]
)
expressions = st.sampled_from(["n > 1", "name", "w", "not w", "r.x", "n + name", "w == 'red'", "call.id"])
ids = st.sampled_from(["top", "middle", "end"])
slots = st.sampled_from(["name", "n", "pin", "ok", "size", "day", "code"])

SLOTS = {
    "name": {"ask": "Name?"},
    "n": {"type": "number", "ask": "How many?", "max": "99"},
    "pin": {"type": "digits", "length": "2..4", "ask": "PIN, {{ name }}?"},
    "ok": {"type": "yes_no", "ask": "OK?"},
    "size": {"type": "choice", "ask": "Size?", "options": {"small": {}, "large": {"key": "5"}}},
    "day": {"type": "date", "ask": "Day, not {{ day | date }}?"},
    "code": {"type": "spelling", "secret": "true", "ask": "Code?"},
}


def leaves() -> st.SearchStrategy[dict[str, object]]:
    return st.one_of(
        st.builds(lambda t: {"say": t}, texts),
        st.builds(lambda t: {"post": t, "to": "x"}, texts),
        st.builds(lambda i: {"go": i}, ids),
        st.builds(lambda t: {"set": {"w": t, "n": t}}, texts),
        st.builds(lambda: {"call": "inner"}),
        st.builds(lambda: {"run": "f", "into": "r", "with": {"a": "{{ n }}"}}),
        st.builds(lambda: {"end": "Bye {{ name }}"}),
        st.builds(lambda: {"say": "<speak>Hello {{ name }}<break/></speak>"}),
        st.builds(lambda: {"post": "{{ voice.seconds }}", "files": ["voice"]}),
        st.builds(lambda r: {"record": "Speak.", "review": r, "into": "voice"}, st.booleans().map(str)),
        st.builds(lambda t: {"send_digits": t}, st.sampled_from(["12#,,3", "{{ pin }}"])),
        st.builds(
            lambda v, o: {v: "{{ name or 'ann' }}", "outcomes": {o: [{"say": "So {{ n }}."}]}},
            st.sampled_from(["dial", "transfer"]),
            st.sampled_from(["busy", "no_answer", "otherwise"]),
        ),
        st.builds(lambda: {"dial": "ann", "flow": "inner", "into": "r", "outcomes": {"answered": []}}),
        st.builds(
            lambda s, b: {"confirm": "Right, {{ n }}?", "slots": list(dict.fromkeys(s)), "no": b},
            st.lists(slots, max_size=2),
            st.sampled_from([[], [{"say": "No."}]]),
        ),
        st.builds(lambda: {"answer": None}),
        st.builds(lambda c: {"decline": c}, st.sampled_from(["busy", "rejected"])),
        st.builds(lambda w: {"wait": w}, st.sampled_from(["1m", "2h", "message"])),
        st.builds(
            lambda s, a, f: {"collect": list(dict.fromkeys(s)), "again": a, "as": f},
            st.lists(slots, min_size=1, max_size=3),
            st.sampled_from(["true", "false"]),
            st.sampled_from(["form", "questions"]),
        ),
        st.builds(
            lambda i: {"choose": "Which?", "options": {"red": {"go": i}, "blue": {}}, "into": "w"}, ids
        ),
        st.builds(lambda: {"choose": "And?", "options": {"a": {}, "b": {}}, "no_match": [], "give_up": []}),
    )


def bodies(depth: int) -> st.SearchStrategy[list[dict[str, object]]]:
    if depth == 0:
        return st.lists(leaves(), max_size=3)
    inner = bodies(depth - 1)
    nested = st.one_of(
        leaves(),
        st.builds(lambda e, a, b: {"if": e, "then": a, "else": b}, expressions, inner, inner),
        st.builds(
            lambda e, a, b: {"switch": e, "cases": {"red": a, "otherwise": b}}, expressions, inner, inner
        ),
    )
    only = st.sampled_from([{}, {}, {}, {"only": "chat"}, {"only": "call"}])
    return st.lists(st.builds(lambda a, b: {**a, **b}, nested, only), min_size=1, max_size=4)


@st.composite
def flow_texts(draw: st.DrawFn) -> str:
    steps = draw(bodies(2))
    for name in ("top", "middle", "end"):
        place = draw(st.integers(0, len(steps)))
        steps.insert(place, {"id": name, "say": name})
    when = draw(
        st.dictionaries(st.sampled_from(["hangup", "error", "no_input", "no_match"]), bodies(1), max_size=3)
    )
    document = {
        "flow": "main",
        "slots": SLOTS,
        "globals": {"stop": {"key": "0", "go": "end"}, "repeat": {"key": "#"}, "cancel": {"key": "*"}},
        "limits": {"steps_per_turn": "50", "turns": "30"},
        "when": when,
        "steps": steps,
        "flows": {
            "inner": {"steps": [{"set": {"r": "", "w": ""}}, {"say": "inner {{ n }}"}, {"collect": ["name"]}]}
        },
    }
    return yaml.safe_dump(document, sort_keys=False)


words = st.sampled_from(
    ["red", "blue", "yes", "no", "12", "7", "Ann", "stop", "repeat", "cancel", "", "x" * 5000, "{{"]
)
values = st.dictionaries(
    st.sampled_from(["choice", "name", "n", "pin", "ok", "size", "send"]), words, max_size=5
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
kinds = st.sampled_from(
    ["text", "form", "keys", "speech", "run", "record", "call", "failed", "time", "late", "begin", "hangup"]
)


def an_input(data: st.DataObject, session: Session) -> tuple[Input, timedelta]:
    wait = session.state.get("wait")
    effect_id = str(wait["id"]) if isinstance(wait, dict) and data.draw(st.integers(0, 9)) else "other"
    kind = data.draw(kinds)
    later = timedelta(seconds=data.draw(st.integers(0, 7200)))
    if kind == "text":
        return TextReceived(text=data.draw(words)), later
    if kind == "form":
        return FormReceived(form_id=session.form_id or "gone", values=data.draw(values)), later
    if kind == "keys":
        digits = data.draw(st.text("0123456789*#", max_size=4))
        ended = data.draw(st.sampled_from(list(KeysEnded)))
        return KeysCollected(effect_id=effect_id, digits=digits, ended=ended), later
    if kind == "speech":
        ended_so = data.draw(st.sampled_from(list(SpeechEnded)))
        confidence = data.draw(st.sampled_from([None, 0.1, 0.9]))
        text = data.draw(words)
        return SpeechHeard(effect_id=effect_id, text=text, ended=ended_so, confidence=confidence), later
    if kind == "record":
        ended_by = data.draw(st.sampled_from(list(RecordEnded)))
        file = data.draw(st.sampled_from(["", "blob"]))
        return Recorded(effect_id=effect_id, ended=ended_by, file=file, seconds=1.5), later
    if kind == "call":
        outcome = data.draw(st.sampled_from(list(CallOutcome)))
        outputs = {"r": data.draw(json_values)}
        return CallFinished(effect_id=effect_id, outcome=outcome, outputs=outputs), later
    if kind == "run":
        error = data.draw(st.sampled_from(["", "", "ValueError"]))
        return RunFinished(effect_id=effect_id, value=data.draw(json_values), error=error), later
    if kind == "failed":
        return EffectFailed(effect_id=effect_id, error="gone"), later
    if kind in ("time", "late"):
        return DeadlineReached(), timedelta(days=2) if kind == "late" else later
    return (Begin(), later) if kind == "begin" else (HungUp(cause=CallCause.HANGUP), later)


def loaded(text: str) -> FlowSet | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "flow.yaml"
        path.write_text(text, encoding="utf-8")
        with suppress(FlowFileError):
            return load_flows([path])
    return None


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(flow_texts(), st.sampled_from(list(Channel)), st.data())
def test_any_flow_with_any_inputs(text: str, channel: Channel, data: st.DataObject) -> None:
    flows = loaded(text)
    if flows is None:
        return
    note(text)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    session = Session(id="s", channel=channel, flow="main", person=Person(id="u", name="Ann Lee"))
    event: Input = Begin()
    hung_up = False
    for _ in range(data.draw(st.integers(1, 12))):
        turn = step(flows, session, event, now)
        assert turn == step(flows, session, event, now)
        stored = codec.load(codec.dump(turn.session))
        assert stored == turn.session
        assert len(codec.dump(turn.session)) <= 16_384
        assert turn.session.revision == session.revision + 1
        hangups = [effect for effect in turn.effects if isinstance(effect, Hangup)]
        hung_up = hung_up or bool(turn.session.state.get("over"))
        ended_now = turn.session.status is Status.ENDED and session.status is Status.OPEN
        assert len(hangups) == (ended_now and channel is Channel.CALL and not hung_up)
        assert not hangups or isinstance(turn.effects[-1], Hangup)
        if turn.session.status is Status.OPEN and channel is not Channel.CALL:
            assert turn.session.deadline is not None
        assert isinstance(stored, Session)
        session = stored
        event, later = an_input(data, session)
        now += later


def test_most_generated_flows_load() -> None:
    """Else the test above would test nothing."""
    found: list[bool] = []

    @settings(max_examples=25, deadline=None, derandomize=True, database=None)
    @given(flow_texts())
    def look(text: str) -> None:
        found.append(loaded(text) is not None)

    look()
    assert sum(found) >= len(found) / 5


SHIPPED = (Path(__file__).parents[2] / "flows" / "reception.yaml").read_text(encoding="utf-8")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_flow_with_one_change_loads_or_has_findings(data: st.DataObject) -> None:
    lines = SHIPPED.split("\n")
    index = data.draw(st.integers(0, len(lines) - 1))
    line = lines[index]
    change = data.draw(st.sampled_from(["cut", "double", "drop", "indent", "insert", "swap"]))
    place = data.draw(st.integers(0, max(len(line) - 1, 0)))
    if change == "cut":
        lines[index] = line[:place]
    elif change == "double":
        lines.insert(index, line)
    elif change == "drop":
        del lines[index]
    elif change == "indent":
        lines[index] = " " + line
    elif change == "insert":
        lines[index] = (
            line[:place] + data.draw(st.sampled_from(list("{}[]:'\"-&*#|>!%@`,\t\u2028é"))) + line[place:]
        )
    else:
        other = data.draw(st.integers(0, len(lines) - 1))
        lines[index], lines[other] = lines[other], lines[index]
    loaded("\n".join(lines))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=120).map(lambda data: b"flow: a\nsteps:\n  - " + data) | st.binary(max_size=60))
def test_any_bytes_load_or_have_findings(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "flow.yaml"
        path.write_bytes(data)
        with suppress(FlowFileError):
            load_flows([path])
