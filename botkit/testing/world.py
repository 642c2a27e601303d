"""A sandbox and one bot on it, in this process: for tests, measurements and the demo."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

from botkit.app import Bot, hooks_of
from botkit.circuit import CircuitSession
from botkit.hooks import Hooks
from botkit.model.secret import Secret
from botkit.ports.audio import AudioPort
from botkit.ports.clock import Clock
from botkit.ports.speech import Recognizer, Synthesizer
from botkit.ports.system_clock import SystemClock
from botkit.sandbox import Sandbox, Tenant
from botkit.settings import read_settings
from botkit.store import open_store


class World:
    """The bot of a bot.yaml, on a sandbox of its own instead of the platform that the file names.

    Its state (database, certificate) lives in `state`, so a second world there goes on where the first
    was left.
    """

    def __init__(
        self,
        bot_file: Path,
        *,
        state: Path,
        port: int = 0,
        page_port: int = 0,
        tenant: Tenant | None = None,
        change_voice: Callable[[Synthesizer], Synthesizer] | None = None,
        change_recognizer: Callable[[Recognizer], Recognizer] | None = None,
        change_audio: Callable[[AudioPort], AudioPort] | None = None,
        change_hooks: Callable[[Hooks], None] | None = None,
        clock: Clock | None = None,
    ) -> None:
        """`change_voice`, `change_recognizer` and `change_audio` wrap the bot's own: where a test puts its
        faults. `change_hooks` may add handlers to the bot's."""
        self._bot_file = bot_file
        self._state = state
        self._change_voice = change_voice
        self._change_recognizer = change_recognizer
        self._change_audio = change_audio
        self._change_hooks = change_hooks
        self._people: list[CircuitSession] = []
        if tenant is None:
            tenant = Tenant.demo(bot=read_settings(bot_file, with_platform=False).file.bot)
        self.tenant = _with_passwords(tenant)
        self.sandbox = Sandbox(
            self.tenant, port=port, page_port=page_port, state=state, clock=clock or SystemClock()
        )
        self.bot: Bot | None = None

    async def start(self) -> None:
        """Start both. Raises `BotkitError`; then nothing is left running."""
        read_settings(self._bot_file, with_platform=False)  # before a port is opened for nothing
        await self.sandbox.start()
        try:
            await self.start_bot()
        except BaseException:
            await self.sandbox.close()
            raise

    async def start_bot(self) -> Bot:
        """A bot on the state that the last one left."""
        bot = self.make_bot()
        await bot.start()
        self.bot = bot
        return bot

    def make_bot(self) -> Bot:
        """The bot, checked but not started."""
        settings = read_settings(self._bot_file, with_platform=False)
        hooks = hooks_of(settings)
        if self._change_hooks is not None:
            self._change_hooks(hooks)
        account = self.tenant.bots[0]
        connector = hooks.connectors()["circuit"].build(
            {
                "domain": f"127.0.0.1:{self.sandbox.port}",
                "trust": str(self.sandbox.certificate.resolve()),
                "client_id": account.client_id,
                "client_secret": account.client_secret,
            },
            "the sandbox",
            self._state,
        )
        return Bot.from_settings(
            settings,
            hooks=hooks,
            connector=connector,
            store=open_store("sqlite:///bot.db", self._state),
            prompts=self._state / "prompts",
            recordings=self._state / "recordings",
            change_voice=self._change_voice,
            change_recognizer=self._change_recognizer,
            change_audio=self._change_audio,
        )

    @property
    def live_bot(self) -> Bot:
        """The bot, which runs."""
        if self.bot is None:
            raise RuntimeError("the world's bot is not running")
        return self.bot

    async def stop_bot(self) -> None:
        """Stop the bot; the sandbox and its people stay."""
        bot, self.bot = self.bot, None
        if bot is not None:
            await bot.stop()

    async def person(self, email: str) -> CircuitSession:
        """One of the tenant's users, logged on."""
        user = next(user for user in self.tenant.users if user.email == email)
        session = CircuitSession(
            f"127.0.0.1:{self.sandbox.port}",
            client_id="world",
            username=email,
            password=user.password,
            trust=self.sandbox.certificate,
        )
        await session.logon()
        self._people.append(session)
        return session

    async def close(self) -> None:
        """End everything."""
        for session in self._people:
            await session.close()
        await self.stop_bot()
        await self.sandbox.close()

    async def __aenter__(self) -> World:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()


def _with_passwords(tenant: Tenant) -> Tenant:
    """Everybody can be played: who has no password gets one that nobody knows."""
    users = [
        user.model_copy(update={"password": user.password or Secret(secrets.token_urlsafe())})
        for user in tenant.users
    ]
    return tenant.model_copy(update={"users": users})
