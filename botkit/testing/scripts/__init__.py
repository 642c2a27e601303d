"""Conversations with a bot as scripts: people who do as they are told, on a clock that the script moves.

In YAML, run by `botkit test` and by pytest; or in Python, with the same words::

    async with conversation("bot.yaml", flow="reception") as bot:
        call = await bot.call("ada@example.com")
        await call.hears("What can I do for you?")
        await call.presses("2", at=1.3)
        await call.ends("flow")
"""
