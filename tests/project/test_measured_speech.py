"""The rules by which hearing is measured."""

from __future__ import annotations

import pytest

from benchmarks.speech.scores import (
    CHOICES,
    Answer,
    accepted,
    right_assent,
    right_choice,
    understood,
    wrong_assent,
)


def answer(group: str, meant: str, heard: str, *others: str) -> list[Answer]:
    return [Answer(group=group, voice="a", condition="c16", meant=meant, heard=heard, others=others)]


@pytest.mark.parametrize(
    ("heard", "others", "right", "taken"),
    [
        ("Billing.", (), 100, 100),
        ("The bus is gone", (), 0, 0),
        ("The bus is gone", ("Billing.",), 100, 100),
        ("Sales.", ("Billing.",), 0, 0),
    ],
)
def test_a_choice_may_be_in_any_reading(heard: str, others: tuple[str, ...], right: int, taken: int) -> None:
    answers = answer("menu", "billing", heard, *others)
    assert right_choice(answers, CHOICES["menu"]) == right
    assert understood(answers) == taken


@pytest.mark.parametrize(
    ("heard", "others", "right", "wrong"),
    [
        ("No.", (), 100, 0),
        ("Yes.", (), 0, 100),
        ("Yes.", ("No.",), 0, 100),
        ("Brons", ("Wrong.",), 100, 0),
        ("Yo", ("No.",), 100, 0),
        ("", (), 0, 0),
    ],
)
def test_what_is_wrong_is_not_only_what_is_not_right(
    heard: str, others: tuple[str, ...], right: int, wrong: int
) -> None:
    answers = answer("yes_no", "no", heard, *others)
    assert right_assent(answers) == right
    assert wrong_assent(answers) == wrong


def test_other_speech_is_accepted_by_what_the_bot_goes_by() -> None:
    assert accepted(answer("other", "", "The bus is gone", "Billing.")) == 100
    assert accepted(answer("other", "", "The bus is gone", "Banana")) == 0
