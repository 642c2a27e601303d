"""What a key or a word means, in every state of a call's script."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from botkit.model.effects import (
    Ask,
    CallRecordingSwitch,
    Play,
    Record,
    RecordCall,
    Say,
    SendDigits,
    Transfer,
)
from botkit.model.inputs import KeysCollected, KeysEnded, RecordEnded, SpeechHeard
from botkit.model.questions import BargeIn, KeyRules, Question
from botkit.model.speech import SpeechKind, SpeechRules
from botkit.runtime.call_actions import (
    Action,
    Answered,
    Begin,
    Conceal,
    Cut,
    End,
    Keep,
    Line,
    Reached,
    Reveal,
    Skip,
)
from botkit.runtime.call_script import BEFORE, CallScript


def say(name: str, *, barge_in: BargeIn = BargeIn.KEYS) -> Say:
    return Say(id=name, text=name, barge_in=barge_in)


def ask(
    name: str, *, barge_in: BargeIn = BargeIn.KEYS, digits: int = 1, speech: SpeechRules | None = None
) -> Ask:
    rules = KeyRules(minimum=digits, maximum=digits)
    return Ask(id=name, question=Question(prompt=name, keys=rules, barge_in=barge_in, speech=speech))


def digits(question: Ask, keys: str, ended: KeysEnded = KeysEnded.DIGITS) -> Answered:
    return Answered(question, KeysCollected(effect_id=question.id, digits=keys, ended=ended))


def script(*lines: Line | RecordCall) -> tuple[CallScript, list[Action]]:
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
hello = say("hello", barge_in=BargeIn.BOTH)
words = SpeechRules(kind=SpeechKind.TEXT)
wish = ask("wish", barge_in=BargeIn.BOTH, speech=words)
message = Record(id="message", maximum=60.0)


def test_lines_are_played_one_after_another_and_the_question_waits_for_a_key() -> None:
    call, begun = script(welcome, menu)
    assert begun == [Begin(welcome)]
    assert call.over("welcome", 1.0) == [Begin(menu)]
    assert call.over("menu", 2.0) == []
    assert call.deadline == 7.0
    assert call.key("1", 3.0) == [digits(menu, "1")]
    assert call.deadline is None


def test_nothing_is_played_before_the_call_is_answered() -> None:
    call = CallScript()
    assert call.add(welcome, 0.0) == []
    assert call.first == welcome
    assert call.open(1.0) == [Begin(welcome)]


def test_a_key_cuts_the_prompt_of_its_question_and_is_the_first_digit() -> None:
    call, begun = script(pin)
    assert begun == [Begin(pin)]
    assert call.key("4", 0.5) == [Cut(pin)]
    assert call.deadline == 3.5
    assert call.key("2", 1.0) == []
    assert call.key("4", 1.2) == []
    assert call.key("2", 1.3) == [digits(pin, "4242")]


def test_a_key_during_a_say_skips_to_the_question_and_answers_it() -> None:
    call, _ = script(welcome, rules, menu)
    assert call.key("2", 0.5) == [Cut(welcome), Skip(rules), Skip(menu), digits(menu, "2")]


def test_keys_that_wait_answer_the_next_question_too() -> None:
    call, _ = script(welcome, menu)
    assert call.key("1", 0.1) == [Cut(welcome), Skip(menu), digits(menu, "1")]
    assert call.key("2", 0.2) == []
    assert call.add(thanks, 0.3) == [Skip(thanks)]
    following = ask("next")
    assert call.add(following, 0.3) == [Skip(following), digits(following, "2")]


def test_a_prompt_that_may_not_be_interrupted_throws_keys_away() -> None:
    call, _ = script(welcome, notice, menu)
    assert call.key("1", 0.1) == [Cut(welcome), Begin(notice)]
    assert call.key("2", 0.2) == []
    assert call.over("notice", 3.0) == [Begin(menu)]
    assert call.key("3", 3.1) == [Cut(menu), digits(menu, "3")]


def test_a_question_that_may_not_be_interrupted_listens_only_afterwards() -> None:
    strict = ask("strict", barge_in=BargeIn.NEVER)
    call, _ = script(strict)
    assert call.key("1", 0.5) == []
    assert call.over("strict", 2.0) == []
    assert call.key("2", 2.5) == [digits(strict, "2")]


def test_no_key_at_all() -> None:
    call, _ = script(menu)
    call.over("menu", 2.0)
    assert call.expire(6.9) == []
    assert call.expire(7.0) == [digits(menu, "", KeysEnded.NONE)]


def test_too_few_keys() -> None:
    call, _ = script(pin)
    call.over("pin", 2.0)
    call.key("1", 3.0)
    assert call.deadline == 6.0
    assert call.expire(6.0) == [digits(pin, "1", KeysEnded.PARTIAL)]


def test_the_good_bye_is_heard_even_when_a_key_waits() -> None:
    call, _ = script(welcome, thanks)
    assert call.end(0.0) == []
    assert call.key("1", 0.1) == [Cut(welcome), Begin(thanks)]
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
    assert call.key("1", 1.9) == [digits(menu, "1")]


def test_keys_that_nobody_asks_for_are_bounded() -> None:
    call, _ = script(say("x"))
    call.over("x", 1.0)
    for _ in range(100):
        call.key("1", 1.0)
    many = ask("many", digits=40)
    assert call.add(many, 1.0) == [Skip(many)]
    for _ in range(7):
        assert call.key("2", 1.0) == []
    assert call.key("3", 1.0) == [digits(many, "1" * 32 + "2" * 7 + "3")]


def hears(call: CallScript) -> Line | None:
    return call.hears


def deadline(call: CallScript) -> float | None:
    return call.deadline


def heard(question: Ask, text: str = "hours") -> SpeechHeard:
    return SpeechHeard(effect_id=question.id, text=text)


def test_speech_answers_an_open_question() -> None:
    call, _ = script(wish)
    call.over("wish", 1.0)
    assert hears(call) == wish
    assert call.speech(2.0) == []
    assert call.heard(heard(wish), 3.0) == [Answered(wish, heard(wish))]
    assert hears(call) is None


def test_speech_cuts_what_comes_before_its_question() -> None:
    call, _ = script(hello, say("more", barge_in=BargeIn.SPEECH), wish)
    assert hears(call) == wish
    assert call.speech(0.5) == [Cut(hello), Skip(say("more", barge_in=BargeIn.SPEECH)), Skip(wish)]
    assert hears(call) == wish, "the same utterance goes on"
    assert call.heard(heard(wish), 1.5) == [Answered(wish, heard(wish))]


def test_speech_cuts_the_prompt_of_its_question() -> None:
    call, _ = script(wish)
    assert call.speech(0.5) == [Cut(wish)]
    assert hears(call) == wish


@pytest.mark.parametrize(
    "lines",
    [
        (hello,),
        (hello, menu),
        (welcome, wish),
        (hello, notice, wish),
        (hello, message),
        (hello, SendDigits(id="digits", digits="1")),
        (hello, Transfer(id="transfer", to="olivia@example.com"), wish),
    ],
    ids=["no question", "no spoken answer", "keys alone", "a notice between", "record", "digits", "transfer"],
)
def test_speech_that_can_be_no_answer_cuts_nothing(lines: tuple[Line, ...]) -> None:
    call, _ = script(*lines)
    assert hears(call) is None
    assert call.speech(0.5) == []
    assert call.first == lines[0]


def test_a_question_that_comes_later_makes_speech_count() -> None:
    call, _ = script(hello)
    assert hears(call) is None
    assert call.add(wish, 0.3) == []
    assert call.speech(0.5) == [Cut(hello), Skip(wish)]


def test_speech_stops_the_time_for_the_first_key() -> None:
    call, _ = script(wish)
    call.over("wish", 1.0)
    assert deadline(call) == 6.0
    call.speech(5.9)
    assert deadline(call) is None
    assert call.expire(7.0) == []
    assert call.heard(heard(wish), 9.0) == [Answered(wish, heard(wish))]


def test_a_key_wins_over_speech() -> None:
    pin_or_words = ask("pin", digits=2, speech=words, barge_in=BargeIn.BOTH)
    call, _ = script(pin_or_words)
    call.over("pin", 1.0)
    call.speech(2.0)
    assert call.key("4", 30.0) == [], "however long it was spoken before"
    assert hears(call) is None
    assert call.heard(heard(pin_or_words), 30.5) == []
    assert call.deadline == 33.0
    assert call.key("2", 31.0) == [digits(pin_or_words, "42")]


def test_words_that_come_too_late_are_nobodys() -> None:
    call, _ = script(wish, welcome)
    call.over("wish", 1.0)
    call.speech(2.0)
    assert call.key("1", 2.5)[0] == digits(wish, "1")
    assert call.heard(heard(wish), 3.0) == []


def test_a_sound_that_is_no_word_gains_no_time() -> None:
    call, _ = script(wish)
    call.over("wish", 1.0)
    call.speech(5.0)
    assert call.overheard("wish")
    assert hears(call) == wish
    assert deadline(call) == 6.0
    assert not call.overheard("wish")


def test_a_sound_that_cut_a_prompt_does_not_pass() -> None:
    call, _ = script(wish)
    call.speech(0.5)
    assert not call.overheard("wish")


def test_keys_do_not_cut_what_speech_alone_may_interrupt() -> None:
    spoken = ask("spoken", barge_in=BargeIn.SPEECH, speech=words)
    call, _ = script(spoken)
    assert call.key("1", 0.5) == []
    assert call.first == spoken
    call.over("spoken", 1.0)
    assert call.key("1", 1.5) == [digits(spoken, "1")]


def test_a_file_is_a_line_like_words() -> None:
    jingle = Play(id="jingle", file="jingle.wav")
    call, begun = script(jingle, menu)
    assert begun == [Begin(jingle)]
    assert call.key("2", 0.1) == [Cut(jingle), Skip(menu), digits(menu, "2")]


def test_keys_that_the_bot_sends_are_sent_in_full() -> None:
    send = SendDigits(id="send", digits="12#")
    call, _ = script(welcome, send, menu)
    assert call.key("1", 0.1) == [Cut(welcome), Begin(send)]
    assert call.over("send", 1.0) == [Begin(menu)]


def test_a_recording_begins_behind_its_beep_and_ends_at_its_key() -> None:
    call, _ = script(message, thanks)
    assert hears(call) is None
    assert call.key("#", 0.1) == [], "the beep is not interrupted"
    assert call.over("message", 0.25) == []
    assert hears(call) == message
    assert call.key("5", 1.0) == []
    assert call.key("#", 2.0) == [Keep(message, RecordEnded.KEY, "#"), Begin(thanks)]
    assert hears(call) is None


def test_keys_typed_ahead_do_not_reach_a_recording() -> None:
    call, _ = script(welcome, message)
    assert call.key("#", 0.1) == [Cut(welcome), Begin(message)]
    call.over("message", 0.4)
    assert hears(call) == message


def test_the_longest_recording() -> None:
    call, _ = script(message)
    call.over("message", 1.0)
    assert call.deadline == 61.0
    assert call.expire(60.9) == []
    assert call.expire(61.0) == [Keep(message, RecordEnded.MAXIMUM)]
    assert call.deadline is None


def test_a_recording_that_ends_by_itself_ends_once() -> None:
    call, _ = script(message)
    call.over("message", 1.0)
    assert call.recorded("message", RecordEnded.SILENCE, 5.0) == [Keep(message, RecordEnded.SILENCE)]
    assert call.recorded("message", RecordEnded.SILENCE, 5.0) == []


def test_a_recording_is_kept_when_the_caller_hangs_up() -> None:
    call, _ = script(message, thanks)
    call.over("message", 1.0)
    call.add(thanks, 1.0)
    assert call.close() == [Keep(message, RecordEnded.HANGUP), Skip(thanks), Skip(thanks)]
    assert hears(call) is None


def test_lines_wait_while_two_people_talk() -> None:
    transfer = Transfer(id="transfer", to="olivia@example.com")
    call, _ = script(welcome, transfer, thanks)
    assert call.over("welcome", 1.0) == [Begin(transfer)]
    assert call.key("5", 2.0) == []
    assert call.over("transfer", 100.0) == [Begin(thanks)]


def test_hushed_it_forgets_what_was_to_come_and_what_was_typed() -> None:
    call, _ = script(welcome, rules, menu)
    assert call.hush(1.0) == [Cut(welcome), Skip(rules), Skip(menu)]
    assert call.over("welcome", 1.1) == []
    assert call.key("1", 1.2) == []
    assert call.hush(1.3) == []
    assert call.add(pin, 2.0) == [Begin(pin)], "the key from before is forgotten"


def test_hushed_it_asks_and_records_no_more() -> None:
    call, _ = script(menu)
    call.over("menu", 1.0)
    assert call.hush(2.0) == []
    assert call.deadline is None
    assert call.hears is None
    assert call.add(message, 3.0) == [Begin(message)]
    call.over("message", 4.0)
    assert call.hush(5.0) == [Keep(message, RecordEnded.HANGUP)]
    assert call.add(thanks, 6.0) == [Begin(thanks)]


on, pause, off = (RecordCall(id=switch, switch=switch) for switch in CallRecordingSwitch)
code = Ask(id="code", question=replace(pin.question, secret=True))
account = Ask(id="account", question=replace(wish.question, secret=True))


def test_a_switch_takes_its_turn_and_no_time() -> None:
    call, begun = script(on, notice, pause, welcome, off)
    assert begun == [Reached(on), Begin(notice)]
    assert call.over("notice", 1.0) == [Reached(pause), Begin(welcome)]
    assert call.over("welcome", 2.0) == [Reached(off)]


def test_keys_that_wait_pass_a_switch() -> None:
    call, _ = script(welcome, on, thanks, menu)
    assert call.key("1", 1.0) == [Cut(welcome), Reached(on), Skip(thanks), Skip(menu), digits(menu, "1")]


def test_speech_passes_a_switch() -> None:
    call, _ = script(hello, on, wish)
    assert call.hears is wish
    assert call.speech(1.0) == [Cut(hello), Reached(on), Skip(wish)]


def test_silence_at_once_leaves_no_switch_undone() -> None:
    call, _ = script(welcome, on, thanks, pause)
    assert call.hush(1.0) == [Cut(welcome), Reached(on), Skip(thanks), Reached(pause)]


def test_nothing_is_switched_once_the_call_is_over() -> None:
    call, _ = script(welcome, on)
    assert call.close() == [Cut(welcome)]


def test_a_secret_is_concealed_from_its_question_on() -> None:
    call, _ = script(notice, code)
    assert call.over("notice", 1.0) == [Conceal(1.0), Begin(code)]
    assert call.over("code", 2.0) == [Conceal(2.0)]
    for number, key in enumerate("471"):
        assert call.key(key, 3.0 + number) == []
    assert call.key("1", 6.0) == [digits(code, "4711"), Reveal(6.0)]


def test_a_secret_that_nobody_answers_is_concealed_while_it_might_be() -> None:
    call, _ = script(code)
    call.over("code", 1.0)
    deadline = call.deadline
    assert deadline is not None
    *_, last = call.expire(deadline)
    assert last == Reveal(deadline)


def test_a_secret_that_was_keyed_ahead_is_concealed_afterwards() -> None:
    call, _ = script(welcome, code)
    assert call.key("4", 1.0) == [Cut(welcome), Skip(code), Conceal(1.0 - BEFORE)]
    new, _ = script()
    for number, key in enumerate("4711"):
        assert new.key(key, 1.0 + number) == []
    assert new.add(code, 9.0) == [Skip(code), Conceal(1.0 - BEFORE), digits(code, "4711"), Reveal(9.0)]


def test_a_secret_that_is_said_into_a_prompt_is_concealed_afterwards() -> None:
    call, _ = script(hello, account)
    assert call.speech(2.0) == [Cut(hello), Skip(account), Conceal(2.0 - BEFORE)]
    heard = SpeechHeard(effect_id="account", text="my mother's name")
    assert call.heard(heard, 4.0) == [Answered(account, heard), Reveal(4.0)]


@pytest.mark.parametrize("asked", [False, True])
def test_a_secret_question_that_is_dropped_conceals_nothing_more(asked: bool) -> None:
    """From then on: what was said meanwhile stays concealed."""
    call, _ = script(code)
    if asked:
        call.over("code", 1.0)
    assert Reveal(9.0) in call.hush(9.0)


def test_an_answer_in_secret_that_the_end_of_the_call_cuts_stays_concealed() -> None:
    call, _ = script(account)
    call.over("account", 1.0)
    call.speech(3.0)
    assert call.close() == []
