"""Python beside a flow: one function it runs, one hook that reacts to messages by itself."""

from __future__ import annotations

from botkit import Context, hook, step_handler
from botkit.events import MessageReceived

PRICES = {"soup": 4.5, "salad": 6.0, "pasta": 8.0}


@step_handler
def price_of(dish: str, guests: float) -> str:
    """What the flow's `run: price_of` gets."""
    return f"{PRICES[dish] * guests:.2f} euros"


@hook
async def item_added(message: MessageReceived, ctx: Context) -> None:
    """The smallest bot there is."""
    if message.text == "ping":
        await ctx.say("pong")
        ctx.stop()
