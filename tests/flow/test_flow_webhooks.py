"""`send_webhook` and `conversation_webhook`: what they want done, and how they go on."""

from __future__ import annotations

import pytest

from botkit.flow.loader import FlowFileError
from botkit.model.conversation_webhooks import WebhookAction
from botkit.model.effects import ChangeConversationWebhook, Effect, Say, SendWebhook
from botkit.model.inputs import ConversationWebhookChanged, EffectFailed, WebhookOutcome
from botkit.model.session import Channel, Status
from tests.flow.conftest import Talk

SEND = """
flow: desk
slots:
  name: {ask: What is your name?}
steps:
  - set: {name: Ada}
  - send_webhook: crm
    kind: call.wanted
    json: {name: "{{ name }}", count: "{{ 2 }}", list: [a, "{{ user.email }}"]}
  - send_webhook: erp
"""
CREATE = """
flow: alarms
steps:
  - conversation_webhook: "alarms {{ user.first_name }}"
    into: hook
    outcomes:
      not_found:
        - end: "none: {{ event.detail }}"
      otherwise:
        - end: "bad: {{ event.name }}"
  - say: "Use {{ hook.url }}"
"""
URL = "https://example.com/rest/v2/webhooks/incoming/1"
BAD = "bad: error.conversation_webhook"


def sent(effects: list[Effect]) -> list[SendWebhook]:
    return [each for each in effects if isinstance(each, SendWebhook)]


def said(talk: Talk) -> list[str]:
    return [each.text for each in talk.effects if isinstance(each, Say)]


def refused(load, text: str, **known: object) -> list[tuple[str, int]]:
    with pytest.raises(FlowFileError) as caught:
        load(text, **known)
    return [(finding.code, finding.place.line) for finding in caught.value.findings]


class TestSendWebhook:
    @pytest.mark.parametrize("channel", Channel)
    def test_it_is_sent_and_the_flow_goes_on(self, load, channel: Channel) -> None:
        talk = Talk(load(SEND), channel).begin()
        first, second = sent(talk.effects)
        assert (first.receiver, first.type, first.at) == ("crm", "call.wanted", talk.now)
        assert first.data == {"name": "Ada", "count": 2, "list": ["a", "ann@example.com"]}
        assert (second.receiver, second.type, second.data) == ("erp", "desk", {})
        assert talk.session.status is Status.ENDED

    def test_one_that_is_too_large_is_an_event(self, load) -> None:
        talk = Talk(
            load(SEND.replace("[a,", f"[{'a' * 7_000}, {'b' * 7_000}, {'c' * 7_000},")), Channel.CHAT
        ).begin()
        assert not sent(talk.effects)
        (unhandled,) = (reason for reason in talk.turn.why if reason.verb == "unhandled")
        assert unhandled.branch == "error.send_webhook"
        assert "20,000" in str(unhandled.read["detail"])

    def test_a_receiver_that_nobody_knows(self, load) -> None:
        assert refused(load, SEND, receivers=["crm"]) == [("unknown-receiver", 10)]
        load(SEND, receivers=["crm", "erp"])

    @pytest.mark.parametrize("kind", ["two words", ".a", "a..b", "\u00fc", "a" * 81])
    def test_a_kind_that_is_none(self, load, kind: str) -> None:
        assert refused(load, SEND.replace("call.wanted", f'"{kind}"')) == [("wrong-value", 8)]


class TestConversationWebhook:
    @pytest.fixture
    def talk(self, load) -> Talk:
        return Talk(load(CREATE), Channel.CHAT).begin()

    @staticmethod
    def wanted(talk: Talk) -> ChangeConversationWebhook:
        (effect,) = talk.effects
        assert isinstance(effect, ChangeConversationWebhook)
        return effect

    def finish(self, talk: Talk, outcome: WebhookOutcome, detail: str = "") -> list[str]:
        url = URL if outcome is WebhookOutcome.DONE else ""
        changed = ConversationWebhookChanged(
            effect_id=self.wanted(talk).id, outcome=outcome, id="1", url=url, detail=detail
        )
        return said(talk.give(changed))

    def test_what_it_asks_for(self, talk: Talk) -> None:
        effect = self.wanted(talk)
        assert (effect.action, effect.name, effect.to) == (WebhookAction.CREATE, "alarms Ann", "")

    @pytest.mark.parametrize("action", WebhookAction)
    def test_every_action(self, load, action: WebhookAction) -> None:
        text = CREATE.replace("    into: hook\n", f"    into: hook\n    action: {action}\n    to: c7\n")
        effect = self.wanted(Talk(load(text), Channel.DETACHED).begin())
        assert (effect.action, effect.to) == (action, "c7")

    def test_its_address_comes_back_and_is_hidden_from_the_journal(self, talk: Talk) -> None:
        assert self.finish(talk, WebhookOutcome.DONE) == [f"Use {URL}"]
        assert URL in talk.turn.hidden

    def test_how_it_may_end_badly(self, load) -> None:
        def talk() -> Talk:
            return Talk(load(CREATE), Channel.CHAT).begin()

        assert self.finish(talk(), WebhookOutcome.NOT_FOUND, "nothing") == ["none: nothing"]
        assert self.finish(talk(), WebhookOutcome.REFUSED) == [f"{BAD}.refused"]
        assert self.finish(talk(), WebhookOutcome.FAILED) == [f"{BAD}.failed"]
        failed = talk()
        assert said(failed.give(EffectFailed(effect_id=self.wanted(failed).id, error="no"))) == [
            f"{BAD}.failed"
        ]
        assert said(talk().waits()) == [f"{BAD}.failed"]

    def test_nowhere(self, load) -> None:
        text = CREATE.replace("    into: hook\n", "    into: hook\n    to: \"{{ '' }}\"\n")
        assert said(Talk(load(text), Channel.CHAT).begin()) == ["none: there is no conversation"]

    def test_one_without_a_name(self, load) -> None:
        text = CREATE.replace('"alarms {{ user.first_name }}"', "\"{{ ' ' }}\"")
        assert said(Talk(load(text), Channel.CHAT).begin()) == [f"{BAD}.refused"]
