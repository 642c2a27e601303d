"""The recording of a whole call: when it runs, what is not in it, and who gets it."""

from __future__ import annotations

import pytest

from botkit.flow.steps import recording_calls
from botkit.model.pcm import read_wav
from botkit.runtime.call_script import BEFORE
from botkit.runtime.call_tape import SLOT, TAIL
from botkit.testing import FakeBlobs, FakeLeg, ScriptedPerson
from botkit.testing.recording import FakeRecording
from tests.runtime.house import House
from tests.runtime.telephone import Line, assert_nothing_is_left, ring, seconds

HELLO, ASKED, THANKS = "Welcome to the bank.", "Your PIN please.", "Thank you."
BEGINNING = f"""
flow: bank
start: [call_incoming]
slots:
  pin: {{type: digits, length: 4, ask: {ASKED}, secret: true}}
steps:
"""
"""Of every flow here; the PIN is a secret."""
FLOW = f"""{BEGINNING}  - say: {HELLO}
  - record_call: on
    into: tape
    max: 10m
  - say: {HELLO}
    barge_in: never
  - collect: [pin]
  - say: {THANKS}
  - wait: 10s
  - record_call: off
  - post: "{{% if tape %}}{{{{ tape.seconds }}}} seconds{{% else %}}nothing{{% endif %}}"
    files: [tape]
    to: olivia@example.com
when:
  hangup:
    - post: "{{{{ tape.seconds }}}} seconds, then gone"
      files: [tape]
      to: olivia@example.com
"""


@pytest.fixture
def olivia(house: House) -> ScriptedPerson:
    return ScriptedPerson(house.platform, "Olivia Desk", "olivia@example.com")


def recording(line: Line) -> FakeRecording:
    (recording,) = line.leg.recordings
    return recording


async def recorded(line: Line) -> dict[str, object]:
    (row,) = await line.journal("recorded")
    return row


async def test_a_call_with_a_secret_in_it(house: House, olivia: ScriptedPerson) -> None:
    line = await ring(house, FLOW)
    assert line.leg.recordings == []
    await house.clock.advance(seconds(HELLO))
    assert recording(line).hidden == []
    await house.clock.advance(seconds(HELLO) + seconds(ASKED) + 1.0)
    await line.press("4711")
    await house.clock.advance(20)
    (hidden,) = recording(line).hidden
    asked = seconds(HELLO)
    assert hidden == pytest.approx((asked, asked + seconds(ASKED) + 1.0 + TAIL))
    took = asked + seconds(ASKED) + 1.0 + 10.0
    (data,) = house.blobs.kept.values()
    assert read_wav(data).seconds == pytest.approx(took)
    assert house.said(olivia.direct) == [f"{took:.1f} seconds"]
    row = await recorded(line)
    assert row["file"] in house.blobs.kept
    assert row["seconds"] == pytest.approx(took)
    await assert_nothing_is_left(line)


async def test_whoever_hangs_up_has_been_recorded(house: House, olivia: ScriptedPerson) -> None:
    line = await ring(house, FLOW)
    await house.clock.advance(seconds(HELLO) + 0.5)
    await line.call.hang_up()
    await house.clock.settle()
    assert house.said(olivia.direct) == ["0.5 seconds, then gone"]
    assert [kind for kind, _ in await line.answers()] == ["HungUp", "CallRecorded"]
    await assert_nothing_is_left(line)


async def test_whoever_hangs_up_before_it_begins(house: House, olivia: ScriptedPerson) -> None:
    line = await ring(house, FLOW.replace("{{ tape.seconds }} seconds, then gone", "gone"))
    await line.call.hang_up()
    await house.clock.settle()
    assert house.said(olivia.direct) == ["gone"]
    assert line.leg.recordings == []
    await assert_nothing_is_left(line)


async def test_the_bot_ends_the_call(house: House) -> None:
    """What is said last is in it; the journal knows the file."""
    line = await ring(house, f"flow: a\nstart: [call_incoming]\nsteps: [record_call: on, end: {HELLO}]")
    await house.clock.advance(seconds(HELLO) + 1.0)
    row = await recorded(line)
    assert row["seconds"] == pytest.approx(seconds(HELLO) + 0.3)
    await assert_nothing_is_left(line)


