"""One script under way: who talks with the bot, and where."""

from __future__ import annotations

from botkit.model.session import Channel

from .answering import By
from .calls import Call
from .chats import Chat
from .stage import Stage
from .talk import Talk


class Scene:
    """The people of a script on one channel. Steps find theirs by e-mail address."""

    def __init__(self, stage: Stage, channel: Channel, email: str, by: By | None = None) -> None:
        """`email` is that of the person whose script it is; `by` is what callers answer by, where their
        script does not say."""
        self.stage = stage
        self.by = by
        self.channel = channel
        self._email = email
        self._talks: dict[str, Talk] = {}

    async def begin(self, *, by_writing: bool) -> None:
        """The person calls, or opens the conversation; with `by_writing` what they write comes first."""
        if self.channel is Channel.CALL:
            talk: Talk = await Call.begin(self.stage, self._email)
        else:
            talk = await Chat.begin(self.stage, self._email, begun=by_writing)
        self._talks[self._email] = talk

    async def talk(self, who: str) -> Talk:
        """The conversation that somebody has, the last one they began; empty = the script's person. Who has
        none yet reads what the bot writes to them."""
        email = who or self._email
        if email not in self._talks:
            chat = await Chat.begin(self.stage, email, begun=True)
            chat.read_all()
            self._talks[email] = chat
        return self._talks[email]

    async def chat(self, who: str, what: str) -> Chat:
        """Likewise, for what is done by writing. Raises `ScriptFailed` on a call."""
        talk = await self.talk(who)
        if not isinstance(talk, Chat):
            raise self.stage.failed(what, "they are on the phone with the bot")
        return talk

    async def call(self, who: str, what: str) -> Call:
        """Likewise, for what is done on the phone. Raises `ScriptFailed` for who is on no call."""
        talk = await self.talk(who)
        if not isinstance(talk, Call):
            raise self.stage.failed(what, "they are on no call with the bot")
        return talk

    def joins(self, call: Call) -> None:
        """Somebody has taken a call of the bot: from now on that is where they talk."""
        self._talks[call.person.user.email] = call
