"""`start: webhook`: which flow an event starts, what it fills, and what is wrong with one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from botkit.flow import engine
from botkit.flow.flowset import FlowSet
from botkit.flow.graph import diagram
from botkit.flow.loader import FlowFileError, load_flows
from botkit.flow.webhooks import started_by
from botkit.model import codec
from botkit.model.effects import Post
from botkit.model.events import WebhookReceived
from botkit.model.session import Channel, Session, Status, Turn

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def flows_of(folder: Path, *texts: str, webhooks: tuple[str, ...] | None = None) -> FlowSet:
    for number, text in enumerate(texts):
        (folder / f"flow{number}.yaml").write_text(text)
    return load_flows([folder / f"flow{number}.yaml" for number in range(len(texts))], webhooks=webhooks)


def flow(
    name: str, start: str, steps: str = "[{post: '{{ event.id }}', to: a@example.com}]", **more: str
) -> str:
    blocks = "".join(f"{key}: {value}\n" for key, value in more.items())
    return f"flow: {name}\nstart: [{start}]\n{blocks}steps: {steps}\n"


def came(body: object = None, *, webhook: str = "deploys", kind: str = "push") -> WebhookReceived:
    return WebhookReceived(event_id=f"webhook:{webhook}:m.1", at=NOW, webhook=webhook, body=body, kind=kind)


def begun(flows: FlowSet, event: WebhookReceived) -> Turn:
    found = started_by(flows, event)
    assert found is not None
    name, begin = found
    # As it is after a restart: it is written down in between.
    again = codec.load(codec.dump(begin))
    assert again == begin
    return engine.step(flows, Session(id=event.event_id, channel=Channel.DETACHED, flow=name), begin, NOW)


def test_a_name_alone_is_enough(tmp_path: Path) -> None:
    flows = flows_of(tmp_path, flow("a", "webhook: deploys"))
    turn = begun(flows, came())
    assert [effect.text for effect in turn.effects if isinstance(effect, Post)] == ["m.1"]
    assert turn.session.status is Status.ENDED
    assert started_by(flows, came(webhook="other")) is None


@pytest.mark.parametrize(
    ("body", "kind", "started"),
    [
        ({"ref": "main"}, "push", "main"),
        ({"ref": "dev"}, "push", "rest"),
        ({}, "push", "rest"),
        ({"ref": "main"}, "release", "releases"),
        ({"ref": "main"}, "prerelease", "releases"),
        (None, "ping", "rest"),
    ],
)
def test_one_that_is_narrowed_goes_before_one_that_is_not(
    body: object, kind: str, started: str, tmp_path: Path
) -> None:
    flows = flows_of(
        tmp_path,
        flow("rest", "webhook: deploys"),
        flow("main", "webhook: {name: deploys, kind: push, if: event.body.ref == 'main'}"),
        flow("releases", "webhook: {name: deploys, kind: [release, prerelease]}"),
    )
    found = started_by(flows, came(body, kind=kind))
    assert found is not None
    assert found[0] == started


def test_a_condition_may_read_config(tmp_path: Path) -> None:
    text = flow(
        "a",
        "webhook: {name: deploys, if: event.body.n > config.most}",
        config="{most: {type: number, default: 3}}",
    )
    flows = flows_of(tmp_path, text)
    assert started_by(flows, came({"n": 4})) is not None
    assert started_by(flows, came({"n": 3})) is None


def test_of_several_starts_of_a_flow_the_one_that_fits_fills(tmp_path: Path) -> None:
    starts = (
        "mention, {webhook: {name: deploys, kind: push, set: {x: 'p {{ event.body.a }}'}}}, "
        "{webhook: {name: deploys, kind: tag, set: {x: 't {{ event.body.b }}'}}}"
    )
    steps = "[{post: '{{ x }}', to: a@example.com}]"
    flows = flows_of(tmp_path, flow("a", starts, steps, slots="{x: {type: text}}"))
    for body, kind, text in (({"a": 1}, "push", "p 1"), ({"b": 2}, "tag", "t 2")):
        (post,) = begun(flows, came(body, kind=kind)).effects
        assert isinstance(post, Post)
        assert post.text == text


@pytest.mark.parametrize(
    ("value", "kept"),
    [(3, 3), (2.5, 2.5), ("7", 7)],
)
def test_one_expression_keeps_its_type_and_the_slot_checks_it(
    value: object, kept: object, tmp_path: Path
) -> None:
    start = "webhook: {name: deploys, set: {n: '{{ event.body.n }}'}}"
    flows = flows_of(tmp_path, flow("a", start, slots="{n: {type: number}}"))
    scopes = begun(flows, came({"n": value})).session.state["scopes"]
    assert scopes == [{"n": kept}]


def test_the_body_is_gone_afterwards_and_the_rest_stays(tmp_path: Path) -> None:
    flows = flows_of(tmp_path, flow("a", "webhook: deploys", "[{wait: 1h}]"))
    state = begun(flows, came({"secret": "x" * 1000})).session.state
    assert "xxx" not in json.dumps(state)
    assert state["event"] == {
        "name": "begin",
        "detail": "",
        "text": "",
        "webhook": "deploys",
        "kind": "push",
        "id": "m.1",
    }


def findings(tmp_path: Path, *texts: str, webhooks: tuple[str, ...] | None = None) -> list[tuple[str, str]]:
    with pytest.raises(FlowFileError) as caught:
        flows_of(tmp_path, *texts, webhooks=webhooks)
    return [(finding.code, finding.remedy) for finding in caught.value.findings]


def test_what_is_wrong_with_one(tmp_path: Path) -> None:
    unknown = flow("a", "webhook: deploy")
    assert findings(tmp_path, unknown, webhooks=("deploys",))[0][0] == "unknown-webhook"
    ((code, remedy),) = findings(tmp_path, unknown, webhooks=())
    assert (code, remedy.startswith("Add `web: {webhooks: {deploy: ")) == ("unknown-webhook", True)
    assert flows_of(tmp_path, unknown) is not None
    assert findings(tmp_path, flow("a", "webhook: {name: x, set: {y: z}}"))[0][0] == "undeclared-slot"
    assert findings(tmp_path, flow("a", "webhook: {if: event.body}"))[0][0] == "missing-key"
    clash = flow("a", "webhook: x"), flow("b", "webhook: x")
    assert findings(tmp_path, *clash)[0][0] == "start-clash"
    assert flows_of(tmp_path, flow("a", "webhook: x"), flow("b", "webhook: y")) is not None
    late = flow("a", "webhook: x", "[{post: '{{ event.body.n }}', to: a@example.com}]")
    assert findings(tmp_path, late)[0][0] == "event-body"
    talks = flow("a", "webhook: x", "[{say: Hello}]")
    assert findings(tmp_path, talks)[0][0] == "nobody-here"


def test_a_picture_tells_what_narrows_it(tmp_path: Path) -> None:
    flows = flows_of(
        tmp_path,
        flow("a", "webhook: {name: x, kind: [push, tag]}"),
        flow("b", "webhook: deploys"),
    )
    told = str(diagram(flows))
    assert "'a webhook is called: x push, tag'" in told
    assert "'a webhook is called: deploys'" in told
