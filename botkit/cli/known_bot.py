"""What a command knows of the bot whose flows it reads: its bot.yaml, or else just what is installed here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from botkit import engines
from botkit.flow.flowset import FlowSet
from botkit.flow.loader import load_flows
from botkit.flow.vocabulary import Vocabulary
from botkit.hooks import Hooks
from botkit.model.secret import Secret
from botkit.ports.receivers import Receiver
from botkit.ports.speech import Recognizer
from botkit.settings import Settings, SpeechBlock, read_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownBot:
    """Its platform and its secrets are not needed for it."""

    settings: Settings | None
    """Of its bot.yaml; None = there is none."""
    hooks: Hooks
    """Plugins, and the handlers of bot.yaml."""

    @classmethod
    def read(cls, bot_file: Path | None) -> KnownBot:
        """Raises `UsageError` for what is wrong with bot.yaml or its handlers."""
        if bot_file is None:
            return cls(settings=None, hooks=Hooks.installed())
        return cls.of(read_settings(bot_file, with_platform=False))

    @classmethod
    def of(cls, settings: Settings) -> KnownBot:
        """Raises `UsageError` for what is wrong with its handlers."""
        from botkit.app import hooks_of  # the whole bot with it, which a flow alone need not wait for

        return cls(settings=settings, hooks=hooks_of(settings))

    @property
    def speech(self) -> SpeechBlock:
        """How it speaks and hears."""
        return SpeechBlock() if self.settings is None else self.settings.file.speech

    @property
    def where(self) -> str:
        """The place of `speech`, for errors."""
        return "speech" if self.settings is None else f"{self.settings.path}: speech"

    @property
    def folder(self) -> Path:
        """What paths in bot.yaml are relative to."""
        return Path() if self.settings is None else self.settings.folder

    def secrets(self) -> Mapping[str, Secret] | None:
        """What flows name as `secrets.NAME`; None = it is not known which there are. Raises `UsageError`."""
        return None if self.settings is None else self.settings.secrets()

    def receivers(self) -> Mapping[str, Receiver] | None:
        """Who gets webhooks; None = it is not known. Raises `UsageError`."""
        return None if self.settings is None else self.settings.receivers()

    def recognizer(self) -> Recognizer | None:
        """What it would hear with; None = callers answer with keys alone. Raises `UsageError`."""
        speech = self.speech
        return engines.best_recognizer(
            self.hooks, speech.recognizer, speech.language, self._model(), where=self.where
        )

    def vocabulary(self) -> Vocabulary | None:
        """The words that its recogniser lacks; None = it has no list of words. Raises `UsageError`."""
        speech = self.speech
        return engines.vocabulary(
            self.hooks, speech.recognizer, speech.language, self._model(), where=self.where
        )

    def load_flows(
        self,
        paths: Sequence[Path] = (),
        *,
        hears: Callable[[str], bool] | None = None,
        speaks: Callable[[str], bool] | None = None,
        vocabulary: Vocabulary | None = None,
    ) -> FlowSet:
        """The flows of `paths`, by default those that bot.yaml names, checked against all that it says.

        The rest is as `botkit.flow.loader.load_flows` takes it. Raises `FlowFileError`.
        """
        file = None if self.settings is None else self.settings.file
        own = [] if file is None else [self.folder / name for name in file.flows]
        return load_flows(
            paths or own,
            config=None if file is None else file.config,
            complete=not paths or {path.resolve() for path in own} <= {path.resolve() for path in paths},
            extensions=self.hooks.extensions(),
            handlers=None if file is None else self.hooks.step_handlers.keys(),
            secrets=None if file is None else file.secrets.keys(),
            calendars=None if file is None else file.schedules.by_name(),
            receivers=None if file is None else file.receivers.keys(),
            webhooks=None if file is None else file.webhooks.keys(),
            language=self.speech.language,
            hears=hears,
            speaks=speaks,
            vocabulary=vocabulary,
        )

    def _model(self) -> Path | None:
        return self.folder / self.speech.model if self.speech.model else None
