from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botkit.circuit.text import (
    Mention,
    after_address,
    after_own_mentions,
    join,
    mentioned,
    parse,
    to_rich,
)


def to_plain(content: str, content_type: str = "RICH") -> str:
    """Content as people read it."""
    return join(parse(content, content_type))


unicode = st.text(st.characters(codec="utf-8", exclude_characters="\r"))
markup = st.text("<>/&;=\"'abr il\n|:$#0", max_size=40)
names = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), min_size=1, max_size=8)
mentions = st.lists(st.builds(Mention, names, names.filter(lambda name: name[0] != "@")), max_size=3)


@given(unicode | markup)
@settings(deadline=None)
def test_what_was_written_is_read_back_exactly(text: str) -> None:
    assert to_plain(to_rich(text)) == text


@given(unicode | markup, mentions)
@settings(deadline=None)
def test_own_mentions_come_off_again_exactly(text: str, people: list[Mention]) -> None:
    pieces = parse(to_rich(text, people))
    assert after_own_mentions(pieces) == text
    assert mentioned(pieces) == tuple(dict.fromkeys(person.user_id for person in people))
    assert join(pieces) == "".join(f"@{person.name} " for person in people) + text


@given(st.text())
@settings(deadline=None)
def test_nothing_that_comes_is_refused(content: str) -> None:
    to_plain(content)
    to_plain(content, "PLAIN")


def test_line_ends_are_newlines() -> None:
    assert to_plain(to_rich("a\r\nb\rc")) == "a\nb\nc"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("a<br>b<br/>c<BR />d", "a\nb\nc\nd"),
        ("<b>bold</b> and <i>italic</i>", "bold and italic"),
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 < 2 && 3 > 2"),
        ("&#128512; &#x1F600;", "\U0001f600 \U0001f600"),
        ("opening&nbsp;hours", "opening hours"),
        ("a < b and c > d", "a < b and c > d"),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
        ("list:<ul><li>one</li></ul>", "list:\n- one"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("a<hr>b", "a\nb"),
        ('<img class="emoticon-icon" abbr="(smile)" src="x">', "(smile)"),
        ('||::$$privateData={&quot;a&quot;:1}::||<span class="rich-text-highlight">hot</span>', "hot"),
        ("<unknown thing='1'>kept", "kept"),
        ('<span class="mention" abbr="U1">@Ann</span>', "@Ann"),
        ('<span class="mention" abbr="U1">Ann</span>', "@Ann"),
        ("", ""),
    ],
)
def test_what_other_clients_write(content: str, text: str) -> None:
    assert to_plain(content) == text


def test_plain_content_is_taken_as_it_is() -> None:
    assert to_plain("a<br>&amp;", "PLAIN") == "a<br>&amp;"


BOT = '<span class="mention" abbr="B">@Bot</span>'
ANN = "<span class='mention' abbr='U1'>@Ann</span>"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (f"{BOT} hours", "hours"),
        (f"{BOT}, hours", "hours"),
        (f"  {BOT} {BOT}: hours", "hours"),
        (f"{BOT}", ""),
        (f"{BOT} {ANN} hello", "@Ann hello"),
        (f"{ANN} hello", "@Ann hello"),
        (f"hello {BOT}", "hello @Bot"),
        ("  just so", "  just so"),
        (f"{BOT} -5", "-5"),
    ],
)
def test_the_address_is_taken_off_a_message(content: str, text: str) -> None:
    assert after_address(parse(content), {"B"}) == text


@pytest.mark.parametrize("piece", ["<a", "<a ", "&#", "<span class=mention ", "<br"])
def test_hostile_content_is_read_in_no_time(piece: str) -> None:
    content = piece * 100_000
    start = time.process_time()
    to_plain(content)
    assert time.process_time() - start < 2
