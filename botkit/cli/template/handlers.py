"""What YAML cannot say. Functions marked `@step_handler` are for `run:` in a flow; `@hook` ones hear events."""

from botkit import step_handler


@step_handler
def largest_table() -> int:
    """How many people fit at one table."""
    return 8
