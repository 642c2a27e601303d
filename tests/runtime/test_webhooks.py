"""What comes of a webhook once it is kept: handlers, a flow with what the start fills, each event once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from botkit import Context, hook, step_handler
from botkit.model.events import WebhookReceived
from botkit.testing import ScriptedPerson
from tests.runtime.house import House

DEPLOYS = """
flow: deploys
start:
  - webhook:
      name: deploys
      if: event.body.ok
      set: {build: "{{ event.body.build }}", line: "{{ event.kind }} of {{ event.body.branch }}"}
slots:
  build: {type: number}
  line: {type: text}
steps:
  - post: "{{ line }}: {{ build + 1 }}"
    to: ada@example.com
"""
FALLBACK = """
flow: fallback
start:
  - webhook: deploys
steps:
  - post: "Something came ({{ event.id }})."
    to: ada@example.com
"""


def event(house: House, message_id: str = "m1", body: object = None, **other: str) -> WebhookReceived:
    fields: Mapping[str, str] = {"webhook": "deploys", "kind": "push", **other}
    usual = {"ok": True, "build": 41, "branch": "main"}
    return WebhookReceived(
        event_id=f"webhook:{fields['webhook']}:{message_id}",
        at=house.clock.now(),
        webhook=fields["webhook"],
        kind=fields["kind"],
        body=usual if body is None else body,
    )


@pytest.fixture
def ada(house: House) -> ScriptedPerson:
    return ScriptedPerson(house.platform, "Ada", email="ada@example.com")


async def told(house: House, ada: ScriptedPerson) -> list[str]:
    await house.clock.settle()
    return house.said(ada.direct)


async def test_a_flow_starts_with_what_the_start_fills(house: House, ada: ScriptedPerson) -> None:
    house.flow(DEPLOYS)
    await house.start()
    assert await house.receive(event(house))
    assert await told(house, ada) == ["push of main: 42"]


async def test_a_repeated_event_does_nothing(house: House, ada: ScriptedPerson) -> None:
    house.flow(DEPLOYS)
    await house.start()
    assert await house.receive(event(house))
    assert not await house.receive(event(house))
    await told(house, ada)
    assert not await house.receive(event(house, body={"ok": True, "build": 1, "branch": "x"}))
    await house.kill()
    await house.start()
    assert not await house.receive(event(house))
    assert await told(house, ada) == ["push of main: 42"]


async def test_what_was_kept_before_a_kill_is_dealt_with_after_it(house: House, ada: ScriptedPerson) -> None:
    house.flow(DEPLOYS)
    await house.start()
    await house.receive(event(house))
    await house.kill()
    assert house.said(ada.direct) == []
    await house.start()
    assert await told(house, ada) == ["push of main: 42"]


@pytest.mark.parametrize("body", [{"ok": False}, {}, [], "text", {"ok": None, "build": 1}])
async def test_a_start_that_does_not_fit_leaves_it_to_another(
    body: object, house: House, ada: ScriptedPerson
) -> None:
    house.flow(FALLBACK)
    house.flow(DEPLOYS)
    await house.start()
    await house.receive(event(house, body=body))
    assert await told(house, ada) == ["Something came (m1)."]


async def test_what_starts_nothing_is_done_with(house: House, ada: ScriptedPerson) -> None:
    house.flow(DEPLOYS)
    await house.start()
    await house.receive(event(house, webhook="other"))
    assert await told(house, ada) == []
    assert (await house.store.counts()).inbox == 0


@pytest.mark.parametrize(
    "body",
    [
        {"ok": True, "build": "many", "branch": "main"},
        {"ok": True, "branch": "main"},
        {"ok": True, "build": 1, "branch": ["x" * 9000] * 2},
    ],
)
async def test_a_body_that_does_not_fit_the_slots_is_an_event_of_the_flow(
    body: object, house: House, ada: ScriptedPerson
) -> None:
    house.flow(DEPLOYS + 'when:\n  error:\n    - post: "{{ event.name }}"\n      to: ada@example.com\n')
    await house.start()
    await house.receive(event(house, body=body))
    (text,) = await told(house, ada)
    assert text in ("error.set", "error.template", "error.too_large")


async def test_a_body_is_not_kept_in_the_session(house: House, ada: ScriptedPerson) -> None:
    house.flow(DEPLOYS)
    await house.start()
    await house.receive(event(house, body={"ok": True, "build": 1, "branch": "main", "extra": "e" * 50_000}))
    await told(house, ada)
    row = await house.store.session("webhook:deploys:m1")
    assert row is not None
    assert len(row.state) < 2_000


async def test_a_text_of_a_body_is_no_template(house: House, ada: ScriptedPerson) -> None:
    house.flow(DEPLOYS)
    await house.start()
    await house.receive(event(house, body={"ok": True, "build": 1, "branch": "{{ secrets.x }} {% for %}"}))
    assert await told(house, ada) == ["push of {{ secrets.x }} {% for %}: 2"]


async def test_a_handler_is_told_and_may_post_and_stop(house: House, ada: ScriptedPerson) -> None:
    refused: list[Exception] = []

    @hook
    async def webhook_received(webhook: WebhookReceived, ctx: Context) -> None:
        await ctx.post(f"{webhook.webhook} {webhook.kind}", to="ada@example.com")
        for act in (ctx.say("hello"), ctx.start("deploys")):
            try:
                await act
            except LookupError as error:
                refused.append(error)
        if webhook.kind == "secret":
            ctx.stop()

    house.plug(webhook_received)
    house.flow(DEPLOYS)
    await house.start()
    await house.receive(event(house, kind="secret"))
    assert await told(house, ada) == ["deploys secret"]
    await house.receive(event(house, "m2"))
    assert sorted(await told(house, ada)) == ["deploys push", "deploys secret", "push of main: 42"]
    assert len(refused) == 4


async def test_all_are_kept_while_no_flow_comes_to_an_end(house: House) -> None:
    forever = asyncio.Event()

    @step_handler
    async def never() -> None:
        await forever.wait()

    house.plug(never)
    house.flow("flow: stuck\nstart: [{webhook: deploys}]\nsteps: [{run: never, timeout: 10m}]\n")
    await house.start()
    for number in range(200):
        assert await house.receive(event(house, f"m{number}"))
    counts = await house.store.counts()
    assert counts.inbox + counts.open_sessions >= 200 - 64
    forever.set()


async def test_a_flow_that_fails_where_nobody_is_told_leaves_a_line_in_the_log(
    house: House, ada: ScriptedPerson, caplog: pytest.LogCaptureFixture
) -> None:
    house.flow(DEPLOYS)
    await house.start()
    await house.receive(event(house, body={"ok": True, "build": "none at all", "branch": "main"}))
    assert await told(house, ada) == []
    (line,) = (record.getMessage() for record in caplog.records if record.levelname == "WARNING")
    assert line == "the flow deploys ended, nothing handled error.set: `botkit why webhook:deploys:m1`"
