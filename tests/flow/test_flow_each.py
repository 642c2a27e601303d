"""`each`: sessions with several people, and what comes of them."""

from __future__ import annotations

import pytest

from botkit.flow.loader import FlowFileError
from botkit.model.effects import Child, Each, Withdraw
from botkit.model.inputs import ChildFinished, ChildOutcome, EffectFailed, Withdrawn
from botkit.model.session import Channel, EndedBy

STANDUP = """
    flow: standup
    config:
      team: {type: list, default: [ann@example.com, bert@example.com, cleo@example.com]}
    steps:
      - each: config.team
        as: person
        flow: questions
        to: "{{ person }}"
        with: {topic: "Monday, {{ person }}"}
        until: 2h
        into: answers
        outcomes:
          none:
            - post: Nobody.
      - post: |
          {% for a in answers %}{{ a.person }}: {{ a.today if a.outcome == "done" else a.outcome }}
          {% endfor %}
    flows:
      questions:
        inputs: [topic]
        outputs: [today]
        slots:
          today: {ask: "{{ topic }}: what do you do today?"}
        steps:
          - collect: [today]
"""
DONE, FAILED = ChildOutcome.DONE, ChildOutcome.FAILED


def finishes(talk, number: int, today: str = "", outcome: ChildOutcome = DONE):
    outputs = {"today": today or None}
    effect_id = str(talk.session.state["wait"]["id"])
    return talk.give(ChildFinished(effect_id=effect_id, number=number, outcome=outcome, outputs=outputs))


def withdrawn(talk) -> list[Withdraw]:
    return [effect for effect in talk.effects if isinstance(effect, Withdraw)]


@pytest.mark.parametrize("channel", Channel)
def test_all_are_begun_together_and_their_answers_come_in_order(load, dialogue, channel: Channel) -> None:
    talk = dialogue(load(STANDUP), channel).begin()
    (each,) = talk.effects
    names = ["ann@example.com", "bert@example.com", "cleo@example.com"]
    children = tuple(Child(to=name, inputs={"topic": f"Monday, {name}"}) for name in names)
    assert each == Each(id=each.id, flow="standup/questions", children=children)
    assert talk.slot("person") is None
    assert (talk.session.deadline - talk.now).total_seconds() == 7200
    finishes(talk, 2, "tests")
    finishes(talk, 0, "rooms")
    assert talk.effects == []
    assert finishes(talk, 1, "cake").posts == [
        ("", "ann@example.com: rooms\nbert@example.com: cake\ncleo@example.com: tests\n")
    ]
    assert talk.why[:2] == ["1 each child", "1 each done"]
    assert talk.ended


def test_at_the_end_of_the_time_the_rest_is_expired_and_withdrawn(detached) -> None:
    talk = detached(STANDUP)
    finishes(talk, 1, "cake")
    finishes(talk, 0, outcome=FAILED)
    began = talk.session.state["wait"]["id"]
    talk.waits()
    assert withdrawn(talk) == [Withdraw(id=talk.effects[0].id, began=began, children=3)]
    assert talk.posts == [
        ("", "ann@example.com: failed\nbert@example.com: cake\ncleo@example.com: expired\n")
    ]
    assert talk.why[0] == "1 each otherwise"


def test_what_nobody_has_filled_is_empty(detached) -> None:
    row = detached(STANDUP).slot("answers")[0]
    assert row == {"person": "ann@example.com", "outcome": "expired", "today": None}


def test_outcomes_are_plain_words_wherever_they_are_read(detached) -> None:
    talk = detached(STANDUP)
    finishes(talk, 0, "rooms")
    assert type(talk.turn.why[0].read["outcome"]) is str
    finishes(talk, 1, outcome=FAILED)
    assert [type(row["outcome"]) for row in talk.slot("answers")] == [str] * 3


def test_nobody_answers(detached) -> None:
    talk = detached(STANDUP)
    assert talk.waits().posts[0] == ("", "Nobody.")
    assert talk.why[0] == "1 each none"


