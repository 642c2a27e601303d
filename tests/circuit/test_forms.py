from __future__ import annotations

import pytest

from botkit.circuit import forms
from botkit.circuit.wire import WireError
from botkit.model.forms import Control, ControlKind, Form, FormOption

OPTIONS = (FormOption(value="1", text="One"), FormOption(value="2", text="Two"))


def test_a_form_as_it_looks_on_the_wire() -> None:
    form = Form(
        id="f1",
        title="Title",
        controls=(
            Control(kind=ControlKind.LABEL, text="Hello"),
            Control(kind=ControlKind.INPUT, name="name", text="Your name", value="Ann", rows=2),
            Control(kind=ControlKind.DROPDOWN, name="size", value="2", options=OPTIONS),
            Control(kind=ControlKind.BUTTON, name="go", options=OPTIONS),
            Control(kind=ControlKind.BUTTON, name="send", text="Send", value="yes"),
        ),
    )
    wire_options = [{"text": "One", "value": "1"}, {"text": "Two", "value": "2"}]
    assert forms.to_wire(form) == {
        "id": "f1",
        "title": "Title",
        "controls": [
            {"type": "LABEL", "text": "Hello"},
            {"type": "LABEL", "text": "Your name"},
            {"type": "INPUT", "name": "name", "rows": 2, "value": "Ann"},
            {"type": "DROPDOWN", "name": "size", "options": wire_options, "defaultValue": "2"},
            {
                "type": "BUTTON",
                "name": "go",
                "options": [{**option, "action": "submit"} for option in wire_options],
            },
            {"type": "BUTTON", "name": "send", "text": "Send", "value": "yes", "action": "submit"},
        ],
    }


@pytest.mark.parametrize("kind", list(ControlKind))
def test_every_kind_of_control_comes_back(kind: ControlKind) -> None:
    chooses = kind in (ControlKind.DROPDOWN, ControlKind.RADIO, ControlKind.CHECKBOX)
    control = Control(
        kind=kind,
        name="" if kind is ControlKind.LABEL else "n",
        text="t" if kind in (ControlKind.LABEL, ControlKind.BUTTON) else "",
        value="1" if kind not in (ControlKind.LABEL, ControlKind.BUTTON) else "",
        options=OPTIONS if chooses else (),
    )
    form = Form(id="f1", controls=(control,))
    assert forms.from_wire(forms.to_wire(form)) == form


def test_what_other_clients_put_into_a_form() -> None:
    form = forms.from_wire(
        {
            "id": "f1",
            "controls": [
                {"type": "SPACER"},
                {"type": "INPUT", "name": "a", "rows": "many"},
                {"type": "BUTTON", "options": [{"text": "OK", "action": "submit"}, {"action": "reset"}]},
                "nonsense",
            ],
        }
    )
    assert [control.kind for control in form.controls] == [ControlKind.INPUT, ControlKind.BUTTON]
    assert form.controls[0].rows == 1
    assert form.controls[1].options == (FormOption(value="OK", text="OK"),)


def test_a_submission_there_and_back() -> None:
    assert forms.submitted(forms.submission("f1", {"a": "1", "b": ""})) == ("f1", {"a": "1", "b": ""})


def test_boxes_ticked_together_are_kept_together() -> None:
    data = [{"name": "a", "value": "1"}, {"name": "a", "value": "2"}]
    assert forms.submitted({"id": "f1", "data": data}) == ("f1", {"a": "1,2"})


@pytest.mark.parametrize("data", [{}, {"id": 7}, {"id": "f", "controls": 3}])
def test_what_is_no_form(data: dict[str, object]) -> None:
    with pytest.raises(WireError):
        forms.from_wire(data)