async def test_a_secret_that_is_read_back(house: House) -> None:
    """As it is, or character by character."""
    back = "Your PIN is 4711."
    line = await ring(
        house,
        f"""{BEGINNING}  - collect: [pin]
  - record_call: on
  - say: {HELLO}
  - say: Your PIN is {{{{ pin }}}}.
  - say: {HELLO}
  - say: That is {{{{ pin | digits }}}}.
  - say: {HELLO}
""",
    )
    await house.clock.advance(seconds(ASKED))
    await line.press("4711")
    await house.clock.advance(20)
    first = seconds(HELLO)
    again = first + seconds(back) + seconds(HELLO)
    spelled = seconds("That is 4, 7, 1, 1.")
    hidden = recording(line).hidden
    assert hidden[-2:] == [
        pytest.approx((first, first + seconds(back) + SLOT)),
        pytest.approx((again, again + spelled + SLOT)),
    ]


async def test_a_pause_and_a_secret_in_it(house: House) -> None:
    line = await ring(
        house,
        f"""{BEGINNING}  - record_call: on
  - say: {HELLO}
  - record_call: pause
  - collect: [pin]
  - say: {THANKS}
    barge_in: never
  - record_call: on
  - say: {HELLO}
""",
    )
    await house.clock.advance(seconds(HELLO) + seconds(ASKED))
    await line.press("4711")
    await house.clock.advance(20)
    until = seconds(HELLO) + seconds(ASKED) + seconds(THANKS)
    assert recording(line).hidden == [pytest.approx((seconds(HELLO), until))]


@pytest.mark.parametrize("before", ["record_call: pause", f"say: {HELLO}"])
async def test_the_tail_of_a_secret_that_a_switch_follows(house: House, before: str) -> None:
    """Whether the recording goes on just then or begins: the last key may still be down."""
    on = ["record_call: on"] if "pause" in before else []
    steps = [*on, before, "collect: [pin]", "record_call: on", f"say: {HELLO}"]
    line = await ring(house, BEGINNING + "".join(f"  - {step}\n" for step in steps))
    await house.clock.advance(seconds(HELLO) + seconds(ASKED))
    await line.press("4711")
    await house.clock.advance(20)
    (hidden,) = recording(line).hidden
    assert hidden[1] - (seconds(HELLO) + seconds(ASKED) if on else 0.0) == pytest.approx(TAIL)


async def test_a_secret_that_is_keyed_into_a_prompt(house: House) -> None:
    flow = FLOW.replace("\n    barge_in: never", "").replace(f"  - say: {HELLO}\n  - record", "  - record", 1)
    line = await ring(house, flow)
    await house.clock.advance(1.0)
    await line.press("4711")
    await house.clock.settle()
    assert recording(line).hidden == [pytest.approx((1.0 - BEFORE, 1.0 + TAIL))]


@pytest.mark.parametrize("why", ["the disk is full", "no blobs"])
async def test_one_that_cannot_be_kept(house: House, olivia: ScriptedPerson, why: str) -> None:
    if why == "no blobs":
        house.blobs = None  # type: ignore[assignment]
    else:
        assert isinstance(house.blobs, FakeBlobs)
        house.blobs.refuse(why)
    line = await ring(house, FLOW)
    await house.clock.advance(2 * seconds(HELLO) + seconds(ASKED))
    await line.press("4711")
    await house.clock.advance(20)
    assert house.said(olivia.direct) == ["nothing"]
    (_, given), *_ = [pair for pair in await line.answers() if pair[0] == "CallRecorded"]
    assert given["detail"] == ("this bot has nowhere to keep recordings" if why == "no blobs" else why)
    await assert_nothing_is_left(line)