def test_one_result_counts_once_and_a_foreign_one_never(detached) -> None:
    talk = detached(STANDUP)
    finishes(talk, 1, "cake")
    assert finishes(talk, 1, "pie").why == ["1 ignored unexpected"]
    assert finishes(talk, 3).why == ["1 ignored unexpected"]
    late = ChildFinished(effect_id="s:0:0", number=0, outcome=DONE)
    assert talk.give(late).why == ["1 ignored stale_result"]
    assert talk.slot("answers")[1]["today"] == "cake"


def test_what_could_not_be_begun_is_none(detached) -> None:
    talk = detached(STANDUP)
    began = str(talk.session.state["wait"]["id"])
    talk.give(EffectFailed(effect_id=began, error="no"))
    assert talk.why[0] == "1 each none"


def test_an_empty_list_goes_on_at_once(detached) -> None:
    talk = detached(STANDUP.replace("[ann@example.com, bert@example.com, cleo@example.com]", "[]"))
    assert talk.ended
    assert talk.why[0] == "1 each done"


def events(text: str) -> str:
    return text.replace(
        "    steps:\n      - each",
        "    when:\n      error: [{post: '{{ event.name }}'}]\n    steps:\n      - each",
    )


@pytest.mark.parametrize(
    ("change", "event"),
    [
        (("[ann@example.com,", "[Bert@example.com,"), "error.each.twice"),
        (("each: config.team", 'each: "3"'), "error.each.list"),
        (("each: config.team", "each: config.team | first"), "error.each.list"),
    ],
)
def test_lists_that_cannot_be_served_are_events(detached, change, event: str) -> None:
    talk = detached(events(STANDUP).replace(*change))
    assert talk.posts == [("", event)]
    assert not any(isinstance(effect, Each) for effect in talk.effects)


def many(count: int) -> str:
    names = ", ".join(f"u{number}" for number in range(count))
    return events(STANDUP).replace("ann@example.com, bert@example.com, cleo@example.com", names)


def test_there_are_bounds(detached) -> None:
    assert detached(many(501)).posts == [("", "error.each.list")]
    assert detached(many(500)).posts == [("", "error.too_large")]
    text, _, flows = many(500).replace("        into: answers\n", "").partition("      - post: |")
    talk = detached(text + flows[flows.index("    flows:") :])
    (each,) = talk.effects
    assert len(each.children) == 500
    for number in range(499):
        finishes(talk, number)
    assert not talk.ended, "their results are no turns of a dialogue"
    assert finishes(talk, 499).why[1] == "1 each done"


def test_an_answer_too_large_to_be_kept_has_failed(detached) -> None:
    talk = detached(STANDUP)
    finishes(talk, 0, "x" * 12_000)
    finishes(talk, 1, "cake")
    assert finishes(talk, 2, "tests").posts == [
        ("", "ann@example.com: failed\nbert@example.com: cake\ncleo@example.com: tests\n")
    ]


def test_whoever_does_not_need_them_any_more_withdraws_them(load, dialogue) -> None:
    talk = dialogue(load(STANDUP), Channel.DETACHED).begin()
    talk.give(Withdrawn())
    assert len(withdrawn(talk)) == 1
    assert talk.session.ended_by is EndedBy.WITHDRAWN
    call = dialogue(load(STANDUP), Channel.CALL).begin()
    assert len(withdrawn(call.hangs_up())) == 1
    assert call.session.ended_by is EndedBy.HANGUP


def test_a_child_that_is_withdrawn_ends_without_a_word(chat) -> None:
    talk = chat("flow: a\nslots: {name: {ask: Who?}}\nsteps: [{collect: [name]}]")
    assert talk.give(Withdrawn()).effects == []
    assert talk.session.ended_by is EndedBy.WITHDRAWN


def test_names_are_checked(load) -> None:
    def codes(text: str) -> list[str]:
        with pytest.raises(FlowFileError) as caught:
            load(text)
        return [finding.code for finding in caught.value.findings]

    assert codes(STANDUP.replace("with: {topic", "with: {topik")) == ["undeclared-name"]
    assert codes(STANDUP.replace("flow: questions", "flow: question")) == ["unknown-flow"]
    assert codes(STANDUP.replace("{done", "{gone").replace("          none:", "          never:")) == [
        "unknown-outcome"
    ]
    assert codes(STANDUP.replace("          - collect", "          - play: a.wav\n          - collect")) != []
