"""A secret leaves through `reveal()` and through nothing else."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import traceback
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botkit.flow.masking import hushed
from botkit.model.secret import MASK, Secret, spellings

TEXT = "hunter2-hunter2"


@dataclass
class Account:
    name: str
    password: Secret


@pytest.mark.parametrize(
    "shown",
    [
        str,
        repr,
        "{}".format,
        "{!r:>40}".format,
        lambda secret: f"{secret}",
        lambda secret: "%s %r" % (secret, secret),  # noqa: UP031
        lambda secret: repr([secret, {"a": secret}]),
        lambda secret: repr(Account("bot", secret)),
        lambda secret: json.dumps({"a": secret}, default=str),
        lambda secret: str(ValueError(secret)),
        lambda secret: str(dir(secret)),
    ],
)
def test_it_cannot_be_printed(shown: Callable[[Secret], str]) -> None:
    assert TEXT not in shown(Secret(TEXT))


def test_it_cannot_be_logged(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("test").warning("logged on with %s", Secret(TEXT))
    assert "logged on" in caplog.text
    assert TEXT not in caplog.text


def test_a_traceback_does_not_tell_it() -> None:
    secret = Secret(TEXT)
    try:
        int(secret)  # type: ignore[call-overload]
    except TypeError as error:
        told = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
        assert "secret" in told
        assert TEXT not in told


@pytest.mark.parametrize("copied", [pickle.dumps, copy.copy, copy.deepcopy])
def test_it_is_not_pickled_or_copied(copied: Callable[[Secret], object]) -> None:
    with pytest.raises(TypeError):
        copied(Secret(TEXT))


def test_it_is_not_json() -> None:
    with pytest.raises(TypeError):
        json.dumps(Secret(TEXT))


def test_reveal_gives_the_text() -> None:
    assert Secret(TEXT).reveal() == TEXT
    assert Secret(TEXT) == Secret(TEXT)
    assert Secret(TEXT) != Secret("other")
    assert Secret(TEXT) != TEXT
    assert len({Secret(TEXT), Secret(TEXT)}) == 1


@settings(max_examples=150, deadline=None)
@given(
    secret=st.text(st.characters(exclude_categories=["Cs"]), min_size=6),
    before=st.binary(max_size=20),
    behind=st.binary(max_size=20),
    encode=st.sampled_from([b64encode, urlsafe_b64encode]),
    padded=st.booleans(),
    percent=st.booleans(),
)
def test_of_base64_no_sign_is_left_that_the_secret_alone_decides(
    secret: str,
    before: bytes,
    behind: bytes,
    encode: Callable[[bytes], bytes],
    padded: bool,
    percent: bool,
) -> None:
    data = secret.encode()
    told = encode(before + data + behind).decode()
    told = told if padded else told.rstrip("=")
    # A sign is six bits of the bytes, eight each.
    others = -(-8 * len(before) // 6)
    if behind:
        others += len(told) - 8 * len(before + data) // 6
    left = hushed(quote(told, safe="") if percent else told, spellings([Secret(secret)]))
    assert MASK in left
    assert len(unquote(left).rstrip("=")) <= len(MASK) + others
