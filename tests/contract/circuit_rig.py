"""The Circuit connector on the sandbox, and a person with a session of their own."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from botkit.circuit import actions, read
from botkit.circuit.api.outgoing import OutgoingCall, origin_of
from botkit.circuit.connector import CircuitConnector
from botkit.circuit.events import (
    CallEvent,
    CallInvited,
    CallTerminated,
    CircuitEvent,
    InviteCancelled,
    ItemAdded,
)
from botkit.circuit.session import CircuitSession
from botkit.circuit.shapes import Attached
from botkit.circuit.text import Mention, to_rich
from botkit.model.calls import CallCause
from botkit.model.conversation_webhooks import ConversationWebhook
from botkit.model.secret import Secret
from botkit.model.users import User
from botkit.ports.connector import Attachment
from botkit.ports.system_clock import SystemClock
from botkit.sandbox import Sandbox
from botkit.sandbox.tenant import Tenant, TenantBot, TenantName, TenantUser
from botkit.testing import Posted
from tests.contract.connector_rig import PATIENCE, Heard, Rig


class CircuitCallDriver:
    """A call the person placed."""

    def __init__(self, call: OutgoingCall) -> None:
        self._call = call

    async def until_ringing(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await self._call.ringing.wait()

    async def until_answered(self) -> str:
        async with asyncio.timeout(PATIENCE):
            return await self._call.answered()

    async def until_ended(self) -> CallCause:
        async with asyncio.timeout(PATIENCE):
            return await self._call.ended()

    async def hang_up(self) -> None:
        await self._call.hang_up()


class CircuitPhoneDriver:
    """A call that rings where the person is."""

    def __init__(self, session: CircuitSession, invite: CallInvited) -> None:
        self._session = session
        self._invite = invite
        self._answer = ""
        self._over: asyncio.Future[CallCause] = asyncio.get_running_loop().create_future()
        self._unlisten = session.listen(self._hear)

    @property
    def offer(self) -> str:
        return self._invite.offer

    async def pick_up(self, answer: str) -> None:
        self._answer = answer
        await self._session.calls.answer(self._invite, answer)

    async def decline(self, cause: CallCause) -> None:
        words = {CallCause.DECLINED: "DECLINE", CallCause.BUSY: "BUSY", CallCause.NO_ANSWER: "TIMEOUT"}
        await self._session.calls.reject(self._invite, words[cause])

    async def add_candidates(self, *candidates: tuple[str, str, int]) -> None:
        await self._session.calls.send_candidates(
            self._invite.rtc_session_id, origin_of(self._answer), candidates
        )

    async def hang_up(self) -> None:
        await self._session.calls.terminate(self._invite.rtc_session_id)

    async def until_ended(self) -> CallCause:
        async with asyncio.timeout(PATIENCE):
            return await self._over

    def _hear(self, event: CircuitEvent) -> None:
        if not isinstance(event, CallEvent) or event.rtc_session_id != self._invite.rtc_session_id:
            return
        cancelled = isinstance(event, InviteCancelled) and event.client_id != self._session.client_id
        if (cancelled or isinstance(event, CallTerminated)) and not self._over.done():
            self._unlisten()
            self._over.set_result(CallCause.CANCELLED if cancelled else CallCause.ENDED)


class CircuitPersonDriver:
    """A person who logs on by password, as people do."""

    def __init__(self, session: CircuitSession, bot: User, trust: Path) -> None:
        self._session = session
        self._bot = bot
        self._trust = trust
        self._read: asyncio.Queue[Posted] = asyncio.Queue()
        self._files: dict[str, tuple[Attached, ...]] = {}
        self._rung: asyncio.Queue[CircuitPhoneDriver] = asyncio.Queue()
        session.listen(self._hear)

    @property
    def user(self) -> User:
        return self._session.me

    async def direct(self) -> str:
        return (await self._session.conversations.direct(self._bot.id)).conversation.id

    async def group(self, topic: str) -> str:
        return (await self._session.conversations.create_group([self._bot.id], topic)).conversation.id

    async def post(
        self, conversation_id: str, text: str, *, thread_id: str = "", files: Sequence[Attachment] = ()
    ) -> str:
        sent = await self._session.files.upload(files)
        posted = await self._session.items.post(conversation_id, text, thread_id=thread_id, files=sent)
        return posted.item.id

    async def mention(self, conversation_id: str, text: str, *, thread_id: str = "") -> str:
        bot = Mention(self._bot.id, self._bot.display_name)
        posted = await self._session.items.post(conversation_id, text, thread_id=thread_id, mentions=[bot])
        return posted.item.id

    async def edit(self, item_id: str, text: str) -> None:
        data = {"itemId": item_id, "contentType": "RICH", "content": to_rich(text), "mentionedUsers": []}
        await self._session.request(actions.UPDATE_TEXT_ITEM, data)

    async def submit(self, item_id: str, form_id: str, values: Mapping[str, str]) -> None:
        await self._session.forms.submit(item_id, form_id, values)

    async def likes(self, item_id: str) -> Sequence[str]:
        result = await self._session.request(actions.GET_ITEM_BY_ID, {"itemId": item_id})
        return read.strings(read.obj(read.obj(result, "item"), "text"), "likedByUsers")

    async def next_message(self) -> Posted:
        async with asyncio.timeout(PATIENCE):
            return await self._read.get()

    async def attachments(self, posted: Posted) -> Sequence[Attachment]:
        return [
            Attachment(
                name=file.name,
                content_type=file.media_type,
                data=await self._session.files.download(file),
            )
            for file in self._files[posted.item.id]
        ]

    async def next_call(self) -> CircuitPhoneDriver:
        async with asyncio.timeout(PATIENCE):
            return await self._rung.get()

    async def call(self, offer: str) -> CircuitCallDriver:
        return CircuitCallDriver(await self._session.calls.dial(await self.direct(), offer))

    async def send_to_webhook(self, webhook: ConversationWebhook, text: str) -> bool:
        tls = ssl.create_default_context(cafile=self._trust)
        async with (
            aiohttp.ClientSession() as http,
            http.post(webhook.url, data=json.dumps({"text": text}), ssl=tls) as response,
        ):
            return response.status == 200

    def _hear(self, event: CircuitEvent) -> None:
        if isinstance(event, ItemAdded) and event.added.item.author_id == self._bot.id:
            self._files[event.added.item.id] = event.added.files
            self._read.put_nowait(Posted(item=event.added.item, form=event.added.form))
        elif isinstance(event, CallInvited):
            self._rung.put_nowait(CircuitPhoneDriver(self._session, event))


@asynccontextmanager
async def circuit_rig(state: Path) -> AsyncIterator[Rig]:
    """A sandbox of its own, with one bot and one person."""
    bot = TenantBot(
        client_id="bot", client_secret=Secret("bot-secret"), email="bot@example.com", first_name="Bot"
    )
    ada = TenantUser(
        email="ada@example.com", password=Secret("ada-secret"), first_name="Ada", last_name="Byron"
    )
    grace = TenantUser(
        email="grace@example.com",
        password=Secret("grace-secret"),
        first_name="Grace",
        last_name="Hopper",
    )
    tenant = Tenant(tenant=TenantName(name="Contract"), users=[ada, grace], bots=[bot])
    sandbox = Sandbox(tenant, port=0, page_port=0, state=state, clock=SystemClock())
    await sandbox.start()
    domain, trust = f"127.0.0.1:{sandbox.port}", sandbox.certificate
    connector = CircuitConnector(
        CircuitSession(domain, client_id="bot", client_secret=bot.client_secret, trust=trust)
    )
    person = CircuitSession(
        domain, client_id="page", username="ada@example.com", password=ada.password, trust=trust
    )
    heard = Heard()
    try:
        await connector.start(heard.take)
        await person.logon()
        other = await person.users.by_email(grace.email)
        assert other is not None
        yield Rig(connector, CircuitPersonDriver(person, connector.me, trust), heard, other)
    finally:
        await person.close()
        await connector.close()
        await sandbox.close()
