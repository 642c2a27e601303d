"""The kit's parts are what the ports ask for; mypy reads this file, and the test that it is run."""

from __future__ import annotations

from botkit.ports.audio import AudioPort
from botkit.ports.blobs import Blobs
from botkit.ports.clock import Clock
from botkit.ports.connector import Connector
from botkit.ports.http import HttpClient
from botkit.ports.speech import Synthesizer
from botkit.ports.store import Store
from botkit.ports.system_clock import SystemClock
from botkit.store import SqliteStore
from botkit.testing import FakeAudioPort, FakeBlobs, FakeConnector, FakeHttp, FakeSynthesizer, VirtualClock
from botkit.web.client import AiohttpClient


def test_the_kit_implements_the_ports() -> None:
    clocks: list[Clock] = [VirtualClock(), SystemClock()]
    connector: Connector = FakeConnector()
    audio: AudioPort = FakeAudioPort(clocks[0])
    voice: Synthesizer = FakeSynthesizer()
    store: Store = SqliteStore(":memory:")
    blobs: Blobs = FakeBlobs()
    clients: list[HttpClient] = [FakeHttp(), AiohttpClient()]
    assert all((connector, audio, voice, store, blobs, clients))
