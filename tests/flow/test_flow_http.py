"""`http`: what is sent, how it ends, and where secrets may stand."""

from __future__ import annotations

import json

import pytest

from botkit.flow.loader import FlowFileError
from botkit.model.effects import Http
from botkit.model.inputs import EffectFailed, HttpFinished, HttpOutcome
from botkit.model.session import Channel

TICKET = """
    flow: desk
    start: [mention]
    config:
      api: {default: "https://example.com/v1"}
      realm: {default: "a{b}"}
    slots:
      text: {}
      count: {type: number}
    steps:
      - set: {text: "it's \\"odd\\"", count: "3"}
      - http: POST {{ config.api }}/tickets/{{ text }}
        headers:
          Authorization: "Bearer {{ config.realm }} {{ secrets.helpdesk }}"
          X-Person: "{{ user.name }} "
        json: {text: "{{ text }}", count: "{{ count }}", plain: 3, none: , list: [{said: "{{ count }}x"}]}
        timeout: 5s
        tries: 3
        into: ticket
      - say: Number {{ ticket.id }}.
"""
BAD = [outcome for outcome in HttpOutcome if outcome is not HttpOutcome.DONE]


@pytest.mark.parametrize("channel", [Channel.CHAT, Channel.CALL])
def test_a_request_and_its_answer(load, dialogue, channel: Channel) -> None:
    talk = dialogue(load(TICKET), channel).begin()
    (http,) = (effect for effect in talk.effects if isinstance(effect, Http))
    assert http == Http(
        id=http.id,
        method="POST",
        url="https://example.com/v1/tickets/it%27s%20%22odd%22",
        headers={"Content-Type": "application/json", "X-Person": "Ann Lee"},
        secret_headers={"Authorization": "Bearer a{{b}} {helpdesk}"},
        body=http.body,
        timeout=5,
        tries=3,
        until=talk.session.deadline,
    )
    assert json.loads(http.body) == {
        "text": 'it\'s "odd"', "count": 3, "plain": "3", "none": None, "list": [{"said": "3x"}]
    }  # fmt: skip
    assert talk.session.busy
    assert talk.is_answered({"id": 7}).heard == ["Number 7."]
    assert not talk.session.busy


def requested(talk) -> Http:
    return next(effect for effect in talk.effects if isinstance(effect, Http))


def steps(*options: str) -> str:
    """A flow of one `http`."""
    inside = "".join(f"            {option}\n" for option in options)
    return f"""
        flow: a
        slots: {{x: {{}}}}
        steps:
          - http: https://example.com/
{inside}          - say: Done.
    """


def test_other_bodies_and_none(chat) -> None:
    plain = requested(chat(steps()))
    assert (plain.method, plain.body, dict(plain.headers), plain.wanted) == ("GET", "", {}, False)
    form = requested(chat(steps("form: {a: 'b c&', d: '{{ user.email }}'}")))
    assert form.body == "a=b+c%26&d=ann%40example.com"
    assert form.headers == {"Content-Type": "application/x-www-form-urlencoded"}
    text = requested(
        chat(steps("body: Hello {{ user.first_name }}", "headers: {content-type: text/markdown}"))
    )
    assert (text.body, text.headers) == ("Hello Ann", {"content-type": "text/markdown"})


@pytest.mark.parametrize("outcome", BAD)
def test_bad_ends_are_events_unless_listed(chat, outcome: HttpOutcome) -> None:
    listed = steps(
        "outcomes:", f"  {outcome}: [{{end: '{{{{ event.detail }}}}'}}]", "  otherwise: [{end: No.}]"
    )
    assert chat(listed).is_answered(outcome=outcome, detail="status 500").heard == ["status 500"]
    assert chat(steps("outcomes: {otherwise: [{end: No.}]}")).is_answered(outcome=outcome).heard == ["No."]
    caught = steps().replace("slots:", f"when: {{error.http.{outcome}: [{{end: Caught.}}]}}\n        slots:")
    assert chat(caught).is_answered(outcome=outcome).heard == ["Caught."]


def test_a_request_that_comes_to_nothing(chat) -> None:
    otherwise = steps(
        "timeout: 5s", "tries: 3", "outcomes:", "  timeout: [{end: Late.}]", "  failed: [{end: Broken.}]"
    )
    talk = chat(otherwise)
    assert (talk.session.deadline - talk.now).total_seconds() == 3 * 5 + 2 * Http.longest_pause + 30
    assert talk.copy().waits().heard == ["Late."]
    assert talk.copy().give(EffectFailed(effect_id=talk.asked_id, error="a bug")).heard == ["Broken."]
    talk.give(HttpFinished(effect_id="s:9:9", outcome=HttpOutcome.DONE))
    assert talk.why == ["1 ignored stale_result"]


