"""What was measured when the engines were chosen, with other words and other noise: percent right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

CONDITIONS = ("c16", "c8", "n16", "n8")

WHEN_CHOSEN: Mapping[str, Mapping[str, Sequence[float]]] = {
    "moonshine": {
        "menu": (97.5, 95.0, 83.8, 83.8),
        "yes_no": (97.5, 92.5, 97.5, 97.5),
        "digits": (77, 68, 54, 52),
        "prompts": (100, 95, 90, 100),
    },
    "pocketsphinx": {
        "menu": (85, 82.5, 75, 57.5),
        "yes_no": (97.5, 97.5, 75, 70),
        "digits": (80, 62, 40, 10),
        "prompts": (100, 100, 80, 50),
    },
}
"""Engine -> group -> percent in each of `CONDITIONS`; PocketSphinx with grammars and whole utterances."""
