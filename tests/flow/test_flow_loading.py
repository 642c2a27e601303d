"""Loading: files and folders, config, plugins' verbs, and the look of a flow set."""

from __future__ import annotations

from pathlib import Path

import pytest

from botkit.flow.extensions import Extensions
from botkit.flow.loader import FlowFileError, load_flows
from botkit.flow.source import parse_document
from botkit.flow.steps.base import Step, registry
from botkit.model.errors import UsageError
from botkit.model.session import Channel

CONFIG = """
    flow: a
    config:
      desk: {required: true}
      tries: {type: number, default: 3}
      open: {type: yes_no, default: "yes"}
      team: {type: list, default: [x]}
    steps:
      - say: "{{ config.desk }} {{ config.tries + 1 }} {{ config.open }} {{ config.team | join }}"
"""


def test_config_values_are_typed(chat) -> None:
    given = parse_document("a: {desk: d@x, tries: 7, open: no, team: [p, q]}", "bot.yaml")
    assert chat(CONFIG, config=given).heard == ["d@x 8 no p, q"]
    assert chat(CONFIG, config={"a": {"desk": "d@x", "tries": 2}}).heard == ["d@x 3 yes x"]


def test_without_a_bot_required_config_names_itself(chat) -> None:
    assert chat(CONFIG).heard == ["desk 4 yes x"]


def test_config_findings_stand_in_bot_yaml(load) -> None:
    given = parse_document("a:\n  desk: d\n  tris: 3\nb: {}\n", "bot.yaml")
    with pytest.raises(FlowFileError) as caught:
        load(CONFIG, config=given)
    assert [f"{f.code} {f.place}" for f in caught.value.findings] == [
        "config-unknown bot.yaml:3:3",
        "config-unknown bot.yaml:4:1",
    ]
    assert "Did you mean `tries`?" in caught.value.paragraph()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("flow: a\nsteps:\n", "0.yaml:2:1: wrong-value: There are no steps."),
        ("flow: a\nsteps: []\n", "0.yaml:2:8: wrong-value: There are no steps."),
        ("flow: a\nsteps: [{run: h, timeout: 0s}]\n", "0.yaml:2:27: wrong-value: A handler has some time"),
        ("flow: a\nsteps: [{run: h, timeout: 2h}]\n", "0.yaml:2:27: wrong-value: A handler has some time"),
        (
            "flow: a\nslots: {n: {type: number, min: 5, max: 3}}\nsteps: [{set: {n: '4'}}]\n",
            "0.yaml:2:12: wrong-value: No number",
        ),
    ],
)
def test_what_could_never_work_is_refused(load, text: str, found: str) -> None:
    with pytest.raises(FlowFileError) as caught:
        load(text)
    assert found in caught.value.paragraph()
    assert len(caught.value.findings) == 1


def test_inputs_of_another_file_are_named_as_it_names_them(load) -> None:
    billing = "flow: billing\ninputs: [customer]\nsteps: [{say: '{{ customer }}'}]\n"
    load("flow: a\nsteps: [{call: billing, with: {customer: Ann}}]\n", billing)
    with pytest.raises(FlowFileError, match="Did you mean `customer`"):
        load("flow: a\nsteps: [{call: billing, with: {costumer: Ann}}]\n", billing)


def test_a_message_to_nobody_is_an_error(chat) -> None:
    text = """
        flow: a
        slots: {who: {}}
        inputs: [who]
        when: {error.post: [{end: nobody}]}
        steps: [{post: secret, to: "{{ who }}"}, {say: posted}]
    """
    talk = chat(text)
    assert talk.posts == []
    assert talk.heard == ["nobody"]


def test_names_alone_are_enough(chat) -> None:
    text = """
        flow: a
        slots:
          size:
            type: choice
            ask: Size?
            options:
              small:
              very_large:
          note:
        steps:
          - choose: Which?
            options:
              red:
              blue:
            into: note
          - collect: [size]
          - say: "{{ note }} {{ size }}"
    """
    assert chat(text).says("2").says("2").heard == ["blue very_large"]


def test_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "b.yaml").write_text("flow: b\nsteps: [{say: b}]\n")
    (tmp_path / "inside" / "notes.txt").write_text("not a flow")
    (tmp_path / "a.yaml").write_text(
        "flow: a\nsteps: [{call: b}, {call: inner}]\nflows: {inner: {steps: [end]}}\n"
    )
    flows = load_flows([tmp_path / "a.yaml", tmp_path / "inside", tmp_path / "a.yaml"])
    assert list(flows.flows) == ["a", "a/inner", "b"]
    assert flows.flows["a"].hash == flows.flows["a/inner"].hash != flows.flows["b"].hash


def test_ids_of_steps_tell_their_place(load) -> None:
    text = """
        flow: a
        steps:
          - id: menu
            choose: Well?
            options: {a: {}, b: {}}
            give_up: [{say: x}, {if: "true", then: [{say: y}]}]
          - say: z
        when: {error: [{say: e}]}
    """
    ids = [op.id for op in load(text).flows["a"].ops]
    assert ids == ["menu", "2", "menu.give_up.1", "menu.give_up.2", "menu.give_up.2.then.1", "when.error.1"]


class Shout(Step):
    """Says it loudly."""

    verb = "shout"
    shout: str


class Label(Step):
    """A verb that is an option elsewhere."""

    verb = "into"
    into: str


def test_verbs_of_plugins_are_told_apart() -> None:
    assert set(registry([Shout])) == {"shout"}
    with pytest.raises(UsageError, match="Two step classes"):
        registry([Shout, Shout])
    with pytest.raises(UsageError, match="is an option of"):
        load_flows([], extensions=Extensions(verbs=[Label]))


def test_a_verb_is_unknown_without_its_plugin(load, dialogue) -> None:
    text = "flow: a\nsteps: [{shout: hey}]\n"
    with pytest.raises(FlowFileError, match="unknown-verb"):
        load(text)
    assert dialogue(load(text, extensions=Extensions(verbs=[Shout])), Channel.CHAT).begin().ended
