"""Which port a bot gets: the engine, unless a private part of aiortc that it needs is not where it was."""

from __future__ import annotations

from asyncio.selector_events import BaseSelectorEventLoop
from types import FunctionType

import aioice.ice
import pytest
from aiortc import RTCIceTransport, RTCRtpReceiver, RTCRtpSender
from aiortc.rtcdtlstransport import RTCDtlsTransport

from botkit.media.audio_port import MediaAudioPort
from botkit.media.engine import EngineAudioPort, engine_port
from botkit.media.plain import PlainAudioPort

MADE = [
    (RTCDtlsTransport, "_rx_srtp"),
    (RTCDtlsTransport, "_tx_srtp"),
    (RTCIceTransport, "_connection"),
    (RTCRtpSender, "_ssrc"),
    (aioice.ice.Connection, "_nominated"),
    (aioice.ice.CandidatePair, "protocol"),
]
"""What a constructor of them sets."""
KEPT = [
    (RTCRtpSender, "send"),
    (RTCRtpReceiver, "receive"),
    (aioice.ice.StunProtocol, "datagram_received"),
    (aioice.ice.CandidatePair, "remote_addr"),
    (BaseSelectorEventLoop, "_remove_reader"),
]
"""What they have of themselves."""


def without(made: FunctionType, name: str) -> FunctionType:
    """A constructor that calls this attribute something else."""
    names = tuple(f"{each}_renamed" if each == name else each for each in made.__code__.co_names)
    return FunctionType(made.__code__.replace(co_names=names), made.__globals__, closure=made.__closure__)


async def test_the_aiortc_that_botkit_asks_for_has_all_that_the_engine_needs(
    caplog: pytest.LogCaptureFixture,
) -> None:
    port = engine_port()
    assert isinstance(port, EngineAudioPort)
    assert not caplog.records
    await port.close()


async def is_plain_for_want_of(name: str, port: MediaAudioPort, caplog: pytest.LogCaptureFixture) -> None:
    await port.close()
    assert isinstance(port, PlainAudioPort)
    (warning,) = caplog.records
    assert warning.levelname == "WARNING"
    assert name in warning.getMessage()
    assert "pip install" in warning.getMessage(), "what to do about it"


@pytest.mark.parametrize(("owner", "name"), MADE, ids=lambda part: getattr(part, "__name__", part))
async def test_a_part_that_is_made_no_more_is_told_of_and_the_plain_port_stays(
    owner: type, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, "__init__", without(owner.__init__, name))
        port = engine_port()
    await is_plain_for_want_of(name, port, caplog)


@pytest.mark.parametrize(("owner", "name"), KEPT, ids=lambda part: getattr(part, "__name__", part))
async def test_a_part_that_is_gone_is_told_of_and_the_plain_port_stays(
    owner: type, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(owner, name)
        port = engine_port()
    await is_plain_for_want_of(name, port, caplog)
