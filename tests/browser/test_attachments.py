"""Files that a bot posts: played in place when they are sound, saved otherwise. Files that a person sends."""

from __future__ import annotations

from chromium import Chromium
from page_people import BotSide, log_in, open_direct
from test_phone import TONE

from botkit.model.events import MessageReceived
from botkit.model.items import OutgoingMessage
from botkit.model.pcm import wav
from botkit.ports.connector import Attachment
from botkit.sandbox import Sandbox

PAGE = b"<script>document.title = 'owned'</script>"


async def test_sound_is_played_and_other_files_are_for_saving(
    browser: Chromium, sandbox: Sandbox, bot: BotSide
) -> None:
    room = await bot.connector.chat.conversation_for("olivia@example.com")
    tab = await log_in(browser, sandbox)
    await open_direct(tab)
    await bot.connector.chat.post(
        OutgoingMessage(conversation_id=room.id, text="Somebody left a message."),
        [
            Attachment(name="voice.wav", content_type="audio/wav", data=wav(TONE)),
            Attachment(name="../<b>.html", content_type="text/html", data=PAGE),
        ],
    )
    await tab.wait_for_text(".message", "Somebody left a message.")
    await tab.wait_for_text(".attachment", "voice.wav")
    await tab.wait_for_text(".attachment-size", "320 kB")
    await tab.wait_for("document.querySelectorAll('.attachment audio').length === 1")
    await tab.wait_for("Math.abs(document.querySelector('.attachment audio').duration - 10) < 0.1")
    await tab.evaluate("document.querySelector('.attachment audio').play()")
    await tab.wait_for("document.querySelector('.attachment audio').currentTime > 0.3")
    # To any place in it.
    await tab.evaluate("document.querySelector('.attachment audio').currentTime = 8")
    await tab.wait_for("document.querySelector('.attachment audio').currentTime > 8.2")

    await tab.wait_for_text(".attachment-size", f"{len(PAGE)} bytes")
    (name,) = await tab.evaluate(
        "[...document.querySelectorAll('.attachment:not(:has(audio)) a')].map((one) => one.textContent)"
    )
    assert "<b>.html" in name
    served = await tab.evaluate(
        """fetch(document.querySelector('.attachment:not(:has(audio)) a').href).then(async (answer) => ({
          kind: answer.headers.get("Content-Type"),
          use: answer.headers.get("Content-Disposition").split(";")[0],
          text: await answer.text(),
        }))"""
    )
    assert served == {"kind": "application/octet-stream", "use": "attachment", "text": PAGE.decode()}
    assert tab.problems == []


CHOOSE = """(() => {
  const chosen = new DataTransfer();
  for (const name of %s) chosen.items.add(new File(["<" + name + ">"], name, {type: "text/plain"}));
  const input = document.querySelector("input[type=file]");
  input.files = chosen.files;
  input.dispatchEvent(new Event("change"));
})()"""


async def test_a_person_attaches_files(browser: Chromium, sandbox: Sandbox, bot: BotSide) -> None:
    await bot.connector.chat.conversation_for("olivia@example.com")
    tab = await log_in(browser, sandbox)
    await open_direct(tab)
    assert (
        await tab.evaluate("document.querySelector('.attach').getAttribute('aria-label')") == "Attach files"
    )
    await tab.evaluate(CHOOSE % '["a.txt", "wrong.txt"]')
    await tab.evaluate(CHOOSE % '["gr\\u00fcn.txt"]')
    await tab.wait_for_text(".chosen-file", "wrong.txt")
    assert "attached" in await tab.evaluate(
        "document.querySelector('.chosen-files [role=status]').textContent"
    )
    await tab.click("[aria-label='Take out wrong.txt']")
    await tab.wait_for("document.querySelectorAll('.chosen-file').length === 2")
    assert await tab.evaluate("document.activeElement.classList.contains('attach')")
    await tab.click(".send")
    message = await bot.events.next(MessageReceived)
    assert message.text == ""
    files = message.item.attachments
    assert [(each.name, each.content_type) for each in files] == [
        ("a.txt", "text/plain"),
        ("gr\u00fcn.txt", "text/plain"),
    ]
    chat = bot.connector.chat
    assert [await chat.fetch(message.item, each, 100) for each in files] == [
        b"<a.txt>",
        "<gr\u00fcn.txt>".encode(),
    ]
    await tab.wait_for_text(".attachment", "a.txt")
    await tab.wait_for("!document.querySelector('.chosen-file')")
    assert tab.problems == []
