"""Generated flows and any inputs: the engine never raises, never hangs, never forgets a deadline.

The default tier runs a few hundred cases, `-m property` 5,000. Both have a fixed seed; `PROPERTY_SEED` sets
another one, as `script/measure flows` does. A case that fails is printed as a flow file and its inputs.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, Phase, given, note, seed, settings
from hypothesis import strategies as st

from botkit.flow.engine import FlowSet, step
from botkit.flow.steps import verbs
from botkit.model import codec
from botkit.model.effects import Hangup
from botkit.model.inputs import Begin, Dismissed, Input
from botkit.model.session import Channel, Person, Session, Status, Turn

from .generated import an_input, bodies, flow_texts, keys_in, loaded

SEED = int(os.environ.get("PROPERTY_SEED", "1"))
PARTS = 10
"""Of the long form, so that several cores share it."""
CASES = int(os.environ.get("PROPERTY_CASES", "5000")) // PARTS


def check_dialogue(flows: FlowSet, text: str, channel: Channel, data: st.DataObject) -> None:
    """One dialogue, every turn of it looked at."""
    note(f"# flow.yaml\n{text}")
    now = datetime(2026, 1, 1, tzinfo=UTC)
    session = Session(id="s", channel=channel, flow="main", person=Person(id="u", name="Ann Lee"))
    event: Input = Begin()
    seen: set[str] = set()
    for _ in range(data.draw(st.integers(1, 12))):
        note(f"# {now:%d %H:%M:%S}  {event!r}")
        turn = step(flows, session, event, now)
        assert turn == step(flows, session, event, now), "not deterministic"
        check_turn(turn, session, event, now)
        ids = [effect.id for effect in turn.effects]
        assert len(set(ids)) == len(ids)
        assert not seen.intersection(ids), "an effect's id came twice"
        seen.update(ids)
        stored = codec.load(codec.dump(turn.session))
        assert stored == turn.session
        assert isinstance(stored, Session)
        session = stored
        event, later = data.draw(an_input(session))
        now += later


def check_turn(turn: Turn, before: Session, event: Input, now: datetime) -> None:
    """What always holds of a turn."""
    session, ended = turn.session, turn.session.status is Status.ENDED
    assert len(codec.dump(session)) <= 16_384
    assert session.revision == before.revision + 1
    assert turn.why
    if before.status is Status.ENDED:
        assert ended
        assert not turn.effects, "it has ended, and does something"
    was_over = bool(before.state.get("over"))
    on_call = before.status is Status.OPEN and session.channel is Channel.CALL
    hangups = sum(isinstance(effect, Hangup) for effect in turn.effects)
    if isinstance(event, Dismissed) and on_call and not was_over:
        assert hangups == 1, "at once; what is left is done without the caller"
    else:
        over = was_over or bool(session.state.get("over"))
        assert hangups == (on_call and ended and not over)
        assert not hangups or isinstance(turn.effects[-1], Hangup)
    assert ended == (session.ended_by is not None)
    if ended:
        assert session.deadline is None
        assert not session.awaits_text
        assert not session.form_id
        assert "wait" not in session.state
    else:
        wait = session.state["wait"]
        assert isinstance(wait, dict)
        in_process = session.channel is Channel.CALL and wait["kind"] == "ask"
        assert session.deadline is not None or in_process, "it waits without a limit"
        if session.deadline is not None and session != before:
            assert session.deadline >= now or session.deadline == before.deadline


relaxed = settings(
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)


def run_cases(number: int, count: int) -> None:
    """So many dialogues."""

    @seed(SEED * PARTS + number)
    @settings(relaxed, max_examples=count)
    @given(flow_texts(), st.sampled_from(list(Channel)), st.data())
    def case(text: str, channel: Channel, data: st.DataObject) -> None:
        flows = loaded(text)
        if flows is not None:
            check_dialogue(flows, text, channel, data)

    case()


def test_any_flow_with_any_inputs() -> None:
    run_cases(0, 60)


@pytest.mark.property
@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", range(PARTS))
def test_very_many_flows_with_any_inputs(part: int) -> None:
    run_cases(part, CASES)


def test_every_verb_is_generated() -> None:
    """A new one too, else the tests above would not know it."""
    found: set[str] = set()

    @seed(1)
    @settings(relaxed, max_examples=300)
    @given(bodies(1))
    def look(steps: object) -> None:
        found.update(keys_in(steps))

    look()
    assert {cls.verb for cls in verbs} - found == set()


def test_most_generated_flows_load() -> None:
    """Else the tests above would test nothing."""
    found: list[bool] = []

    @seed(1)
    @settings(relaxed, max_examples=40)
    @given(flow_texts())
    def look(text: str) -> None:
        found.append(loaded(text) is not None)

    look()
    assert sum(found) >= len(found) / 4
