"""A network in ONNX, run by the ONNX Runtime that a package's library carries: its C API by ctypes.

The places of the functions in the API's table are those of `onnxruntime_c_api.h`. The table only ever grows
at its end, and is asked for by a version that had them all.
"""

from __future__ import annotations

import ctypes
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol, TypeAlias, cast

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float32] | npt.NDArray[np.int64]

API_VERSION = 12
WARNING = 2
ALL_OPTIMIZATIONS = 99
ARENA, DEFAULT = 1, 0
KINDS = {np.dtype(np.float32): 1, np.dtype(np.int64): 7}

ERROR_MESSAGE = 2
CREATE_ENV = 3
CREATE_SESSION_FROM_ARRAY = 8
RUN = 9
CREATE_SESSION_OPTIONS = 10
SET_OPTIMIZATION_LEVEL = 23
SET_INTRA_OP_THREADS = 24
SET_INTER_OP_THREADS = 25
CREATE_TENSOR_WITH_DATA = 49
CREATE_CPU_MEMORY_INFO = 69
RELEASE_ENV = 92
RELEASE_STATUS = 93
RELEASE_MEMORY_INFO = 94
RELEASE_SESSION = 95
RELEASE_VALUE = 96
RELEASE_SESSION_OPTIONS = 100

_Pointer = ctypes.c_void_p
_Release = Callable[[ctypes.c_void_p], None]


class _Functions(Protocol):
    """The API's table."""

    def __getitem__(self, place: int) -> int: ...


class OnnxFailed(Exception):
    """The runtime refused, with its own words."""


class Network:
    """Its inputs and outputs are arrays that stay where they are: fill them, `run()`, read them.

    One thread at a time; it does not let others run meanwhile, since it takes a fraction of a millisecond.
    """

    def __init__(
        self, library: Path, model: bytes, inputs: Mapping[str, Array], outputs: Mapping[str, Array]
    ) -> None:
        """`library` exports `OrtGetApiBase`; the arrays are C-contiguous and have the network's names and
        shapes. Raises `OSError`, `AttributeError` (another library), `OnnxFailed`."""
        self._functions = _functions(library)
        self._made_so_far: list[tuple[_Release, ctypes.c_void_p]] = []
        weakref.finalize(self, _release, self._made_so_far).atexit = False
        self._kept = (*inputs.values(), *outputs.values())
        environment = self._made(CREATE_ENV, RELEASE_ENV, ctypes.c_int(WARNING), b"botkit")
        options = self._made(CREATE_SESSION_OPTIONS, RELEASE_SESSION_OPTIONS)
        self._do(SET_INTRA_OP_THREADS, options, ctypes.c_int(1))
        self._do(SET_INTER_OP_THREADS, options, ctypes.c_int(1))
        self._do(SET_OPTIMIZATION_LEVEL, options, ctypes.c_int(ALL_OPTIMIZATIONS))
        size = ctypes.c_size_t(len(model))
        session = self._made(CREATE_SESSION_FROM_ARRAY, RELEASE_SESSION, environment, model, size, options)
        self._memory = self._made(
            CREATE_CPU_MEMORY_INFO, RELEASE_MEMORY_INFO, ctypes.c_int(ARENA), ctypes.c_int(DEFAULT)
        )
        names, values = self._named(inputs)
        their_names, their_values = self._named(outputs)
        self._arguments = (
            *(session, None, names, values, len(inputs)),
            *(their_names, len(outputs), their_values),
        )
        run = ctypes.PYFUNCTYPE(
            *(_Pointer, _Pointer, _Pointer),  # the status; session and options
            *(_Pointer, _Pointer, ctypes.c_size_t),  # names, values and number of the inputs
            *(_Pointer, ctypes.c_size_t, _Pointer),  # names, number and values of the outputs
        )
        self._run = run(self._functions[RUN])

    def run(self) -> None:
        """From inputs to outputs. Raises `OnnxFailed`."""
        self._check(self._run(*self._arguments))

    def _named(
        self, arrays: Mapping[str, Array]
    ) -> tuple[ctypes.Array[ctypes.c_char_p], ctypes.Array[ctypes.c_void_p]]:
        names = (ctypes.c_char_p * len(arrays))(*(name.encode() for name in arrays))
        values = (_Pointer * len(arrays))(*(self._tensor(array).value for array in arrays.values()))
        return names, values

    def _tensor(self, array: Array) -> ctypes.c_void_p:
        shape = (ctypes.c_int64 * array.ndim)(*array.shape)
        return self._made(
            CREATE_TENSOR_WITH_DATA,
            RELEASE_VALUE,
            self._memory,
            _Pointer(array.ctypes.data),
            ctypes.c_size_t(array.nbytes),
            shape,
            ctypes.c_size_t(array.ndim),
            ctypes.c_int(KINDS[array.dtype]),
        )

    def _made(self, place: int, release: int, *arguments: object) -> ctypes.c_void_p:
        """What this function makes; released together with this network, the last one first."""
        made = _Pointer()
        self._do(place, *arguments, ctypes.byref(made))
        self._made_so_far.append((ctypes.CFUNCTYPE(None, _Pointer)(self._functions[release]), made))
        return made

    def _do(self, place: int, *arguments: object) -> None:
        self._check(ctypes.CFUNCTYPE(_Pointer)(self._functions[place])(*arguments))

    def _check(self, status: int | None) -> None:
        if not status:
            return
        message = ctypes.CFUNCTYPE(ctypes.c_char_p, _Pointer)(self._functions[ERROR_MESSAGE])(status)
        ctypes.CFUNCTYPE(None, _Pointer)(self._functions[RELEASE_STATUS])(status)
        raise OnnxFailed(message.decode(errors="replace"))


def _release(made: list[tuple[_Release, ctypes.c_void_p]]) -> None:
    while made:
        release, pointer = made.pop()
        release(pointer)


def _functions(library: Path) -> _Functions:
    base = ctypes.CDLL(str(library)).OrtGetApiBase
    base.restype = _Pointer
    table_of = ctypes.POINTER(_Pointer)
    get_api = ctypes.CFUNCTYPE(_Pointer, ctypes.c_uint32)(ctypes.cast(base(), table_of)[0])
    table = get_api(API_VERSION)
    if not table:
        raise OnnxFailed(f"it knows no version {API_VERSION} of its interface")
    return cast("_Functions", ctypes.cast(table, table_of))
