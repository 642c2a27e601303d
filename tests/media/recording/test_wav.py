"""Both sides in one file."""

from __future__ import annotations

import numpy as np

from botkit.media.recording.wav import mixed


def test_two_mixed_into_one_are_cut_at_full_scale() -> None:
    loud = np.array([30_000, -30_000, 100], np.int16)
    assert mixed(loud, loud).tolist() == [32767, -32768, 200]
