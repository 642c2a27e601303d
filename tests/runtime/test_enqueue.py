"""`enqueue` on live calls: music and words until an agent is free, and then the agent."""

from __future__ import annotations

import pytest

from botkit.model.calls import CallCause
from botkit.model.tones import ringback
from botkit.testing import FakeLeg, ReceivedCall, ScriptedCall, ScriptedPerson
from tests.runtime.house import House
from tests.runtime.telephone import seconds

FLOW = """
flow: hotline
start: [call_incoming]
config: {agents: {type: list, default: [olivia@example.com]}}
steps:
  - enqueue: desk
    agents: config.agents
    flow: waiting
    ring: 15s
    limit: 10m
    into: place
    outcomes:
      accepted: [{say: Welcome back.}]
      expired: [{say: Too long.}]
      left: [{say: As you like.}]
      otherwise: [{say: "{{ event.detail }}"}]
when:
  hangup:
    - post: "{{ user.first_name }} has gone."
      to: olivia@example.com
flows:
  waiting:
    outputs: [leave]
    steps:
      - say: You are number {{ place.position }}.
      - choose: Go on?
        options: {stay: {key: 1}, go: {key: 2}}
        into: wish
        give_up: [{wait: 5s}]
      - set: {leave: "{{ wish == 'go' }}"}
"""


class Caller:
    """Somebody in the queue."""

    def __init__(self, house: House, call: ScriptedCall, leg: FakeLeg) -> None:
        self.house = house
        self.call = call
        self.leg = leg

    def heard(self) -> list[str]:
        assert self.house.voice is not None
        words = [each for each in self.leg.heard if each.pcm != ringback()]
        return [self.house.voice.text_of(each.pcm) for each in words]

    def cut(self) -> bool:
        """The last words were."""
        return [each.cut for each in self.leg.heard if each.pcm != ringback()][-1]


class Hotline:
    def __init__(self, house: House) -> None:
        self.house = house
        self.olivia = ScriptedPerson(house.platform, "Olivia Desk", "olivia@example.com")
        self.otto = ScriptedPerson(house.platform, "Otto Desk", "otto@example.com")

    async def start(self, flow: str = FLOW) -> None:
        self.house.flow(flow)
        await self.house.start()

    async def call(self, name: str) -> Caller:
        number = len(self.house.audio.legs)
        call = await ScriptedPerson(self.house.platform, name).call()
        await self.house.clock.settle()
        return Caller(self.house, call, self.house.audio.legs[number])

    async def ringing(self, person: ScriptedPerson | None = None) -> ReceivedCall:
        """The one call that rings there now."""
        await self.house.clock.settle()
        (call,) = (person or self.olivia).missed()
        assert call.cause is None
        return call

    async def talk(self, call: ReceivedCall, caller: Caller) -> None:
        await call.pick_up()
        await self.house.clock.advance(1)
        assert caller.leg.bridged is not None

    def gone(self) -> list[str]:
        return sorted(self.house.said(self.olivia.direct))


@pytest.fixture
def hotline(house: House) -> Hotline:
    return Hotline(house)


async def test_three_callers_and_one_agent(hotline: Hotline) -> None:
    await hotline.start()
    clock = hotline.house.clock
    ada = await hotline.call("Ada")
    first = await hotline.ringing()
    bert, cleo = await hotline.call("Bert"), await hotline.call("Cleo")
    await clock.advance(seconds("You are number 1."))
    assert ada.heard() == []
    assert bert.heard()[:1] == ["You are number 1."]
    assert cleo.heard()[:1] == ["You are number 2."]
    await hotline.talk(first, ada)
    assert not hotline.olivia.missed()
    await first.hang_up()
    second = await hotline.ringing()
    assert bert.cut()
    heard = len(bert.heard())
    await hotline.talk(second, bert)
    await clock.advance(60)
    assert len(bert.heard()) == heard, "the flow that filled the time is over"
    assert "You are number 1." in cleo.heard()
    assert ada.heard() == ["Welcome back."]
    await second.hang_up()
    await hotline.talk(await hotline.ringing(), cleo)
    await cleo.call.hang_up()
    await clock.advance(5)
    assert not await hotline.house.store.open_sessions("")
    assert all(leg.closed for leg in hotline.house.audio.legs)


