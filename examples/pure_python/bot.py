"""A bot without a flow file: it throws dice, and keeps a tally of who asked."""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from pathlib import Path

from botkit import Bot, Context, hook
from botkit.circuit import CircuitConnector, CircuitSession
from botkit.events import MessageReceived
from botkit.model.secret import Secret

DICE = re.compile(r"(\d?)d(\d{1,3})")
"""`2d6`: two dice of six sides."""

thrown: Counter[str] = Counter()


@hook
def bot_started() -> None:
    print("Ready. Ctrl-C ends it.", flush=True)


@hook
async def item_added(message: MessageReceived, ctx: Context) -> None:
    """Every message where the bot is; `mention` would hear only those meant for it."""
    dice = DICE.search(message.text)
    if dice and int(dice[2]):
        throws = [random.randint(1, int(dice[2])) for _ in range(int(dice[1] or 1))]  # noqa: S311 - a game
        thrown[message.author.display_name] += 1
        await ctx.say(f"{message.author.first_name} throws {' + '.join(map(str, throws))} = {sum(throws)}")
    elif message.text == "tally":
        await ctx.say("\n".join(f"{name}: {count}" for name, count in thrown.most_common()) or "Nobody yet.")


def bot() -> Bot:
    """On the platform that the environment names."""
    session = CircuitSession(
        os.environ["BOT_DOMAIN"],
        client_id=os.environ["BOT_CLIENT_ID"],
        client_secret=Secret(os.environ["BOT_CLIENT_SECRET"]),
        trust=Path(os.environ["BOT_TRUST"]) if "BOT_TRUST" in os.environ else None,
    )
    return Bot(connector=CircuitConnector(session), handlers=[bot_started, item_added])


if __name__ == "__main__":
    bot().run()
