"""Foreign rich text is rebuilt from an allow-list: nothing in it runs, loads or escapes."""

from __future__ import annotations

import json

import pytest
from chromium import Chromium
from page_people import log_in

from botkit.sandbox import Sandbox

# What a RICH item may hold -> what the page makes of it.
CASES = {
    "plain & <b>bold</b>": "plain &amp; <strong>bold</strong>",
    "a<br/>b<hr>": "a<br>b<hr>",
    "<ul><li>one<li>two</ul>": "<ul><li>one</li><li>two</li></ul>",
    '<span class="mention" abbr="u1">@Ann</span>': '<span class="mention">@Ann</span>',
    '<span class="mention" abbr="me">@Me</span>': '<span class="mention mention-me">@Me</span>',
    '<span class="rich-text-highlight">x</span>': "<mark>x</mark>",
    '<img class="emoticon-icon" abbr=":-)" src="x">': "<span>:-)</span>",
    '<a href="https://example.com/?a=1&amp;b=2">go</a>': (
        '<a href="https://example.com/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">go</a>'
    ),
    '<a href="javascript:alert(1)">no</a>': "no",
    '<a href=" java&#10;script:alert(1)">no</a>': "no",
    '<a href="data:text/html,x">no</a>': "no",
    "<script>alert(1)</script>after": "after",
    "<style>* { display: none }</style>after": "after",
    "<img src=x onerror=alert(1)>": "<span></span>",
    '<b style="color:red" onclick="alert(1)" id="app">x</b>': "<strong>x</strong>",
    "<svg><a href='https://example.com'>x</a></svg>after": "after",
    "<iframe src='https://example.com'></iframe>after": "after",
    "<form action='/page/login'><input value=x>y</form>": "y",
    "<math><mi//xlink:href='data:x'>x</math>after": "after",
    "1 < 2 and <3": "1 &lt; 2 and &lt;3",
    '||::$$privateData={"a":1}::||text': "text",
}


@pytest.fixture
async def made(browser: Chromium, sandbox: Sandbox) -> dict[str, str]:
    """What the page makes of all of them, in one visit."""
    tab = await log_in(browser, sandbox)
    result = await tab.evaluate(
        f"""import("/richtext.js").then(({{ richText }}) =>
          Object.fromEntries({json.dumps(list(CASES))}.map((content) => {{
            const box = document.createElement("div");
            box.append(richText(content, "me"));
            return [content, box.innerHTML];
          }})))"""
    )
    assert tab.problems == []
    assert isinstance(result, dict)
    return result


async def test_only_what_is_allowed_stays(made: dict[str, str]) -> None:
    assert made == CASES


async def test_hostile_text_takes_no_time(browser: Chromium, sandbox: Sandbox) -> None:
    tab = await log_in(browser, sandbox)
    hostile = [
        '"<a " + "<b \'".repeat(30000)',
        '"<b>".repeat(20000)',
        '("<a href=" + "\\"x").repeat(9000)',
        '"<" + "a ".repeat(30000)',
    ]
    for text in hostile:
        seconds = await tab.evaluate(
            f"""import("/richtext.js").then(({{ richText }}) => {{
              const start = performance.now();
              richText({text}, "me");
              return (performance.now() - start) / 1000;
            }})"""
        )
        assert seconds < 2, text


async def test_what_is_typed_is_escaped_and_names_become_mentions(
    browser: Chromium, sandbox: Sandbox
) -> None:
    tab = await log_in(browser, sandbox)
    composed = await tab.evaluate(
        """import("/richtext.js").then(({ composed }) => composed(
          "Hi @ann lee and @Ann, <b>@Annabel</b>\\nbye",
          [{ userId: "1", displayName: "Ann" }, { userId: "2", displayName: "Ann Lee" }],
        ))"""
    )
    assert composed == {
        "content": 'Hi <span class="mention" abbr="2">@Ann Lee</span> and '
        '<span class="mention" abbr="1">@Ann</span>, &lt;b&gt;@Annabel&lt;/b&gt;<br>bye',
        "mentionedUsers": ["2", "1"],
    }
