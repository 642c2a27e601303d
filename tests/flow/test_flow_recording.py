"""`record`, `play`, `send_digits`, and recordings that are posted."""

from __future__ import annotations

from pathlib import Path

import pytest

from botkit.flow.loader import FlowFileError, load_flows
from botkit.model.calls import CallCause
from botkit.model.effects import Answer, Hangup, Play, Post, Record, Say, SendDigits
from botkit.model.inputs import HungUp, RecordEnded, SpeechEnded
from botkit.model.questions import BargeIn
from botkit.model.session import Channel

MAILBOX = """
    flow: mailbox
    steps:
      - record: Speak now.
        beep: false
        terminator: "*#"
        silence: 2s
        max: 1m
        into: voice
      - post: "{{ voice.seconds }} seconds"
        files: [voice]
        to: desk
      - end: Thank you.
"""
REVIEWED = MAILBOX.replace("into: voice", "into: voice\n        review: true")


def kinds(talk) -> list[str]:
    return [type(effect).__name__ for effect in talk.effects]


def post(talk) -> Post:
    return next(effect for effect in talk.effects if isinstance(effect, Post))


def test_a_recording_is_kept_and_posted(call) -> None:
    talk = call(MAILBOX)
    answer, say, record = talk.effects
    assert isinstance(answer, Answer)
    assert isinstance(say, Say)
    assert record == Record(id=record.id, beep=False, terminators="*#", silence=2, timeout=6, maximum=60)
    assert talk.session.deadline is not None
    talk.records("blob-1", 4.24)
    assert post(talk).text == "4.2 seconds"
    assert post(talk).files == ("blob-1",)
    assert talk.hung_up


@pytest.mark.parametrize("ended", [RecordEnded.KEY, RecordEnded.SILENCE, RecordEnded.MAXIMUM])
def test_however_it_ended(call, ended: RecordEnded) -> None:
    assert post(call(MAILBOX).records("b", 1, ended)).files == ("b",)


def test_hanging_up_keeps_the_message_in_either_order(call) -> None:
    first = call(MAILBOX).hangs_up()
    assert not first.ended
    assert first.session.deadline is not None
    first.records("b", 3, RecordEnded.HANGUP)
    second = call(MAILBOX).records("b", 3, RecordEnded.HANGUP)
    for talk in (first, second):
        assert kinds(talk) == ["Post"]
        assert talk.ended
    assert second.hangs_up().why == ["ignored ended"]


def test_hanging_up_without_a_word_is_hanging_up(call) -> None:
    text = MAILBOX + "    when:\n      hangup:\n        - post: gone\n          to: desk\n"
    for talk in (
        call(text).records(ended=RecordEnded.HANGUP),
        call(text).hangs_up().records(ended=RecordEnded.NOTHING),
        call(text).give(HungUp(cause=CallCause.CALL_LOST)),
    ):
        assert talk.posts == [("desk", "gone")]
        assert talk.ended


def test_a_recording_that_never_comes_ends_all_the_same(call) -> None:
    talk = call(MAILBOX).hangs_up().waits()
    assert talk.ended
    assert talk.effects == []


@pytest.mark.parametrize(
    ("ended", "event"),
    [(RecordEnded.NOTHING, "error.record.nothing"), (RecordEnded.FAILED, "error.record.failed")],
)
def test_bad_ends_are_events_unless_listed(call, ended: RecordEnded, event: str) -> None:
    text = MAILBOX + "    when:\n      error:\n        - end: '{{ event.name }}'\n"
    assert call(text).records(ended=ended).heard == [event]
    listed = MAILBOX.replace("into: voice", "into: voice\n        outcomes: {otherwise: []}")
    talk = call(listed).records(ended=ended)
    assert talk.posts == []
    assert talk.heard[-1] == "Sorry, something went wrong here. Please try again later."


