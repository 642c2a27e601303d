"""Queues: nobody is lost or served twice, no agent has two callers, who waits longest is next."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from botkit.runtime.queues import REST, Moved, News, Queues, Turn

AGENTS = ("olivia", "otto", "oona")
ONE = ("olivia",)


def test_a_free_agent_is_offered_at_once_and_the_others_know_their_place() -> None:
    queues = Queues()
    assert queues.enter("a", "desk", ONE, 0) == [Turn("a", "olivia")]
    assert queues.enter("b", "desk", ONE, 1) == [Moved("b", 1)]
    assert queues.enter("c", "desk", ONE, 2) == [Moved("c", 2)]
    assert queues.over("a", 9, taken=True) == [Turn("b", "olivia"), Moved("c", 1)]
    assert queues.leave("c", 10) == []
    assert queues.over("b", 11, taken=True) == []


def test_who_was_not_taken_comes_back_to_their_place_and_the_agent_rests() -> None:
    queues = Queues()
    queues.enter("a", "desk", ONE, 0)
    queues.enter("b", "desk", ONE, 0)
    assert queues.over("a", 20, taken=False) == []
    assert queues.enter("a", "desk", ONE, 20, front=True) == [Moved("a", 1), Moved("b", 2)]
    assert queues.deadline == 20 + REST
    assert queues.expire(20 + REST) == [Turn("a", "olivia"), Moved("b", 1)]
    assert queues.deadline is None


def test_another_agent_is_tried_meanwhile() -> None:
    queues = Queues()
    assert queues.enter("a", "desk", ("olivia", "otto"), 0) == [Turn("a", "olivia")]
    queues.over("a", 20, taken=False)
    assert queues.enter("a", "desk", ("otto", "olivia"), 20, front=True) == [Turn("a", "otto")]


def test_a_caller_whose_agents_are_busy_holds_up_nobody() -> None:
    queues = Queues()
    queues.enter("a", "desk", ONE, 0)
    assert queues.enter("b", "desk", ONE, 0) == [Moved("b", 1)]
    assert queues.enter("c", "desk", ("olivia", "otto"), 0) == [Turn("c", "otto")]


def test_agents_are_shared_by_all_queues_and_places_are_not() -> None:
    queues = Queues()
    queues.enter("a", "desk", ONE, 0)
    assert queues.enter("b", "shop", ONE, 0) == [Moved("b", 1)]
    assert queues.enter("c", "desk", ONE, 0) == [Moved("c", 1)]
    assert queues.over("a", 5, taken=True) == [Turn("b", "olivia")]


def test_who_leaves_while_it_rings_frees_the_agent() -> None:
    queues = Queues()
    queues.enter("a", "desk", ONE, 0)
    queues.enter("b", "desk", ONE, 0)
    assert queues.leave("a", 1) == [Turn("b", "olivia")]
    assert queues.over("a", 2, taken=False) == []


class Desk(RuleBasedStateMachine):
    """Callers come, are served, give up; the test keeps its own book of what it was told."""

    callers = Bundle("callers")

    @initialize()
    def open(self) -> None:
        self.queues = Queues()
        self.now = 0.0
        self.count = 0
        self.waiting: dict[str, tuple[int, str, tuple[str, ...]]] = {}
        self.serving: dict[str, tuple[str, int, str, tuple[str, ...]]] = {}
        self.places: dict[str, int] = {}
        self.rests: dict[str, float] = {}

    def take(self, news: list[News]) -> None:
        for each in news:
            if isinstance(each, Moved):
                assert each.caller in self.waiting
                assert self.places.get(each.caller) != each.position
                self.places[each.caller] = each.position
                continue
            since, queue, agents = self.waiting.pop(each.caller)
            self.places.pop(each.caller, None)
            assert each.agent in agents
            assert each.agent not in [agent for agent, *_ in self.serving.values()]
            assert self.rests.get(each.agent, 0) <= self.now
            earlier = [
                other for other in self.waiting.values() if other[0] < since and each.agent in other[2]
            ]
            assert not earlier, "somebody waits longer for this agent"
            self.serving[each.caller] = (each.agent, since, queue, agents)

    @rule(
        target=callers,
        queue=st.sampled_from(["desk", "shop"]),
        agents=st.lists(st.sampled_from(AGENTS), min_size=1, unique=True),
    )
    def comes(self, queue: str, agents: list[str]) -> str:
        self.count += 1
        caller = f"c{self.count}"
        self.waiting[caller] = (self.count, queue, tuple(agents))
        self.take(self.queues.enter(caller, queue, tuple(agents), self.now))
        return caller

    @rule(target=callers, caller=consumes(callers), taken=st.booleans())
    def ends(self, caller: str, taken: bool) -> object:
        if caller not in self.serving:
            self.take(self.queues.over(caller, self.now, taken=taken))
            return caller
        agent, since, queue, agents = self.serving.pop(caller)
        if not taken:
            self.rests[agent] = self.now + REST
        self.take(self.queues.over(caller, self.now, taken=taken))
        if taken:
            return multiple()
        self.waiting[caller] = (since, queue, agents)
        self.take(self.queues.enter(caller, queue, agents, self.now, front=True))
        return caller

    @rule(caller=consumes(callers))
    def leaves(self, caller: str) -> None:
        self.waiting.pop(caller, None)
        self.serving.pop(caller, None)
        self.places.pop(caller, None)
        self.take(self.queues.leave(caller, self.now))

    @rule(seconds=st.sampled_from([1, REST / 2, REST]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.take(self.queues.expire(self.now))

    @invariant()
    def everybody_knows_their_place(self) -> None:
        for queue in ("desk", "shop"):
            line = sorted((since, name) for name, (since, where, _) in self.waiting.items() if where == queue)
            assert [self.places[name] for _, name in line] == list(range(1, len(line) + 1))

    @invariant()
    def nobody_waits_for_an_agent_who_is_free(self) -> None:
        busy = {agent for agent, *_ in self.serving.values()}
        busy |= {agent for agent, until in self.rests.items() if until > self.now}
        for _, _, agents in self.waiting.values():
            assert set(agents) <= busy
        resting = [until for until in self.rests.values() if until > self.now]
        if self.waiting and resting and self.queues.deadline is not None:
            assert self.queues.deadline in resting


TestDesk = Desk.TestCase
