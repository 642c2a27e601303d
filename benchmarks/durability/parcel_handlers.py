"""What the plugin in `examples/plugin` registers, for a bot that has not installed it."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

PLUGIN = str(Path(__file__).resolve().parents[2] / "examples" / "plugin")
if PLUGIN not in sys.path:
    sys.path.append(PLUGIN)

_parcels = import_module("botkit_parcels")
register_steps = _parcels.register_steps
register_filters = _parcels.register_filters
register_sayings = _parcels.register_sayings
register_checks = _parcels.register_checks
