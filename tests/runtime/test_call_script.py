"""What a key means, in every state of a call's script."""

from __future__ import annotations

from botkit.model.inputs import KeysCollected, KeysEnded
from botkit.model.questions import BargeIn, KeyRules, Question
from botkit.runtime.call_script import Action, Answered, CallScript, Cut, End, Line, Play, Skip


def say(name: str, *, barge_in: BargeIn = BargeIn.KEYS) -> Line:
    return Line(id=name, text=name, barge_in=barge_in)


def ask(name: str, *, barge_in: BargeIn = BargeIn.KEYS, digits: int = 1) -> Line:
    rules = KeyRules(minimum=digits, maximum=digits)
    question = Question(prompt=name, keys=rules, barge_in=barge_in)
    return Line(id=name, text=name, barge_in=barge_in, question=question)


def digits(name: str, keys: str, ended: KeysEnded = KeysEnded.DIGITS) -> Answered:
    return Answered(KeysCollected(effect_id=name, digits=keys, ended=ended))


def script(*lines: Line) -> tuple[CallScript, list[Action]]:
    new = CallScript()
    for line in lines:
        assert new.add(line, 0.0) == []
    return new, new.open(0.0)


welcome, thanks, menu, pin, rules = (
    say("welcome"),
    say("thanks"),
    ask("menu"),
    ask("pin", digits=4),
    say("rules"),
)
notice = say("notice", barge_in=BargeIn.NEVER)


def test_lines_are_played_one_after_another_and_the_question_waits_for_a_key() -> None:
    call, begun = script(welcome, menu)
    assert begun == [Play(welcome)]
    assert call.over("welcome", 1.0) == [Play(menu)]
    assert call.over("menu", 2.0) == []
    assert call.deadline == 7.0
    assert call.key("1", 3.0) == [digits("menu", "1")]
    assert call.deadline is None


def test_nothing_is_played_before_the_call_is_answered() -> None:
    call = CallScript()
    assert call.add(welcome, 0.0) == []
    assert call.first == welcome
    assert call.open(1.0) == [Play(welcome)]


def test_a_key_cuts_the_prompt_of_its_question_and_is_the_first_digit() -> None:
    call, begun = script(pin)
    assert begun == [Play(pin)]
    assert call.key("4", 0.5) == [Cut(pin)]
    assert call.deadline == 3.5
    assert call.key("2", 1.0) == []
    assert call.key("4", 1.2) == []
    assert call.key("2", 1.3) == [digits("pin", "4242")]


def test_a_key_during_a_say_skips_to_the_question_and_answers_it() -> None:
    call, _ = script(welcome, rules, menu)
    assert call.key("2", 0.5) == [Cut(welcome), Skip(rules), Skip(menu), digits("menu", "2")]


def test_keys_that_wait_answer_the_next_question_too() -> None:
    call, _ = script(welcome, menu)
    assert call.key("1", 0.1) == [Cut(welcome), Skip(menu), digits("menu", "1")]
    assert call.key("2", 0.2) == []
    assert call.add(thanks, 0.3) == [Skip(thanks)]
    assert call.add(ask("next"), 0.3) == [Skip(ask("next")), digits("next", "2")]


def test_a_prompt_that_may_not_be_interrupted_throws_keys_away() -> None:
    call, _ = script(welcome, notice, menu)
    assert call.key("1", 0.1) == [Cut(welcome), Play(notice)]
    assert call.key("2", 0.2) == []
    assert call.over("notice", 3.0) == [Play(menu)]
    assert call.key("3", 3.1) == [Cut(menu), digits("menu", "3")]


def test_a_question_that_may_not_be_interrupted_listens_only_afterwards() -> None:
    strict = ask("strict", barge_in=BargeIn.NEVER)
    call, _ = script(strict)
    assert call.key("1", 0.5) == []
    assert call.over("strict", 2.0) == []
    assert call.key("2", 2.5) == [digits("strict", "2")]


def test_no_key_at_all() -> None:
    call, _ = script(menu)
    call.over("menu", 2.0)
    assert call.expire(6.9) == []
    assert call.expire(7.0) == [digits("menu", "", KeysEnded.NONE)]


def test_too_few_keys() -> None:
    call, _ = script(pin)
    call.over("pin", 2.0)
    call.key("1", 3.0)
    assert call.deadline == 6.0
    assert call.expire(6.0) == [digits("pin", "1", KeysEnded.PARTIAL)]


def test_the_good_bye_is_heard_even_when_a_key_waits() -> None:
    call, _ = script(welcome, thanks)
    assert call.end(0.0) == []
    assert call.key("1", 0.1) == [Cut(welcome), Play(thanks)]
    assert call.over("thanks", 1.0) == [End()]
    assert call.key("2", 1.1) == []
    assert call.end(1.2) == []


def test_it_ends_at_once_when_nothing_is_left_to_say() -> None:
    call, begun = script()
    assert begun == []
    assert call.end(0.0) == [End()]


def test_after_the_end_nothing_is_added() -> None:
    call, _ = script(welcome)
    call.end(0.0)
    assert call.add(thanks, 0.0) == []
    assert call.over("welcome", 1.0) == [End()]


def test_closing_tells_what_was_not_heard() -> None:
    call, _ = script(welcome, rules, menu)
    assert call.close() == [Cut(welcome), Skip(rules), Skip(menu)]
    assert call.key("1", 1.0) == []
    assert call.over("welcome", 1.0) == []
    assert call.add(thanks, 1.0) == []
    assert call.deadline is None


def test_a_line_that_was_cut_does_not_go_on_when_its_end_is_told() -> None:
    call, _ = script(welcome, pin)
    call.key("1", 0.1)
    assert call.over("welcome", 0.12) == []
    assert call.deadline == 3.1


def test_times_of_packets_may_lag_behind_timers() -> None:
    call, _ = script(menu)
    call.over("menu", 2.0)
    assert call.key("1", 1.9) == [digits("menu", "1")]


def test_keys_that_nobody_asks_for_are_bounded() -> None:
    call, _ = script(say("x"))
    call.over("x", 1.0)
    for _ in range(100):
        call.key("1", 1.0)
    assert call.add(ask("many", digits=40), 1.0) == [Skip(ask("many", digits=40))]
    for _ in range(7):
        assert call.key("2", 1.0) == []
    assert call.key("3", 1.0) == [digits("many", "1" * 32 + "2" * 7 + "3")]
