"""`http`: a request of somebody's server."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, ClassVar, TypeAlias
from urllib.parse import urlencode

from pydantic import AfterValidator, Field

from botkit.flow.events import FlowEvent
from botkit.flow.fields import Duration, Result, Text
from botkit.flow.flowset import IGNORED
from botkit.flow.request_fields import HeaderName, HeaderText, Json, Request
from botkit.flow.urls import BrokenUrl
from botkit.flow.validation import refusal
from botkit.flow.values import Fault, as_text
from botkit.model import effects
from botkit.model.findings import Finding
from botkit.model.inputs import DeadlineReached, EffectFailed, HttpFinished, HttpOutcome, Input

from .outcomes import Ending

if TYPE_CHECKING:
    from botkit.flow.checks import FlowView
    from botkit.flow.flowset import Op
    from botkit.flow.running import Running

_grace = 30.0
"""Seconds by which the flow gives up later than the request: after a crash it may begin anew."""


def _bounded(seconds: float) -> float:
    if not 0 < seconds <= 120:
        raise refusal("A server has some time, and two minutes at most.", "Write `10s`, for example.")
    return seconds


AnswerTime: TypeAlias = Annotated[Duration, AfterValidator(_bounded)]
"""Seconds that a server has for its answer."""


class Http(Ending):
    """Makes an HTTP request, and waits for the answer: JSON or text, no more than a session can hold (11 kB).
    How it ended badly, `event.detail` tells, the status for example.

    With `tries` it is made again, after a pause, when there is no connection or no answer in time, and for
    the statuses 429 and 5xx. Each try bears the same `Idempotency-Key`, which also stays the same when the
    bot is killed meanwhile, so that a server that knows this header does nothing twice. What is put into the
    URL is percent-encoded.
    """

    verb: ClassVar[str] = "http"
    example: ClassVar[str] = """
        flow: tickets
        config:
          api: {required: true}
        slots:
          problem: {ask: What happened?}
        steps:
          - collect: [problem]
          - http: POST {{ config.api }}/tickets
            headers: {Authorization: "Bearer {{ secrets.helpdesk }}"}
            json: {text: "{{ problem }}", person: {name: "{{ user.name }}"}}
            timeout: 5s
            tries: 3
            into: ticket
            outcomes:
              refused:
                - end: "The ticket system did not take it: {{ event.detail }}."
              otherwise:
                - end: The ticket system does not answer.
          - say: Your ticket is number {{ ticket.id }}.
    """
    outcome_names: ClassVar[tuple[str, ...]] = tuple(map(str, HttpOutcome))

    http: Request = Field(
        description="Method and URL: `POST {{ config.api }}/tickets`; without a method it is `GET`. The "
        "server is a literal or comes from `config`."
    )
    headers: dict[HeaderName, HeaderText] = Field(
        {}, description="Name -> text. One with `{{ secrets.NAME }}` reads nothing else but `config`."
    )
    data: Json | None = Field(
        None,
        alias="json",
        description="What is sent, as JSON: a mapping or list of texts; exactly one `{{ ... }}` keeps its "
        "type.",
    )
    form: dict[str, Text] | None = Field(None, description="What is sent, as a web form does: name -> text.")
    body: Text | None = Field(None, description="What is sent, as plain text.")
    timeout: AnswerTime = Field(10.0, description="How long each try may take (default 10s, 2m at most).")
    tries: int = Field(1, ge=1, le=10, description="How often it is tried (default 1, 10 at most).")
    into: Result | None = Field(None, description="Gets the answer.")

    def findings(self, op: Op, view: FlowView) -> Iterable[Finding]:
        if sum(part is not None for part in (self.data, self.form, self.body)) > 1:
            message = "A request has one body: `json`, `form` or `body`."
            yield op.at.finding("two-bodies", message, "Keep one of them.")
        url = self.http.url
        for name in dict.fromkeys(path[0] for path in url.names):
            slot = view.slots.get(name)
            if slot is not None and slot.secret:
                message = f"`{name}` is secret, and URLs stand in logs."
                yield (url.at or op.at).finding("secret-in-url", message, "Send it in `json` or `form`.")

    def enter(self, run: Running) -> int:
        pauses = (self.tries - 1) * effects.Http.longest_pause
        seconds = self.timeout * self.tries + pauses + _grace
        try:
            effect = self._request(run, until=run.now + timedelta(seconds=seconds))
        except BrokenUrl as fault:
            return self.ended(run, HttpOutcome.REFUSED, str(fault))
        run.why(branch="requested")
        return run.perform(effect, "http", seconds)

    def _request(self, run: Running, until: datetime) -> effects.Http:
        body, content_type = self._body(run)
        headers = {"Content-Type": content_type} if content_type else {}
        secret_headers: dict[str, str] = {}
        for name, header in self.headers.items():
            text = header.text.text(run).strip()
            if any(sign < " " or sign == "\x7f" for sign in text):
                raise Fault(f"the header {name} would have a line break or a control sign")
            headers.pop(name.title(), None)
            (secret_headers if header.secrets else headers)[name] = text
        return effects.Http(
            id=run.effect_id(),
            method=self.http.method,
            url=self.http.url.text(run),
            headers=headers,
            secret_headers=secret_headers,
            body=body,
            timeout=self.timeout,
            tries=self.tries,
            wanted=self.into is not None,
            until=until,
        )

    def _body(self, run: Running) -> tuple[str, str]:
        """The body and its type; both empty when there is none."""
        if self.data is not None:
            return json.dumps(self.data.value(run), ensure_ascii=False), "application/json"
        if self.form is not None:
            fields = {name: as_text(text.value(run)) for name, text in self.form.items()}
            return urlencode(fields, errors="replace"), "application/x-www-form-urlencoded"
        if self.body is not None:
            return self.body.text(run), "text/plain; charset=utf-8"
        return "", ""

    def resume(self, run: Running, event: Input) -> int:
        if isinstance(event, HttpFinished):
            if event.outcome is not HttpOutcome.DONE:
                return self.ended(run, event.outcome, event.detail)
            try:
                if self.into is not None:
                    run.set(self.into, event.value)
            except FlowEvent as unfit:
                return self.ended(run, HttpOutcome.FAILED, unfit.detail)
            except Fault as unfit:
                return self.ended(run, HttpOutcome.FAILED, f"the answer cannot be kept: {unfit}")
            return self.ended(run, HttpOutcome.DONE)
        if isinstance(event, DeadlineReached):
            return self.ended(run, HttpOutcome.TIMEOUT, "no answer came")
        return (
            self.ended(run, HttpOutcome.FAILED, event.error) if isinstance(event, EffectFailed) else IGNORED
        )
