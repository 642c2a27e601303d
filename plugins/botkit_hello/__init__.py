"""The smallest useful plugin, to copy: greets whoever says hello to the bot.

An event handler is a function with a hook's name (all of them stand in `botkit/hooks/spec.py`), marked
`@hook`, that takes the arguments it wants. `ctx.say` answers where the message came from; `ctx.stop`
keeps the message from flows.
"""

from __future__ import annotations

from botkit import Context, hook
from botkit.events import MessageReceived


@hook
async def mention(message: MessageReceived, ctx: Context) -> None:
    if message.text.strip(" .!").lower() in ("hello", "hi"):
        await ctx.say(f"Hello {message.author.first_name or message.author.display_name}!")
        ctx.stop()
