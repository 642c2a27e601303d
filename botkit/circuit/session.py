"""One account's session with a Circuit server: logon, requests, events, keepalive, reconnect.

    session = CircuitSession("circuit.example", client_id="...", client_secret=Secret("..."))
    me = await session.logon()
    unlisten = session.listen(print)
    await session.items.post(conversation_id, "Hello")
    await session.close()

Several may live in one process; each has its own connection and counters.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from botkit.model.events import ConnectionState
from botkit.model.plural import counted
from botkit.model.secret import Secret
from botkit.model.users import User
from botkit.ports.clock import Clock
from botkit.ports.system_clock import SystemClock

from . import actions, event_decoding, wire
from .actions import Action
from .admission import Admission
from .api.app_messages import AppMessages
from .api.calls import Calls
from .api.conversation_webhooks import ConversationWebhooks
from .api.conversations import Conversations
from .api.files import Files
from .api.forms import Forms
from .api.items import Items
from .api.users import Users
from .backoff import Backoff
from .errors import CircuitError, Disconnected
from .events import CircuitEvent, SessionExpires, StateChanged
from .introduction import introduce
from .link import REQUEST_SECONDS, Keepalive, Link
from .oauth import DEFAULT_SCOPE, Credentials, TokenSource
from .transport import HttpRequest, Transport

log = logging.getLogger(__name__)

RETRY_PAUSES = (1.0, 2.0, 4.0)
"""Seconds before a file is asked for, or uploaded, again."""

Listener = Callable[[CircuitEvent], None]


class CircuitSession:
    """A session of a bot (`client_secret`), a person (`username`, `password`) or a token's owner."""

    def __init__(
        self,
        domain: str,
        *,
        client_id: str,
        client_secret: Secret | None = None,
        username: str = "",
        password: Secret | None = None,
        access_token: Secret | None = None,
        scope: str = DEFAULT_SCOPE,
        trust: Path | None = None,
        clock: Clock | None = None,
        backoff: Backoff | None = None,
        keepalive: Keepalive | None = None,
        request_seconds: float = REQUEST_SECONDS,
    ) -> None:
        """`domain` is `host` or `host:port`. `trust` is a PEM file with the one certificate to trust in
        place of the system's; the host name is checked all the same."""
        self.domain = domain
        credentials = Credentials(
            client_id=client_id,
            client_secret=client_secret,
            username=username,
            password=password,
            access_token=access_token,
            scope=scope,
        )
        self._clock = clock or SystemClock()
        self._backoff = backoff or Backoff()
        self._keepalive = keepalive or Keepalive()
        self._request_seconds = request_seconds
        self._transport = Transport(domain, trust)
        self._dice = random.SystemRandom()
        self._tokens = TokenSource(
            credentials, self._transport.fetch_token, self._clock, dice=self._dice.random
        )
        self._admission = Admission(self._transport, self._tokens, domain)
        self._link: Link | None = None
        self._listeners: list[Listener] = []
        self._standing: dict[tuple[str, ...], tuple[Action, Mapping[str, object]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._ready = asyncio.Event()
        self._settled = asyncio.Event()
        """The connection is ready, or none is being made."""
        self._settled.set()
        self._early: list[CircuitEvent] = []
        """What came before the connection was ready: it is told once that is."""
        self._me: User | None = None
        self.state = ConnectionState.CLOSED
        """Where the connection stands."""
        self.client_id = ""
        """The server's name for our socket; a new one after each reconnect."""
        self.active_calls: Mapping[str, str] = {}
        """The calls the server knew of at the last logon: `rtcSessionId` -> `instanceId`."""
        self.handed_over: frozenset[str] = frozenset()
        """Of these, the ones that the server let go on at our new socket: `rtcSessionId`s."""
        self.users = Users(self)
        self.conversations = Conversations(self)
        self.conversation_webhooks = ConversationWebhooks(self)
        self.items = Items(self)
        self.forms = Forms(self)
        self.files = Files(self)
        self.app_messages = AppMessages(self)
        self.calls = Calls(self)

    @property
    def me(self) -> User:
        """Who is logged on; valid once `logon` has returned."""
        if self._me is None:
            raise Disconnected("Nobody is logged on yet.", where=self.domain)
        return self._me

    @property
    def clock(self) -> Clock:
        """The session's own."""
        return self._clock

    async def logon(self) -> User:
        """Log on; from then on the session reconnects by itself.

        Raises `CircuitError` (`LogonRefused`, `CertificateRefused`, `Unreachable` ...) and leaves nothing
        behind.
        """
        self._transport.open()
        self._change(ConnectionState.CONNECTING)
        try:
            await self._connect()
        except BaseException:
            await self._hang_up()
            self._change(ConnectionState.CLOSED)
            await self._transport.close()
            raise
        self._change(ConnectionState.READY)
        self._spawn(self._keep())
        self._spawn(self._renew_tokens())
        return self.me

    async def close(self) -> None:
        """Close the connection; no event comes afterwards. Twice is no error."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._hang_up()
        await self._transport.close()
        self._change(ConnectionState.CLOSED)

    async def ready(self) -> None:
        """Return when requests can be made: at once, or after the reconnect under way."""
        await self._ready.wait()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with every event, in order, on the event loop; it must not block nor raise.
        Returns how to stop that."""
        self._listeners.append(listener)

        def unlisten() -> None:
            with suppress(ValueError):
                self._listeners.remove(listener)

        return unlisten

    @asynccontextmanager
    async def events(self) -> AsyncGenerator[asyncio.Queue[CircuitEvent]]:
        """The events from now on, as a queue, for who would rather wait than be called."""
        queue: asyncio.Queue[CircuitEvent] = asyncio.Queue()
        unlisten = self.listen(queue.put_nowait)
        try:
            yield queue
        finally:
            unlisten()

    async def request(self, action: Action, data: Mapping[str, object] | None = None) -> wire.Json:
        """Ask the server; the content under the action's result key, empty for a mere acknowledgement.

        Raises the `CircuitError` of the server's code; `Disconnected` and `RequestTimedOut` when nobody
        knows whether it was done. While the session reconnects, the request waits for that.
        """
        await self._linked()
        if self._link is None or not self._ready.is_set():
            raise Disconnected("There is no connection to the server.", where=self.domain)
        return await self._link.request(action, data)

    async def fetch(self, request: HttpRequest) -> bytes:
        """Ask over HTTP, as whoever is logged on; the body of the answer.

        Raises `NotFound`, `PermissionDenied`, `RequestRefused` by its status.
        """
        for pause in RETRY_PAUSES:
            try:
                return await self._admission.fetch(request)
            except CircuitError as error:
                if error.lasting:
                    raise
                log.warning("%s: a file is tried again in %g s: %s", self.domain, pause, error)
            await self._clock.sleep(pause)
            await self._linked()
        return await self._admission.fetch(request)

    async def stand(self, action: Action, data: Mapping[str, object], *key: str) -> None:
        """Make a request that a new connection needs again: a subscription. `key` names it for `cease`.

        One that the server refuses for good is not made again.
        """
        self._standing[key] = action, data
        try:
            await self.request(action, data)
        except CircuitError as error:
            if error.lasting:
                self.cease(*key)
            raise

    def cease(self, *key: str) -> None:
        """No longer repeat the request of this key."""
        self._standing.pop(key, None)

    async def _linked(self) -> None:
        """Wait while the session reconnects, as long as for an answer."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._request_seconds):
                await self._settled.wait()

    async def _connect(self) -> None:
        """From nothing to ready."""
        socket = await self._admission.open_socket()
        self._link = Link(
            socket, self._receive, self._clock, self.domain, self._request_seconds, self._keepalive
        )
        try:
            await self._introduce(self._link)
        except CircuitError as error:
            # Not every server refuses a token that it knows no more before it opens the socket.
            self._admission.doubt(error)
            raise
        self._ready.set()

    async def _introduce(self, link: Link) -> None:
        introduction = await introduce(link)
        self._me, self.client_id = introduction.me, introduction.client_id
        self.active_calls, self.handed_over = introduction.active_calls, introduction.handed_over
        for key, (action, data) in list(self._standing.items()):
            try:
                await link.request(action, data)
            except CircuitError as error:
                if not error.lasting:
                    raise
                # It was allowed once; the rest of the session is not to be lost with it.
                log.warning("%s: %s is given up: %s", self.domain, " ".join(key), error)
                self.cease(*key)

    async def _hang_up(self) -> None:
        self._ready.clear()
        self._settled.clear()
        link, self._link = self._link, None
        if link is not None:
            await link.close()
        # Also what was read while it closed: behind a gap, it would come too early.
        self._early.clear()

    async def _keep(self) -> None:
        """Stay connected until closed."""
        while True:
            detail = await self._link.over() if self._link else "closed"
            since = self._clock.now()
            await self._hang_up()
            log.warning("%s: connection lost (%s)", self.domain, detail)
            await self._reconnect(detail, since)

    async def _reconnect(self, detail: str, since: datetime) -> None:
        for attempt in itertools.count(1):
            pause = self._backoff.delay(attempt - 1, self._dice.random())
            self._change(
                ConnectionState.RECONNECTING,
                detail,
                since=since,
                attempt=attempt,
                retry_at=self._clock.now() + timedelta(seconds=pause),
            )
            await self._clock.sleep(pause)
            try:
                await self._connect()
            except Exception as error:
                await self._hang_up()
                detail = str(error)
                # A fault of ours is no reason either to stay away for ever.
                trace = None if isinstance(error, CircuitError) else error
                # The 1st, 2nd, 4th, 8th ...: a night without a server is a dozen lines.
                level = logging.DEBUG if attempt & (attempt - 1) else logging.WARNING
                log.log(
                    level,
                    "%s: attempt %d to reconnect failed: %s",
                    self.domain,
                    attempt,
                    error,
                    exc_info=trace,
                )
            else:
                away = (self._clock.now() - since).total_seconds()
                attempts = counted(attempt, "attempt")
                log.info("%s: connected again after %.0f s, %s", self.domain, away, attempts)
                self._change(ConnectionState.READY, since=since, attempt=attempt)
                return

    async def _renew_tokens(self) -> None:
        """Have a good token at hand whenever one is needed, and tell in time when none is given."""
        refused = False
        while True:
            await self._clock.sleep(self._tokens.renewal_due())
            trouble = await self._tokens.renew()
            if trouble:
                log.warning("%s: %s", self.domain, trouble)
            if self.state is ConnectionState.READY and (trouble or refused):
                told = trouble or "The access token is renewed."
                self._tell(StateChanged(state=self.state, detail=told, is_new=False))
            refused = bool(trouble)

    def _receive(self, frame: wire.Event) -> None:
        try:
            event = event_decoding.decode(frame)
        except wire.WireError as error:
            log.warning(
                "%s: an event was left out: %s.%s: %s", self.domain, frame.category, frame.action, error
            )
            return
        if isinstance(event, SessionExpires):
            self._spawn(self._renew())
        elif event is not None and self._ready.is_set():
            self._tell(event)
        elif event is not None:
            self._early.append(event)

    def _tell(self, event: CircuitEvent) -> None:
        for listener in list(self._listeners):
            try:
                listener(event)
            except Exception:
                log.exception("%s: a listener failed on %s", self.domain, type(event).__name__)

    def _change(
        self,
        state: ConnectionState,
        detail: str = "",
        *,
        since: datetime | None = None,
        attempt: int = 0,
        retry_at: datetime | None = None,
    ) -> None:
        if state is ConnectionState.CLOSED and self.state is state:
            return
        self.state = state
        if state in (ConnectionState.READY, ConnectionState.CLOSED):
            self._settled.set()
        self._tell(StateChanged(state=state, detail=detail, since=since, attempt=attempt, retry_at=retry_at))
        if state is ConnectionState.READY:
            early, self._early = self._early, []
            for event in early:
                self._tell(event)

    async def _renew(self) -> None:
        try:
            await self.request(actions.RENEW_TOKEN)
        except CircuitError as error:
            log.warning("%s: the session could not be renewed: %s", self.domain, error)

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()):
            log.error("%s: the session failed", self.domain, exc_info=fault)
