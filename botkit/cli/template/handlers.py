"""What YAML cannot say: `run: largest_table` in the flow gets what this function returns."""

from botkit import step_handler


@step_handler
def largest_table() -> int:
    """How many people fit at one table."""
    return 8
