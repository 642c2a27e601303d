"""Voices together. Pure."""

from __future__ import annotations

import numpy as np

from .codecs import Samples


def mixed(one: Samples, other: Samples) -> Samples:
    """Both at once, of the same length; what is too loud together is cut at full scale."""
    return np.clip(one.astype(np.int32) + other, -32768, 32767).astype(np.int16)