@pytest.mark.parametrize(
    "value", ["x" * 12_000, [[[0] * 9] * 40] * 40, json.loads("[" * 25 + "]" * 25), 10**16]
)
def test_an_answer_that_no_session_can_hold(chat, value: object) -> None:
    talk = chat(steps("into: x1", "outcomes: {failed: [{end: '{{ event.name }}'}]}"))
    assert talk.is_answered(value).heard == ["error.http.failed"]


def test_an_answer_without_into_is_dropped(chat) -> None:
    assert chat(steps()).is_answered("x" * 12_000).heard == ["Done."]


def test_what_would_be_another_url_is_refused_at_once(chat) -> None:
    text = steps("outcomes: {refused: [{end: 'Refused: {{ event.detail }}.'}]}").replace(
        "https://example.com/", "DELETE https://example.com/people/{{ x | default('') }}"
    )
    assert chat(text).heard == ["Refused: a value that the URL's path needs is empty."]


def test_nobody_writes_a_header_of_their_own(chat) -> None:
    text = steps('headers: {X-A: "{{ x }}"}').replace(
        "steps:\n", 'steps:\n          - set: {x: "a\\nX-B: c"}\n'
    )
    when = "when: {error.template: [{end: '{{ event.detail }}'}]}\n        slots:"
    assert chat(text.replace("slots:", when)).heard == [
        "the header X-A would have a line break or a control sign"
    ]


def test_a_secret_is_handed_to_a_handler_by_name(chat) -> None:
    run = chat("flow: a\nsteps: [{run: f, with: {key: '{{ secrets.door }}', n: '{{ 2 }}'}}]").run
    assert (run.arguments, run.secrets) == ({"n": 2}, {"key": "door"})


def findings(load, text: str, **options: object) -> list[tuple[str, int]]:
    with pytest.raises(FlowFileError) as caught:
        load(text, **options)
    return [(finding.code, finding.place.line) for finding in caught.value.findings]


@pytest.mark.parametrize(
    "header",
    [
        "{{ secrets.a }} {{ x }}",
        "{{ secrets.a | upper }}",
        "{{ secrets.a ~ 'b' }}",
        "{{ secrets }}",
        "{{ secrets['a'] }}",
        "{{ secrets.a.b }}",
        "{{ secrets.a if x else 'b' }}",
        "{% if x %}{{ secrets.a }}{% endif %}",
        "{{ secrets.a }} {{ user.name }}",
    ],
)
def test_a_secret_stands_beside_literals_and_config_alone(load, header: str) -> None:
    (found,) = findings(load, steps(f'headers: {{A: "{header}"}}'))
    assert found in (("secret-not-here", 6), ("bad-template", 6))
    (found,) = findings(load, f'flow: a\nslots: {{x: {{}}}}\nsteps:\n- run: f\n  with: {{a: "{header}"}}\n')
    assert found in (("secret-not-here", 5), ("bad-template", 5))


@pytest.mark.parametrize(
    "option",
    ["body: '{{ secrets.a }}'", "json: {a: '{{ secrets.a }}'}", "form: {a: '{{ secrets.a }}'}"],
)
def test_a_secret_is_in_no_body(load, option: str) -> None:
    assert findings(load, steps(option)) == [("secret-not-here", 6)]


def test_a_secret_is_in_no_url(load) -> None:
    text = steps().replace("https://example.com/", "https://example.com/?key={{ secrets.a }}")
    assert findings(load, text) == [("secret-not-here", 5)]


def test_what_else_is_refused(load) -> None:
    assert findings(load, steps("json: [a]", "body: b")) == [("two-bodies", 5)]
    assert findings(load, steps("json:", "  a: {b: '{{ }}'}", "  c: ['{{ a. }}', ok]")) == [
        ("bad-template", 7), ("bad-template", 8)
    ]  # fmt: skip
    assert findings(load, steps("headers: {Host: a}")) == [("bad-header", 6)]
    assert findings(load, steps("headers: {'A b': a}")) == [("bad-header", 6)]
    assert findings(load, steps("timeout: 3m")) == [("wrong-value", 6)]
    assert findings(load, steps("tries: 11")) == [("wrong-value", 6)]
    assert findings(load, steps("json: {a: '{{ nobody }}'}")) == [("undeclared-name", 6)]
    assert findings(load, steps().replace("https", "FETCH https")) == [("wrong-value", 5)]
    assert findings(load, TICKET, secrets=["door"])[0][0] == "unknown-secret"
    assert load(TICKET, secrets=["helpdesk"])
    secret = steps().replace("{x: {}}", "{x: {ask: PIN?, secret: true}}").replace("com/", "com/{{ x }}")
    assert ("secret-in-url", 5) in findings(load, secret)
