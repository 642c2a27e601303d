"""Forms to Circuit's `formMetaData` and back, and submissions."""

from __future__ import annotations

from collections.abc import Mapping

from botkit.model.forms import Control, ControlKind, Form, FormOption

from . import read
from .wire import Json

_CHOOSERS = frozenset({ControlKind.DROPDOWN, ControlKind.RADIO, ControlKind.CHECKBOX})


def to_wire(form: Form) -> dict[str, object]:
    """What stands in `formMetaData`."""
    controls = [each for control in form.controls for each in _controls(control)]
    title = {"title": form.title} if form.title else {}
    return {"id": form.id, **title, "controls": controls}


def from_wire(data: Json) -> Form:
    """A form as it stands in an item. Controls of unknown kinds are left out. Raises `WireError`."""
    kinds = {kind.value.upper() for kind in ControlKind}
    controls = (each for each in read.objs(data, "controls") if read.optional(each, "type") in kinds)
    return Form(
        id=read.string(data, "id"),
        title=read.optional(data, "title"),
        controls=tuple(_control(each) for each in controls),
    )


def submission(form_id: str, values: Mapping[str, str]) -> dict[str, object]:
    """What a person's client sends."""
    return {"id": form_id, "data": [{"name": name, "value": value} for name, value in values.items()]}


def submitted(form: Json) -> tuple[str, dict[str, str]]:
    """Form id and values of a submission. Raises `WireError`.

    A name that comes twice (several boxes ticked) keeps all its values, separated by commas.
    """
    values: dict[str, str] = {}
    for each in read.objs(form, "data"):
        name, value = read.optional(each, "name"), read.optional(each, "value")
        values[name] = f"{values[name]},{value}" if name in values else value
    return read.string(form, "id"), values


def _controls(control: Control) -> list[dict[str, object]]:
    wire: dict[str, object] = {"type": control.kind.value.upper()}
    if control.name:
        wire["name"] = control.name
    if control.kind in _CHOOSERS:
        wire["options"] = [{"text": each.text, "value": each.value} for each in control.options]
        if control.value:
            wire["defaultValue"] = control.value
    elif control.kind is ControlKind.INPUT:
        wire["rows"] = control.rows
        if control.value:
            wire["value"] = control.value
    elif control.kind is ControlKind.BUTTON and control.options:
        wire["options"] = [
            {"text": each.text, "value": each.value, "action": "submit"} for each in control.options
        ]
    elif control.kind is ControlKind.BUTTON:
        return [{**wire, "text": control.text, "value": control.value, "action": "submit"}]
    else:
        return [{**wire, "text": control.text}]
    # Circuit has no caption for these: it is a line of its own above.
    caption: list[dict[str, object]] = [{"type": "LABEL", "text": control.text}] if control.text else []
    return [*caption, wire]


def _control(data: Json) -> Control:
    rows = data.get("rows")
    return Control(
        kind=ControlKind(read.optional(data, "type").lower()),
        name=read.optional(data, "name"),
        text=read.optional(data, "text"),
        value=read.optional(data, "value") or read.optional(data, "defaultValue"),
        rows=rows if type(rows) is int and rows > 0 else 1,
        options=tuple(
            FormOption(
                value=read.optional(each, "value") or read.optional(each, "text"),
                text=read.optional(each, "text"),
            )
            for each in read.objs(data, "options")
            if read.optional(each, "action") != "reset"
        ),
    )
