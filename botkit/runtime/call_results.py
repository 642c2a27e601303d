"""What becomes of a recording and of a transfer, as inputs: the call goes on, whatever fails."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine

from botkit.model.effects import Record, Transfer
from botkit.model.inputs import CallFinished, CallOutcome, Input, Recorded, RecordEnded
from botkit.model.pcm import Pcm, wav
from botkit.ports.audio import Leg
from botkit.ports.blobs import BlobFailed, Blobs

log = logging.getLogger(__name__)

KEEP_WITHIN = 10.0
"""Seconds."""


async def kept(record: Record, ended: RecordEnded, key: str, sound: Pcm, *, blobs: Blobs | None) -> Input:
    """`Recorded`, once the sound is safe. No sound = nobody spoke, or had the time to."""
    if not sound.samples:
        how = ended if ended is RecordEnded.HANGUP else RecordEnded.NOTHING
        return Recorded(effect_id=record.id, ended=how, key=key)
    try:
        if blobs is None:
            raise BlobFailed("This bot has nowhere to keep recordings.")
        async with asyncio.timeout(KEEP_WITHIN):
            file = await blobs.put("recording.wav", wav(sound))
    except Exception as error:
        expected = isinstance(error, BlobFailed | TimeoutError)
        why = (str(error) or f"it took more than {KEEP_WITHIN:g} s") if expected else repr(error)
        log.error("the recording %s is lost: %s", record.id, why, exc_info=not expected)
        return Recorded(effect_id=record.id, ended=RecordEnded.FAILED, detail=why)
    return Recorded(effect_id=record.id, ended=ended, file=file, seconds=round(sound.seconds, 3), key=key)


async def transferred(
    transfer: Transfer,
    caller: Leg,
    *,
    by: Callable[[Transfer, Leg], Coroutine[None, None, CallFinished]] | None,
) -> CallFinished:
    """How the transfer ended."""
    if by is None:
        why = "this bot calls nobody"
    else:
        try:
            return await by(transfer, caller)
        except Exception as error:
            log.exception("the transfer %s failed", transfer.id)
            why = repr(error)
    return CallFinished(effect_id=transfer.id, outcome=CallOutcome.FAILED, detail=why)
