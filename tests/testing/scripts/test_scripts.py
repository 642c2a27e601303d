"""Scripts run: what people do is done, what is expected is seen, and what is not fails at its line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from botkit.testing.scripts.answering import By
from botkit.testing.scripts.runner import ScriptResult, load_cases, run_cases
from botkit.testing.scripts.subject import Subject
from tests.testing.scripts.desk import write_bot, write_scripts


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    return write_bot(tmp_path)


def played(bot: Path, scripts: str) -> list[ScriptResult]:
    subject = Subject.read(bot)
    return run_cases(load_cases([write_scripts(bot, scripts)], subject), subject)


def failure_of(bot: Path, scripts: str) -> str:
    (result,) = played(bot, scripts)
    assert result.failure is not None
    return str(result.failure)


def test_one_script_on_both_channels(bot: Path) -> None:
    results = played(
        bot,
        """
        now: 2026-12-24 17:00
        time_zone: America/New_York
        config: {company: Acme}
        scripts:
          hours:
            on: [call, chat]
            steps:
              - hears: {exactly: Welcome to Acme.}
              - hears: What can I do for you?
              - answers: hours
              - why: [menu = hours, switch = hours]
              - hears: {matches: "Dec.*open"}
              - slots: {wish: hours, number: }
              - hears nothing more
              - ends: flow
        """,
    )
    assert [str(result.failure) for result in results] == ["None", "None"]
    assert [result.case.channel for result in results] == ["call", "chat"]
    for result in results:
        assert [reason.branch for reason in result.reasons if reason.step == "menu"] == ["asked", "hours"]
    call = "\n".join(results[0].lines)
    assert "presses 1" in call
    assert "Ada Lovelace  calls" in call


def test_keys_and_hang_ups_at_a_moment(bot: Path) -> None:
    (result,) = played(
        bot,
        """
        on: [call]
        scripts:
          moments:
            steps:
              - hears: What can I do for you?
              - presses: 2
                at: 1.3s
              - hears: Which number?
              - presses: "1234"
                at: 0.5s
              - hears: euros
              - hangs up:
                at: 200ms
              - ends: flow
        """,
    )
    assert result.failure is None, result.failure
    lines = [" ".join(line.split()) for line in result.lines]
    assert any("What can I do for you?" in line and "[cut at 1.3 of" in line for line in lines)
    assert any("Which number?" in line and "[cut at 0.5 of" in line for line in lines)
    assert any("That is 4 euros." in line and "[cut at 0.2 of" in line for line in lines)


def test_keys_into_an_earlier_prompt_wait_for_the_question(bot: Path) -> None:
    (result,) = played(
        bot,
        """
        on: [call]
        scripts:
          ahead:
            steps:
              - hears: Welcome
              - presses: 1
                at: 100ms
              - hears: We are open.
              - ends: flow
        """,
    )
    assert result.failure is None, result.failure


def test_speech_silence_and_mumbling(bot: Path) -> None:
    (result,) = played(
        bot,
        """
        on: [call]
        scripts:
          voice:
            steps:
              - hears: What can I do
              - mumbles
              - hears: Sorry
              - says nothing
              - hears: I did not hear anything.
              - says: hours
                confidence: 0.1
              - hears: Did you say opening hours?
              - answers: yes
                by: speech
              - hears: We are open.
              - ends: flow
        """,
    )
    assert result.failure is None, result.failure


def test_forms_buttons_and_posts(bot: Path) -> None:
    (result,) = played(
        bot,
        """
        scripts:
          chat:
            person: {name: Grace Hopper, email: grace@example.com}
            steps:
              - writes: help, please
              - hears: What can I do
              - chooses: ticket
              - hears: Which number?
              - writes: 12
              - writes: "4711"
              - ran: price_of
                with: {number: "4711"}
              - posted: {to: olivia@example.com, exactly: Grace Hopper asks for 4711, subject: Ticket}
              - hears: That is 4 euros.
              - ends: flow
        """,
    )
    assert result.failure is None, result.failure


def test_what_one_script_leaves_in_handlers_the_next_does_not_see(bot: Path) -> None:
    script = """
            steps:
              - answers: ticket
              - answers: 4711
              - hears: That is 4 euros.
    """
    results = played(bot, f"scripts:\n  one:{script}\n  two:{script}".replace("\n            ", "\n    "))
    assert [result.passed for result in results] == [True, True], [str(each.failure) for each in results]


def test_handlers_are_mocked_one_reply_per_call(bot: Path) -> None:
    results = played(
        bot,
        """
        scripts:
          returns:
            mocks: {run: {price_of: [{returns: 7}, {raises: no}]}}
            steps:
              - answers: ticket
              - answers: 4711
              - hears: That is 7 euros.
          raises:
            mocks: {run: {price_of: {raises: no prices}}}
            steps:
              - answers: ticket
              - answers: 4711
              - hears: No price today.
          takes too long:
            mocks: {run: {price_of: {takes: 6s}}}
            steps:
              - answers: ticket
              - answers: 4711
              - hears: No price today.
          takes its time:
            mocks: {run: {price_of: {takes: 4s, returns: 3}}}
            steps:
              - answers: ticket
              - answers: 4711
              - hears: That is 3 euros.
        """,
    )
    assert [result.passed for result in results] == [True] * 4, [str(each.failure) for each in results]


def test_whom_the_bot_calls_picks_up_talks_and_declines(bot: Path) -> None:
    results = played(
        bot,
        """
        on: [call]
        scripts:
          picks up:
            steps:
              - answers: agent
              - picks up: olivia@example.com
              - hears: A caller waits.
                who: olivia@example.com
              - answers: later
                who: olivia@example.com
              - ends: flow
                who: olivia@example.com
              - hears: They know.
              - ends: flow
          is busy:
            steps:
              - answers: agent
              - declines: olivia@example.com
                as: busy
              - hears: Nobody is there.
          rings on:
            steps:
              - answers: agent
              - hears: Nobody is there.
              - ends: flow
        """,
    )
    assert [result.passed for result in results] == [True] * 3, [str(each.failure) for each in results]


def test_a_failure_tells_place_expectation_and_the_whole_conversation(bot: Path) -> None:
    told = failure_of(
        bot,
        """
        on: [call]
        scripts:
          wrong:
            steps:
              - hears: What can I do for you?
              - presses: 1
                at: 2s
              - hears: We are closed all day.
        """,
    )
    file = bot.parent / "scripts" / "desk.yaml"
    assert told.startswith(f"{file}:10:9\n")
    assert 'expected: hears "We are closed all day."' in told
    assert 'but:      the bot said "It is ' in told
    assert "[cut at 2.0 of" in told
    assert "presses 1 (2 s into it)" in told
    assert "choose menu -> hours" in told
    assert told.splitlines()[-1].startswith(">> here: hears")


def test_digits_are_said_one_by_one(bot: Path) -> None:
    case = """
        on: [call]
        scripts:
          wrong:
            steps:
              - answers: ticket
              - answers: 4711
              - hears: That is free.
    """
    subject = Subject.read(bot)
    cases = load_cases([write_scripts(bot, case)], subject)
    (result,) = run_cases([replace(case, by=By.SPEECH) for case in cases], subject)
    assert "says: 4, 7, 1, 1" in str(result.failure)


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("hears: Hello there", "the bot said nothing more, it waits at"),
        ("hears: Welcome", "it was said before"),
        ("why: menu = ticket", "menu = asked"),
        ("slots: {wish: hours}", "wish has no value"),
        ("ends: flow", "it waits at"),
        ("posted: {to: ben@example.com, text: hi}", "nothing was written to ben@example.com"),
        ("ran: price_of", "no handler ran"),
        ("requested: GET https://example.com", "no request was made"),
        ("sent: crm", "no webhook was sent to it"),
        ("picks up: olivia@example.com", "the bot calls nobody"),
        ("chooses: nothing", "there are: hours, ticket, agent"),
        ("submits: {name: Ada}", "the form has no field name"),
    ],
)
def test_what_is_not_so_fails(bot: Path, step: str, told: str) -> None:
    scripts = f"""
        scripts:
          wrong:
            steps:
              - hears: What can I do for you?
              - why: menu = asked
              - {step}
    """
    assert told in failure_of(bot, scripts.replace("menu = asked", "say") if "ticket" in step else scripts)


def test_more_is_said_than_expected(bot: Path) -> None:
    scripts = """
        scripts:
          wrong:
            steps:
              - hears: Welcome
              - hears nothing more
    """
    assert 'the bot said "What can I do for you?' in failure_of(bot, scripts)


def test_a_moment_that_is_over(bot: Path) -> None:
    scripts = """
        on: [call]
        scripts:
          late:
            steps:
              - hears: What can I do for you?
              - waits: 2s
              - presses: 1
                at: 1s
    """
    assert "that moment is over: it is 2.0 s since the prompt began" in failure_of(bot, scripts)


FAULTY = """\
flow: desk
start: [mention]
config: {n: {type: number, default: 0}}
steps:
  - say: "{{ 1 / config.n }}"
