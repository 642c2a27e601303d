"""How an option says which function reads it."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema


class Reader:
    """`Annotated[T, Reader(function)]`: the function makes the T of what stands in the file, given that, and
    pydantic's `ValidationInfo` when it takes a second argument.

    Pydantic's own `PlainValidator` also works out how a T would be written, which nobody asks of a flow.
    """

    __slots__ = ("_informed", "func")

    def __init__(self, func: Callable[..., object]) -> None:
        self.func = func
        self._informed = len(signature(func).parameters) > 1

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        # For an editor: anything may stand there, as far as nobody tells more.
        shape = core_schema.any_schema()
        if self._informed:
            return core_schema.with_info_plain_validator_function(self.func, json_schema_input_schema=shape)
        return core_schema.no_info_plain_validator_function(self.func, json_schema_input_schema=shape)