async def test_an_engine_that_fails(
    house: House, olivia: ScriptedPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = FakeLeg.record

    def broken(leg: FakeLeg, **options: object) -> FakeRecording:
        made = record(leg, **options)  # type: ignore[arg-type]
        made.refusal = "there is no room."
        return made

    monkeypatch.setattr(FakeLeg, "record", broken)
    line = await ring(house, FLOW)
    await house.clock.advance(2 * seconds(HELLO) + seconds(ASKED))
    await line.press("4711")
    await house.clock.advance(20)
    assert house.said(olivia.direct) == ["nothing"]
    assert (await recorded(line))["detail"] == "there is no room."


GONE = f"""
flow: bank
start: [call_incoming]
steps:
  - record_call: on
    into: tape
  - say: {HELLO}
  - wait: 10s
  - record_call: off
  - say: {THANKS}
when:
  hangup:
    - post: gone
      to: olivia@example.com
    - post: "{{% if tape %}}{{{{ tape.seconds }}}} seconds{{% else %}}nothing{{% endif %}}"
      files: [tape]
      to: olivia@example.com
"""


@pytest.mark.parametrize("hangs_up_after", [5.0, seconds(HELLO) + 12.0], ids=["on", "off"])
async def test_only_a_step_that_reads_it_waits_for_the_file(
    house: House, olivia: ScriptedPerson, hangs_up_after: float
) -> None:
    line = await ring(house, GONE)
    recording(line).takes = 30.0
    await house.clock.advance(hangs_up_after)
    await line.call.hang_up()
    await house.clock.advance(1)
    assert house.said(olivia.direct) == ["gone"]
    await house.clock.advance(30)
    length = min(hangs_up_after, 10.0)
    assert house.said(olivia.direct) == ["gone", f"{length:g} seconds"]
    await assert_nothing_is_left(line)


async def test_one_that_never_began_is_waited_for_by_nobody(house: House, olivia: ScriptedPerson) -> None:
    """The caller hangs up in the same moment as it is to begin."""
    house.blobs = None  # type: ignore[assignment]
    line = await ring(house, GONE)
    await house.clock.advance(1)
    await line.call.hang_up()
    await house.clock.settle()
    assert house.said(olivia.direct) == ["gone", "nothing"]


async def test_after_a_crash_nobody_waits_for_it(house: House, olivia: ScriptedPerson) -> None:
    line = await ring(house, GONE)
    recording(line).takes = 30.0
    await house.clock.advance(5)
    await line.call.hang_up()
    await house.clock.advance(1)
    assert house.said(olivia.direct) == ["gone"], "now it waits"
    await house.kill()
    await house.start()
    await house.clock.settle()
    assert house.said(olivia.direct) == ["gone", "nothing"]


async def test_whoever_gets_it_from_a_flow_that_ends_gets_it(house: House, olivia: ScriptedPerson) -> None:
    house.flow(
        f"""
flow: asked
start: [mention]
steps:
  - dial: olivia@example.com
    flow: talk
    into: reply
    outcomes:
      answered:
        - end: "{{{{ reply.tape.seconds }}}} seconds"
      otherwise:
        - end: "{{{{ event.name }}}}"
flows:
  talk:
    outputs: [tape]
    steps:
      - record_call: on
        into: tape
      - say: {HELLO}
      - wait: 10m
"""
    )
    await house.start()
    ada = ScriptedPerson(house.platform)
    await ada.post("call")
    await house.clock.settle()
    call = await olivia.next_call()
    await call.pick_up()
    await house.clock.advance(5)
    house.audio.legs[-1].recordings[0].takes = 3.0
    await call.hang_up()
    await house.clock.advance(5)
    assert house.said(ada.direct) == ["5 seconds"]


TWICE = f"""
flow: bank
start: [call_incoming]
steps:
  - record_call: on
    into: first
  - say: {HELLO}
  - record_call: off
  - record_call: on
    into: second
  - say: {THANKS}
  - record_call: off
  - post: "{{{{ first.seconds if first else 'nothing' }}}} and {{{{ second.seconds }}}}"
    to: olivia@example.com
"""


async def test_a_call_on_hold_is_recorded_however_long_that_takes(
    house: House, olivia: ScriptedPerson
) -> None:
    line = await ring(house, TWICE)
    await house.clock.advance(0.5)
    line.leg.hold(True)
    await house.clock.advance(2000)
    line.leg.hold(False)
    await house.clock.advance(5)
    first = f"{2000 + seconds(HELLO):.1f}"
    assert house.said(olivia.direct) == [f"{first} and {seconds(THANKS):.1f}"]
    await assert_nothing_is_left(line)


async def test_each_recording_is_told_as_what_it_is_though_nobody_waits_for_the_first(
    house: House, olivia: ScriptedPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_calls, "longest_talk", 60.0)
    line = await ring(house, TWICE)
    await house.clock.advance(0.5)
    line.leg.hold(True)
    await house.clock.advance(100)
    line.leg.hold(False)
    await house.clock.advance(5)
    assert house.said(olivia.direct) == [f"nothing and {seconds(THANKS):.1f}"]
    told = [row["seconds"] for row in await line.journal("recorded")]
    assert told == pytest.approx([100 + seconds(HELLO), seconds(THANKS)])
    await assert_nothing_is_left(line)
