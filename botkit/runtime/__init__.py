"""The corridor: what happens between a platform's event and what the bot does about it.

    event -> inbox -> handlers -> session or flow -> turn -> one commit -> outbox -> performers

Rooms of one house, a file each: `inbox`, `dispatch`, `turn`, `outbox`, `timers`; `switchboard` and
`call_*` for what lives only as long as a call. It knows ports, never their makers.
"""

from .runtime import Runtime
from .versions import FlowChange

__all__ = ["FlowChange", "Runtime"]
