"""A session that somebody who looks after the bot ends."""

from __future__ import annotations

import pytest

from botkit.model.effects import Hangup
from botkit.model.inputs import Dismissed
from botkit.model.session import Channel, EndedBy

GOODBYE = "Let us stop here. Goodbye."
FLOW = """
    flow: desk
    when:
      hangup:
        - post: "{{ event.detail }}"
          to: desk@example.com
      cancelled:
        - say: Nobody hears this.
        - post: "{{ event.detail }}"
          to: desk@example.com
        - choose: Really?
          options: {tea: {}, coffee: {}}
    steps:
      - choose: Tea or coffee?
        options: {tea: {key: 1}, coffee: {key: 2}}
      - end
"""


def test_on_chat_the_person_is_told_and_what_needs_nobody_is_done(load, dialogue) -> None:
    talk = dialogue(load(FLOW), Channel.CHAT).begin()
    talk.give(Dismissed())
    assert talk.ended
    assert talk.session.ended_by is EndedBy.CANCELLED
    assert talk.heard == [GOODBYE]
    assert talk.posts == [("desk@example.com", "dismissed")]
    assert talk.give(Dismissed()).effects == []


def test_a_caller_is_hung_up_on_and_the_flow_is_told_once(load, dialogue) -> None:
    talk = dialogue(load(FLOW), Channel.CALL).begin()
    talk.give(Dismissed())
    assert talk.ended
    assert [type(effect) for effect in talk.effects].count(Hangup) == 1
    assert talk.posts == [("desk@example.com", "ended")]
    assert talk.hangs_up().effects == []


def test_a_caller_is_hung_up_on_before_the_flow_is_done(load, dialogue) -> None:
    flow = """
        flow: desk
        when: {hangup: [{run: tell}, {post: Told., to: desk@example.com}]}
        steps: [{choose: Tea or coffee?, options: {tea: {key: 1}, coffee: {key: 2}}}, end]
    """
    talk = dialogue(load(flow), Channel.CALL).begin()
    talk.give(Dismissed())
    assert not talk.ended
    assert any(isinstance(effect, Hangup) for effect in talk.effects)
    for again in (Dismissed(), None):
        if again is not None:
            assert talk.give(again).effects == []
        else:
            assert talk.hangs_up().effects == []
    assert talk.returns().posts == [("desk@example.com", "Told.")]
    assert talk.ended


@pytest.mark.parametrize("channel", list(Channel))
def test_without_a_word_of_the_flow_it_just_ends(load, dialogue, channel: Channel) -> None:
    flow = "flow: a\nsteps: [{wait: 1h}, {post: Never., to: a@example.com}]"
    talk = dialogue(load(flow), channel).begin()
    talk.give(Dismissed())
    assert talk.ended
    assert talk.posts == []
    assert talk.heard == ([GOODBYE] if channel is Channel.CHAT else [])


def test_it_may_come_before_the_session_has_begun(load, dialogue) -> None:
    talk = dialogue(load(FLOW), Channel.CHAT)
    talk.give(Dismissed())
    assert talk.ended
    assert talk.effects == []
