"""URLs with values in them: what people wrote never becomes more than a value."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from botkit.flow.expressions import Refused
from botkit.flow.saying import Style
from botkit.flow.urls import BrokenUrl, compile_url


class Given:
    """`Values`."""

    style = Style()

    def __init__(self, config: dict[str, object], **slots: object) -> None:
        self.config = config
        self.slots = slots

    def reserved(self, name: str) -> object:
        assert name == "config"
        return self.config


def url(source: str, config: dict[str, object] | None = None, **slots: object) -> str:
    return compile_url(source).text(Given(config or {}, **slots))


def test_what_is_put_in_is_encoded_and_what_the_author_wrote_is_not() -> None:
    assert url("https://example.com/a/{{ x }}?q={{ y }}&r=%20", x="b/c?d#e", y="f&g=h i%") == (
        "https://example.com/a/b%2Fc%3Fd%23e?q=f%26g%3Dh%20i%25&r=%20"
    )
    assert url("{{ config.api }}/x", {"api": "http://127.0.0.1:81/v1?k=a"}) == "http://127.0.0.1:81/v1?k=a/x"
    assert url("https://example.com/ü/{{ x }}", x="ß") == "https://example.com/%C3%BC/%C3%9F"
    assert url("https://{{ config.host }}:8080/{{ x }}", {"host": "[::1]"}, x=4.0) == "https://[::1]:8080/4"
    assert url("https://example.com/?q={{ x }}") == "https://example.com/?q="


@given(st.text(min_size=1))
@example("../..")
@example("@evil.example")
@example("\r\nHost: evil.example")
@example("%2e%2e")
@example("\ud800")
def test_nothing_that_people_write_breaks_out(text: str) -> None:
    plain = text.encode("utf-8", "replace").decode()
    if text not in (".", ".."):
        parts = urlsplit(url("https://example.com/a/{{ x }}/b?q={{ x }}#z", x=text))
        assert (parts.scheme, parts.netloc) == ("https", "example.com")
        assert parts.path.count("/") == 3
        assert unquote(parts.path) == f"/a/{plain}/b"
        assert unquote(parts.query) == f"q={plain}"
        assert parts.fragment == "z"
        assert parts.geturl().isascii()


@pytest.mark.parametrize("segment", [".", "..", "%2e.", "%2E%2e"])
def test_a_value_cannot_lead_to_another_path(segment: str) -> None:
    with pytest.raises(BrokenUrl, match="another place"):
        url("{{ config.api }}/{{ x }}/y", {"api": "https://example.com/" + segment}, x="a")
    if "%" not in segment:
        with pytest.raises(BrokenUrl, match="another place"):
            url("https://example.com/users/{{ x }}", x=segment)
        with pytest.raises(BrokenUrl, match="another place"):
            url("https://example.com/{{ x }}{{ y }}/", x=".", y=segment[1:] or ".")


@pytest.mark.parametrize("x", [None, "", []])
def test_a_path_without_its_value_is_another_path(x: object) -> None:
    with pytest.raises(BrokenUrl, match="is empty"):
        url("https://example.com/users/{{ x }}", x=x)


@pytest.mark.parametrize(
    "source",
    [
        "{{ host }}/x",
        "https://{{ host }}/x",
        "https://{{ config.host }}{{ x }}/y",
        "https://example.com{{ x }}",
        "https://example.com:{{ port }}/",
        "{{ config.api }}{{ x }}",
        "{{ config.api }}.{{ x }}/y",
        "{{ config.scheme }}://{{ host }}/",
        "{{ config[x] }}/y",
        "{{ config.api ~ x }}/y",
        "example.com/x",
        "ftp://example.com/x",
        "/x",
        "https:///x",
        "",
    ],
)
def test_the_server_is_certain_or_refused(source: str) -> None:
    with pytest.raises(Refused, match="not certain which server"):
        compile_url(source)


@pytest.mark.parametrize(
    "api",
    [
        "",
        None,
        "https:",
        "https:/",
        "https://",
        "file:///etc",
        "https://a b",
        "https://me:pw@x",
        "https://\\x",
        "x.example",
    ],
)
def test_a_config_that_is_no_server_is_told(api: object) -> None:
    with pytest.raises(BrokenUrl, match="no server's address"):
        url("{{ config.api }}/{{ x }}", {"api": api}, x="y")
    if not api or not "https://".startswith(str(api)):  # else `tickets` is the server, and the author's own
        with pytest.raises(BrokenUrl, match="no server's address"):
            url("{{ config.api }}/tickets", {"api": api})


@pytest.mark.parametrize("source", ["https://example.com/a b", "https://example.com/{% if x %}y{% endif %}"])
def test_what_is_no_url_is_refused(source: str) -> None:
    with pytest.raises(Refused):
        compile_url(source)


def test_a_url_has_a_length() -> None:
    with pytest.raises(BrokenUrl, match="8,000"):
        url("https://example.com/?q={{ x }}", x="y" * 9000)
