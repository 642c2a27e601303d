"""What plugins add to the flow language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .steps.base import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Extensions:
    """All that the plugins of a bot bring, in the order of their names."""

    verbs: Sequence[type[Step]] = ()