"""


def test_a_fault_that_the_flow_has_no_steps_for_fails_the_script(tmp_path: Path) -> None:
    bot = write_bot(tmp_path / "faulty", flow=FAULTY)
    assert "error.template" in failure_of(bot, "scripts: {fault: {steps: [waits: 1s]}}\n")
    (result,) = played(bot, "scripts: {fault: {steps: [ends: error]}}\n")
    assert result.passed


NEVER = """
    scripts:
      hours:
        on: [{channel}]
        steps:
          - hears: What can I do for you?
          - answers: hours
          - never hears: {text}
    """


@pytest.mark.parametrize("channel", ["call", "chat"])
def test_what_must_not_be_said(bot: Path, channel: str) -> None:
    (result,) = played(bot, NEVER.format(channel=channel, text="Sorry"))
    assert result.passed
    assert 'never hears "Welcome"' in failure_of(bot, NEVER.format(channel=channel, text="Welcome"))
    assert 'never hears "open"' in failure_of(bot, NEVER.format(channel=channel, text="open"))


def test_callers_who_answer_in_words_say_yes_when_asked_back(bot: Path) -> None:
    subject = Subject.read(bot)
    cases = load_cases(
        [
            write_scripts(
                bot,
                """
                scripts:
                  hours:
                    on: [call]
                    steps:
                      - answers: hours
                      - why: menu = hours
                """,
            )
        ],
        subject,
    )
    (result,) = run_cases([replace(case, by=By.SPEECH) for case in cases], subject)
    assert result.passed, result.failure
    assert not any("presses" in line for line in result.lines)
