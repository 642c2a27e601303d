"""What plugins add to templates and to checking."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from botkit.flow.extensions import Extensions
from botkit.flow.flowset import Flow
from botkit.flow.loader import FlowFileError
from botkit.flow.saying import Manner, Style
from botkit.flow.steps.talking import Say
from botkit.model.errors import UsageError
from botkit.model.findings import Finding

from .conftest import Loader, Talker


def shout(value: object, times: object = 1) -> str:
    return str(value).upper() + "!" * int(str(times))


def in_threes(style: Style, value: object) -> str:
    text = str(value)
    parts = [text[start : start + 3] for start in range(0, len(text), 3)]
    return ", ".join(parts) if style.manner is Manner.SPOKEN else "-".join(parts)


def no_shouting(flow: Flow) -> Iterable[Finding]:
    for op in flow.ops:
        if isinstance(op.step, Say) and op.step.say.chat and op.step.say.chat.source.isupper():
            yield op.at.finding("shouting", "This text shouts.", "Write it in small letters.")


ADDED = Extensions(
    filters={"shout": shout, "lost": lambda value: object(), "broken": lambda value: 1 / 0},
    sayings={"in_threes": in_threes},
    checks=[no_shouting],
)


def flow(text: str) -> str:
    return f"""
        flow: a
        steps:
          - set: {{number: "123456"}}
          - say: "{text}"
        """


def test_a_filter_of_a_plugin(chat: Talker) -> None:
    assert chat(flow("{{ 'ho' | shout }} {{ 'hey' | shout(2) }}"), extensions=ADDED).heard == ["HO! HEY!!"]


def test_a_saying_of_a_plugin_knows_whom_the_text_is_for(chat: Talker, call: Talker) -> None:
    text = flow("Number {{ number | in_threes }}")
    assert chat(text, extensions=ADDED).heard == ["Number 123-456"]
    assert call(text, extensions=ADDED).heard == ["Number 123, 456"]


@pytest.mark.parametrize("name", ["lost", "broken"])
def test_a_filter_that_fails_or_gives_no_data_is_a_fault_of_the_template(chat: Talker, name: str) -> None:
    talk = chat(flow("{{ 'ho' | " + name + " }}"), extensions=ADDED)
    assert talk.ended
    assert any(reason.read.get("event") == "error.template" for reason in talk.turn.why)


def test_without_the_plugin_its_filter_is_unknown(load: Loader) -> None:
    with pytest.raises(FlowFileError, match="There is no filter `shout`"):
        load(flow("{{ 'ho' | shout }}"))


def test_a_check_of_a_plugin_finds_with_place_and_remedy(load: Loader) -> None:
    with pytest.raises(FlowFileError) as raised:
        load(flow("ARE YOU THERE"), extensions=ADDED)
    (finding,) = raised.value.findings
    assert (finding.code, finding.place.line, finding.remedy) == ("shouting", 5, "Write it in small letters.")


@pytest.mark.parametrize("name", ["upper", "money", "not a name"])
def test_a_name_that_is_taken_or_none_is_refused(load: Loader, name: str) -> None:
    with pytest.raises(UsageError, match=f"cannot add the filter `{name}`"):
        load(flow("Hello."), extensions=Extensions(filters={name: shout}))
