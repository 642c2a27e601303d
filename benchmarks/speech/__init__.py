"""How well the bot hears: right choices, refusals and digits, on clean and bad lines.

Synthetic voices and recorded human prompts say answers to a menu of 20, yes and no, four digits, and what
answers nothing; each is heard at 16 kHz (`c16`), over a telephone line (`c8`: 8 kHz, mu-law), and both with
pink noise at 10 dB (`n16`, `n8`). Limits hold for the recogniser that is chosen by itself, the others are
told beside it. The voices are fetched on the first run.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass

import botkit_moonshine
import botkit_pocketsphinx
from benchmarks import Figure
from botkit.model.pcm import Pcm
from botkit.model.speech import SpeechKind
from botkit.ports.speech import Heard, RecognitionFailed, Recognizer, RecognizerSpec
from botkit.speech.recognizer import RecognizerHost

from .baseline import CONDITIONS as BASELINE_CONDITIONS
from .baseline import WHEN_CHOSEN
from .conditions import CONDITIONS, placed
from .parrot import Parrot
from .phrases import DIGIT_WORDS, DIGITS, MENU, NO, OTHER, PROMPTS, YES
from .progress import Progress
from .scores import (
    CHOICES,
    Answer,
    accepted,
    exact_digits,
    right_assent,
    right_choice,
    understood,
    wrong_assent,
    wrong_digits,
)
from .speakers import Speakers, recorded, recorded_digits
from .tools import ToolMissing, prepare

MENU_RIGHT = {"c16": 95, "c8": 93, "n16": 80}
YES_NO_RIGHT = {"c16": 95, "c8": 90, "n16": 95}
MENU_UNDERSTOOD = {"c16": 80, "c8": 85, "n8": 40}
OTHER_ACCEPTED = 2.0
DIGITS_WRONG = 1.0
NO_VOSK = "it hears with a model of the user's own, and no package holds an English one"
OWN_VOICE = "picotts"
"""The bot's, which no limit is for."""
AT_ONCE = len(os.sched_getaffinity(0))
"""Engine processes."""
QUICK_VOICES = ("piper",)
QUICK_STEP = 10
"""Of so many texts one is said."""
KINDS = {
    "menu": SpeechKind.CHOICE,
    "yes_no": SpeechKind.YES_NO,
    "digits": SpeechKind.DIGITS,
    "other": SpeechKind.CHOICE,
    "prompts": SpeechKind.CHOICE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """One thing said by one voice."""

    group: str
    voice: str
    meant: str
    sound: Pcm


def figures(quick: bool, control: bool) -> Iterable[Figure]:
    """Percents. The control's recogniser hears the same words in every sound."""
    try:
        prepare()
    except ToolMissing as fault:
        raise SystemExit(f"benchmarks: {fault}") from fault
    return asyncio.run(_measure(quick, control))


async def _measure(quick: bool, control: bool) -> list[Figure]:
    material = [each async for each in _material(quick)]
    if control:
        return list(_limited(await _heard(Parrot(), material)))
    (best,), (second,) = botkit_moonshine.register_recognizers(), botkit_pocketsphinx.register_recognizers()
    print(f"not measured: vosk ({NO_VOSK})", file=sys.stderr, flush=True)
    first = await _heard(_host(best), material)
    found = [*_limited(first), *_told(best.name, first)]
    return [*found, *_told(second.name, await _heard(_host(second), material))]


def _host(spec: RecognizerSpec) -> RecognizerHost:
    return RecognizerHost(spec, workers=AT_ONCE, timeout=60)


async def _material(quick: bool) -> AsyncIterator[Utterance]:
    step = QUICK_STEP if quick else 1
    texts = [
        *(("menu", name, phrase) for name, phrase in [*MENU.items()][::step]),
        *(("yes_no", "yes", text) for text in YES[::step]),
        *(("yes_no", "no", text) for text in NO[::step]),
        *(("digits", digits, _words(digits)) for digits in DIGITS[::step]),
        *(("other", "", text) for text in OTHER[::step]),
    ]
    async with Speakers() as speakers:
        names = QUICK_VOICES if quick else tuple(speakers.synthetic)
        voices = [*((name, speakers.synthetic[name]) for name in names), (OWN_VOICE, speakers.own)]
        for voice, speak in voices:
            for group, meant, text in texts:
                if quick and voice == OWN_VOICE and group == "other":
                    continue
                yield Utterance(group=group, voice=voice, meant=meant, sound=await speak(text))
    for digits in DIGITS[::step]:
        yield Utterance(group="digits", voice="human", meant=digits, sound=recorded_digits(_words(digits)))
    for name in [*PROMPTS][::step]:
        yield Utterance(group="prompts", voice="human", meant=name, sound=recorded(name))


def _words(digits: str) -> str:
    return " ".join(DIGIT_WORDS[int(digit)] for digit in digits)


async def _heard(recognizer: Recognizer, material: Sequence[Utterance]) -> list[Answer]:
    """One answer for each utterance and condition."""
    waiting = enumerate(material)
    progress = Progress(recognizer.name, len(material))

    async def listen() -> list[Answer]:
        answers = []
        for seed, said in waiting:
            sound = placed(said.sound)
            for condition, line in CONDITIONS.items():
                answers.append(await _recognised(recognizer, said, condition, line(sound, seed)))
            progress.one_more()
        return answers

    try:
        heard = await asyncio.gather(*(listen() for _ in range(AT_ONCE)))
    finally:
        await recognizer.close()
    return [answer for of_one in heard for answer in of_one]


async def _recognised(recognizer: Recognizer, said: Utterance, condition: str, sound: Pcm) -> Answer:
    choices = CHOICES.get("menu" if said.group == "other" else said.group, {})
    phrases = [phrase for of_choice in choices.values() for phrase in of_choice]
    try:
        heard = await recognizer.recognise(
            sound, language="en-US", kind=KINDS[said.group], phrases=phrases, caller="benchmark"
        )
    except RecognitionFailed as fault:
        print(fault, file=sys.stderr)
        heard = Heard(text="")
    return Answer(
        group=said.group,
        voice=said.voice,
        condition=condition,
        meant=said.meant,
        heard=heard.text,
        others=heard.alternatives,
    )


def _limited(answers: Sequence[Answer]) -> Iterator[Figure]:
    """What limits hold for: the synthetic voices, and in digits the human too."""
    for condition in CONDITIONS:
        menu, yes_no, digits, other = (
            [each for each in _of(answers, group, condition) if each.voice != OWN_VOICE]
            for group in ("menu", "yes_no", "digits", "other")
        )
        right, agreed = right_choice(menu, CHOICES["menu"]), right_assent(yes_no)
        yield _floor(f"menu_right_{condition}", right, MENU_RIGHT.get(condition))
        yield _floor(f"yes_no_right_{condition}", agreed, YES_NO_RIGHT.get(condition))
        yield _floor(f"menu_understood_{condition}", understood(menu), MENU_UNDERSTOOD.get(condition))
        yield _ceiling(f"yes_no_taken_wrong_{condition}", wrong_assent(yes_no), None)
        yield _ceiling(f"other_accepted_{condition}", accepted(other), OTHER_ACCEPTED)
        yield _ceiling(f"digits_wrong_{condition}", wrong_digits(digits), DIGITS_WRONG)


def _floor(name: str, value: float, limit: float | None) -> Figure:
    return Figure(name=name, value=value, unit="%", limit=limit, at_least=True)


def _ceiling(name: str, value: float, limit: float | None) -> Figure:
    return Figure(name=name, value=value, unit="%", limit=limit)


def _told(engine: str, answers: Sequence[Answer]) -> Iterator[Figure]:
    """The table of one engine, for information: what was right, with the numbers it was chosen by behind."""
    for group in ("menu", "yes_no", "digits", "prompts"):
        chosen_by = dict(zip(BASELINE_CONDITIONS, WHEN_CHOSEN[engine][group], strict=True))
        for condition in CONDITIONS:
            of_group = _of(answers, group, condition)
            of_own = [each for each in of_group if each.voice == OWN_VOICE]
            of_others = [each for each in of_group if each.voice != OWN_VOICE]
            yield _ceiling(f"{engine}_{group}_{condition}", _right(group, of_others), None)
            yield _ceiling(f"{engine}_{group}_{condition}_when_chosen", chosen_by[condition], None)
            if of_own:
                yield _ceiling(f"{engine}_{group}_{condition}_{OWN_VOICE}", _right(group, of_own), None)
    for condition in CONDITIONS:
        menu = [each for each in _of(answers, "menu", condition) if each.voice != OWN_VOICE]
        other, digits = _of(answers, "other", condition), _of(answers, "digits", condition)
        yield _ceiling(f"{engine}_menu_understood_{condition}", understood(menu), None)
        yield _ceiling(f"{engine}_other_accepted_{condition}", accepted(other), None)
        yield _ceiling(f"{engine}_digits_wrong_{condition}", wrong_digits(digits), None)


def _right(group: str, answers: Sequence[Answer]) -> float:
    if group == "digits":
        return exact_digits(answers)
    return right_assent(answers) if group == "yes_no" else right_choice(answers, CHOICES[group])


def _of(answers: Sequence[Answer], group: str, condition: str) -> list[Answer]:
    return [each for each in answers if each.group == group and each.condition == condition]
