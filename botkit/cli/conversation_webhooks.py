"""`botkit conversation-webhooks`: the platform's own webhooks, by hand."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botkit.model.conversation_webhooks import ConversationWebhook
    from botkit.model.events import Event
    from botkit.ports.connector import Connector

HELP = "make, list, suspend or delete the platform's own webhooks for conversations"
DESCRIPTION = """\
A conversation webhook is an address of the platform's that posts whatever is sent there into a conversation,
in the bot's name. The bot of bot.yaml logs on beside the one that may be running, and off again.

Whoever knows the address can post, so `list` shows it with --urls alone."""

GOODBYE = 0.25
"""Seconds."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bot", type=Path, default=Path("bot.yaml"), help="default: bot.yaml")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="those of a conversation, oldest first")
    listing.add_argument("--urls", action="store_true", help="also their addresses")
    create = actions.add_parser("create", help="make one, and show its address")
    create.add_argument("name", metavar="NAME")
    create.add_argument("--description", default="", metavar="TEXT")
    for command in (listing, create):
        command.add_argument(
            "--in",
            dest="place",
            required=True,
            metavar="ADDRESS",
            help="conversation id, or a person's e-mail address or user id",
        )
    for name, told in (
        ("suspend", "let one refuse what it is sent"),
        ("resume", "let it take it again"),
        ("delete", "take one away for good"),
    ):
        actions.add_parser(name, help=told).add_argument("id", metavar="ID")
    for action in actions.choices.values():
        # People write it behind the action as well.
        action.add_argument("--bot", type=Path, default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def run(options: argparse.Namespace) -> int:
    import asyncio

    from botkit.app import connector_of, hooks_of
    from botkit.settings import read_settings

    settings = read_settings(options.bot)
    connector = connector_of(settings, hooks_of(settings))
    if not connector.capabilities.conversation_webhooks:
        from botkit.model.errors import UsageError

        raise UsageError(
            "This platform has no webhooks for conversations.", where=f"{settings.path}: platform"
        )
    asyncio.run(_logged_on(connector, options))
    return 0


async def _logged_on(connector: Connector, options: argparse.Namespace) -> None:
    import asyncio

    await connector.start(_ignored)
    try:
        await _act(connector, options)
    finally:
        await connector.close()
        # aiohttp says its goodbye on lines under TLS behind our back, and the loop ends now.
        await asyncio.sleep(GOODBYE)


async def _act(connector: Connector, options: argparse.Namespace) -> None:
    webhooks = connector.conversation_webhooks
    match options.action:
        case "list":
            place = await connector.chat.conversation_for(options.place)
            found = await webhooks.of(place.id)
            for webhook in found:
                print(_line(webhook, urls=options.urls))
            if not found:
                print("The bot has no webhook there.")
        case "create":
            place = await connector.chat.conversation_for(options.place)
            webhook = await webhooks.create(place.id, options.name, options.description)
            print(_line(webhook, urls=True))
        case "suspend":
            await webhooks.suspend(options.id)
            print(f"{options.id} is suspended.")
        case "resume":
            await webhooks.resume(options.id)
            print(f"{options.id} is resumed.")
        case _:
            await webhooks.delete(options.id)
            print(f"{options.id} is deleted.")


def _line(webhook: ConversationWebhook, *, urls: bool) -> str:
    from botkit.cli.journal_words import quoted

    made = f"{webhook.created_at:%Y-%m-%d %H:%M:%S}" if webhook.created_at else "-"
    state = "enabled" if webhook.enabled else "suspended"
    parts = [made, webhook.id, state, quoted(webhook.name)]
    parts += [quoted(webhook.description)] if webhook.description else []
    return "  ".join(parts + ([webhook.url] if urls else []))


async def _ignored(event: Event) -> None:
    """The bot that runs gets it too."""