@pytest.mark.parametrize("cause", [CallCause.BUSY, CallCause.DECLINED, CallCause.NO_ANSWER])
async def test_an_agent_who_does_not_take_it_is_tried_again_later(hotline: Hotline, cause: CallCause) -> None:
    await hotline.start()
    ada = await hotline.call("Ada")
    bert = await hotline.call("Bert")
    assert bert.heard() == []
    await (await hotline.ringing()).decline(cause)
    await hotline.house.clock.advance(9)
    assert hotline.olivia.missed() == []
    assert ada.heard()[0] == "You are number 1."
    await hotline.house.clock.advance(2)
    await hotline.talk(await hotline.ringing(), ada)
    await hotline.house.clock.advance(60)
    assert bert.heard().count("You are number 2.") == 0, "first again since Ada is served"


async def test_another_agent_is_tried_at_once(hotline: Hotline) -> None:
    await hotline.start(FLOW.replace("[olivia@", "[olivia@example.com, otto@"))
    ada = await hotline.call("Ada")
    await hotline.ringing()
    await hotline.house.clock.advance(15)
    await hotline.talk(await hotline.ringing(hotline.otto), ada)
    assert ada.heard() == []


async def test_a_caller_who_hangs_up_makes_room(hotline: Hotline) -> None:
    await hotline.start()
    ada = await hotline.call("Ada")
    call = await hotline.ringing()
    await hotline.talk(call, ada)
    bert, cleo = await hotline.call("Bert"), await hotline.call("Cleo")
    await bert.call.hang_up()
    await hotline.house.clock.advance(60)
    assert "You are number 1." in cleo.heard()
    await call.hang_up()
    await hotline.talk(await hotline.ringing(), cleo)
    await hotline.house.clock.advance(1)
    assert hotline.gone() == ["Bert has gone."]


async def test_a_caller_who_hangs_up_while_it_rings_frees_the_agent_once_it_rings_no_more(
    hotline: Hotline,
) -> None:
    await hotline.start()
    ada, bert = await hotline.call("Ada"), await hotline.call("Bert")
    call = await hotline.ringing()
    await ada.call.hang_up()
    await hotline.house.clock.settle()
    assert call.cause is CallCause.CANCELLED
    await hotline.talk(await hotline.ringing(), bert)


async def test_a_caller_who_leaves(hotline: Hotline) -> None:
    await hotline.start()
    ada = await hotline.call("Ada")
    call = await hotline.ringing()
    await hotline.talk(call, ada)
    bert = await hotline.call("Bert")
    await hotline.house.clock.advance(1)
    bert.leg.press("2")
    await hotline.house.clock.advance(5)
    assert bert.heard()[-1] == "As you like."
    await call.hang_up()
    await hotline.house.clock.advance(5)
    assert hotline.olivia.missed() == []


async def test_the_time_is_over(hotline: Hotline) -> None:
    await hotline.start()
    ada = await hotline.call("Ada")
    await hotline.talk(await hotline.ringing(), ada)
    bert = await hotline.call("Bert")
    await hotline.house.clock.advance(599)
    assert bert.call.cause is None
    assert "Too long." not in bert.heard()
    await hotline.house.clock.advance(3)
    assert bert.heard()[-1] == "Too long."
    assert bert.call.cause is CallCause.ENDED
    assert ada.call.cause is None


async def test_nobody_has_the_agents_address(hotline: Hotline) -> None:
    await hotline.start(FLOW.replace("olivia@example.com]", "nobody@example.com]"))
    ada = await hotline.call("Ada")
    await hotline.house.clock.advance(10)
    assert ada.heard() == ["nobody and nothing is called nobody@example.com."]


async def test_a_process_that_dies_takes_its_queues_with_it(hotline: Hotline) -> None:
    await hotline.start()
    await hotline.call("Ada")
    await hotline.call("Bert")
    await hotline.ringing()
    await hotline.house.kill()
    await hotline.house.start()
    await hotline.house.clock.advance(2)
    assert hotline.gone() == ["Ada has gone.", "Bert has gone."]
    assert not await hotline.house.store.open_sessions("")
    assert not await hotline.house.store.effects()
    hotline.olivia.missed()
    cleo = await hotline.call("Cleo")
    await hotline.talk(await hotline.ringing(), cleo)


async def test_a_bot_that_stops_says_no_more(hotline: Hotline) -> None:
    await hotline.start()
    ada, bert = await hotline.call("Ada"), await hotline.call("Bert")
    call = await hotline.ringing()
    await hotline.house.stop()
    assert call.cause is not None
    assert ada.call.cause is bert.call.cause is CallCause.ENDED