def test_a_review_keeps_or_records_again(call) -> None:
    talk = call(REVIEWED).records("one", 3)
    played = next(effect for effect in talk.effects if isinstance(effect, Play))
    assert (played.file, played.recorded) == ("one", True)
    assert kinds(talk) == ["Play", "Ask"]
    assert talk.heard == [
        "For keeping it, press 1 or say keep. For recording it again, press 2 or say again."
    ]
    assert kinds(talk.copy().speaks("Record again, please.")) == ["Say", "Record"]
    talk.presses("2")
    talk.records("two", 3)
    assert post(talk.copy().presses("1")).files == ("two",)
    assert post(talk.copy().speaks("Keep it.")).files == ("two",)
    assert post(talk.copy().hangs_up()).files == ("two",)
    assert post(talk.copy().give(HungUp(cause=CallCause.CALL_LOST))).files == ("two",)
    assert talk.is_silent().heard[0] == "I did not hear anything."
    assert post(talk.mumbles(SpeechEnded.FAILED)).files == ("two",)


def test_on_chat_and_after_the_call_it_is_passed_over(chat, call) -> None:
    assert chat("flow: a\nsteps: [{record: Speak.}, {say: next}]").heard == ["next"]
    gone = "flow: a\nwhen: {hangup: [{record: Speak.}]}\nsteps: [{choose: A?, options: {b: {}}}]"
    assert call(gone).hangs_up().ended


def test_what_holds_no_recording_is_not_posted(chat) -> None:
    text = """
        flow: a
        steps:
          - set: {voice: hello}
          - post: Listen
            files: [voice]
    """
    assert chat(text).why[-1] == "2 unhandled error.post"
    assert chat(text.replace("hello", '""')).posts == [("", "Listen")]


@pytest.fixture
def sounds(tmp_path: Path) -> Path:
    folder = tmp_path / "flows"
    (folder / "sounds").mkdir(parents=True)
    (folder / "sounds" / "hello.wav").touch()
    (tmp_path / "secret.wav").touch()
    (folder / "link.wav").symlink_to(tmp_path / "secret.wav")
    return folder


def flow_file(folder: Path, file: str, options: str = "") -> Path:
    path = folder / "a.yaml"
    path.write_text(f"flow: a\nstart: [call_incoming]\nsteps:\n  - play: {file}\n{options}")
    return path


def test_play(sounds: Path, dialogue) -> None:
    flows = load_flows([flow_file(sounds, "sounds/hello.wav", "    barge_in: never\n")])
    talk = dialogue(flows, Channel.CALL).begin()
    answer, play, hangup = talk.effects
    assert isinstance(answer, Answer)
    assert play == Play(id=play.id, file=str(sounds / "sounds/hello.wav"), barge_in=BargeIn.NEVER)
    assert isinstance(hangup, Hangup)
    assert dialogue(flows, Channel.CHAT).begin().effects == []


@pytest.mark.parametrize(
    "file", ["nothing.wav", "sounds", "../secret.wav", "link.wav", "/etc/passwd", "''", "[a]"]
)
def test_play_refuses_what_is_not_there_or_elsewhere(sounds: Path, file: str) -> None:
    with pytest.raises(FlowFileError) as caught:
        load_flows([flow_file(sounds, file)])
    (finding,) = caught.value.findings
    assert finding.code == ("wrong-value" if file in ("''", "[a]") else "no-sound-file")
    assert finding.place.line == 4


def test_send_digits(call, chat) -> None:
    text = """
        flow: a
        slots: {room: {}}
        steps:
          - set: {room: "47 11"}
          - send_digits: "{{ room }}#,,3"
          - send_digits: abcd
    """
    talk = call(text)
    assert [effect.digits for effect in talk.effects if isinstance(effect, SendDigits)] == [
        "4711#,,3",
        "ABCD",
    ]
    assert chat(text).effects == []
    assert call(text.replace("47 11", "room one")).heard == [
        "Sorry, something went wrong here. Please try again later."
    ]


def test_literal_keys_are_checked(load) -> None:
    with pytest.raises(FlowFileError) as caught:
        load("flow: a\nsteps: [{send_digits: call me}]")
    assert caught.value.findings[0].code == "bad-dial-key"
