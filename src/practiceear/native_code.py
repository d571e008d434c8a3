"""Machine code of kernels, kept in files and loaded by LLVM alone, without Numba.

Importing Numba takes longer than hearing a short take. So a kernel's code is written to a file
once Numba has compiled it, and later starts load it with llvmlite. A function compiled by Numba
takes the address of its result, that of its exception, and its arguments taken apart: of an array
two owners (none here), number of items, bytes of an item, address, shape and strides; of a record
its address. Code of any other form is not kept, and Numba calls it itself.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from practiceear.errors import OutputError
from practiceear.files import make_folder, write_whole

if TYPE_CHECKING:
    from llvmlite.binding import ExecutionEngine, TargetMachine

CType = type[ctypes.c_void_p | ctypes.c_int64 | ctypes.c_double]
_RESULTS: dict[str, CType] = {
    "none": ctypes.c_void_p,
    "int64": ctypes.c_int64,
    "float64": ctypes.c_double,
}
_LIBRARY_FUNCTIONS = {"sqrtf", "sqrt", "memset", "memcpy", "memmove"}
"""C functions that a kernel's code may call beside LLVM's own functions."""

_DESTRUCTOR = "NRT_MemInfo_call_dtor"
_NO_DESTRUCTOR = f"define void @{_DESTRUCTOR}(ptr %owner) {{ ret void }}"
"""Numba's release of an array's memory, which no array here has."""

Kind = tuple[str, str, int]
"""An argument: what it is, its dtype, its dimensions."""

ExactKind = tuple[type, np.dtype | None, int]
"""The same as Python has it."""


@dataclass(frozen=True, slots=True)
class MachineCode:
    """A kernel's code for arguments of certain kinds: its name, its result and an object file."""

    symbol: str
    result: str
    binary: bytes


class NativeFunction:
    """Loaded machine code that is called with Python's arguments, without the GIL."""

    def __init__(self, code: MachineCode, arguments: Sequence[object]) -> None:
        self._kinds = [_exact_kind(argument) for argument in arguments]
        self._result = _RESULTS[code.result]
        self._has_result = code.result != "none"
        self._engine, address = _load(code)  # the engine owns the code
        kinds = [kind_of(argument) for argument in arguments]
        prototype = ctypes.CFUNCTYPE(
            ctypes.c_int32,
            ctypes.c_void_p,
            ctypes.c_void_p,
            *(part for kind in kinds for part in _parts(kind)),
        )
        self._function = prototype(address)

    def takes(self, arguments: Sequence[object]) -> bool:
        """Whether the code was compiled for arguments of these kinds."""
        return len(arguments) == len(self._kinds) and all(map(_is_of_kind, arguments, self._kinds))

    def __call__(self, *arguments: object) -> object:
        """Run the code on arguments that it `takes`."""
        result, error = self._result(), ctypes.c_void_p()
        parts: list[object] = [ctypes.addressof(result), ctypes.addressof(error)]
        for argument in arguments:
            if isinstance(argument, np.ndarray):
                parts += (None, None, argument.size, argument.itemsize, argument.ctypes.data)
                parts += argument.shape
                parts += argument.strides
            elif isinstance(argument, np.void):
                parts.append(np.asarray(argument).ctypes.data)
            else:
                parts.append(argument)
        if self._function(*parts):
            raise RuntimeError("a kernel failed")
        return result.value if self._has_result else None


def kind_of(argument: object) -> Kind | None:
    """What compiled code must know of an argument; None where its code cannot be kept."""
    if isinstance(argument, np.ndarray) and argument.flags.carray:
        return ("array", f"{argument.dtype.descr} {argument.dtype.alignment}", argument.ndim)
    if isinstance(argument, np.void) and argument.dtype.names is not None:
        return ("record", f"{argument.dtype.descr} {argument.dtype.alignment}", 0)
    if isinstance(argument, bool):
        return None
    if isinstance(argument, int | np.int64):
        return ("int64", "", 0)
    return ("float64", "", 0) if isinstance(argument, float) else None


def _exact_kind(argument: object) -> ExactKind:
    if isinstance(argument, np.ndarray):
        return np.ndarray, argument.dtype, argument.ndim
    if isinstance(argument, np.void):
        return np.void, argument.dtype, 0
    return (float if isinstance(argument, float) else int), None, 0


def _is_of_kind(argument: object, kind: ExactKind) -> bool:
    type_, dtype, n_dimensions = kind
    if dtype is None:
        is_number = isinstance(argument, type_) or (type_ is int and isinstance(argument, np.int64))
        return is_number and not isinstance(argument, bool)
    if isinstance(argument, np.ndarray):
        if type_ is not np.ndarray or argument.ndim != n_dimensions or not argument.flags.carray:
            return False
    elif type_ is not np.void or not isinstance(argument, np.void):
        return False
    return argument.dtype == dtype and argument.dtype.alignment == dtype.alignment


def _parts(kind: Kind | None) -> list[CType]:
    """C types of the parts that an argument is taken apart into."""
    assert kind is not None
    what, _, n_dimensions = kind
    if what == "array":
        sizes = [ctypes.c_int64] * (2 * n_dimensions)
        owners, counts = [ctypes.c_void_p] * 2, [ctypes.c_int64] * 2
        return [*owners, *counts, ctypes.c_void_p, *sizes]
    if what == "record":
        return [ctypes.c_void_p]
    return [ctypes.c_int64 if what == "int64" else ctypes.c_double]


class KeptCode:
    """The file of a kernel's machine code for arguments of certain kinds."""

    def __init__(self, function: Callable[..., object], kinds: Sequence[Kind]) -> None:
        source = Path(function.__code__.co_filename)
        number = zlib.crc32(repr(list(kinds)).encode())
        self._name = (
            f"{source.stem}.{function.__name__}.{sys.implementation.cache_tag}-{number:08x}.native"
        )
        self._source = source
        self._stamp = repr((list(kinds), _machine(), fingerprint(function))).encode()

    def read(self) -> MachineCode | None:
        """The kept code; None where there is none, or it was made of another program."""
        for folder in self._folders():
            try:
                content = (folder / self._name).read_bytes()
            except OSError:
                continue
            stamp, _, rest = content.partition(b"\n")
            checksum, _, code = rest.partition(b"\n")
            if stamp == self._stamp and checksum == b"%d" % zlib.crc32(code):
                symbol, result, binary = code.split(b"\n", 2)
                return MachineCode(symbol.decode(), result.decode(), binary)
        return None

    def write(self, code: MachineCode) -> None:
        """Keep the code, in whole or not at all, in the first folder that can be written."""
        body = b"\n".join([code.symbol.encode(), code.result.encode(), code.binary])
        content = b"\n".join([self._stamp, b"%d" % zlib.crc32(body), body])
        for folder in self._folders():
            with contextlib.suppress(OutputError):
                make_folder(folder)
                write_whole(folder / self._name, content)
                return

    def _folders(self) -> Iterator[Path]:
        yield self._source.parent / "__pycache__"
        import platformdirs

        number = zlib.crc32(os.fsencode(self._source.parent))
        yield platformdirs.user_cache_path("practiceear", appauthor=False) / f"{number:08x}"


def fingerprint(function: Callable[..., object]) -> str:
    """Digest of a kernel, of the kernels it calls and of all their constants, as now in memory.

    Files may have been edited or replaced since they were imported.
    """
    assert isinstance(function, FunctionType)
    found = [function]
    for reached in found:
        found += [called for called in _own_parts(reached)[1] if called not in found]
    return hashlib.sha256(repr([_own_parts(reached)[0] for reached in found]).encode()).hexdigest()


@cache
def _own_parts(function: FunctionType) -> tuple[str, list[FunctionType]]:
    """What decides a function's own code, and the functions that it calls."""
    parts: list[object] = [function.__name__, function.__defaults__]
    called = []
    for code in _nested_codes(function.__code__):
        constants = [const for const in code.co_consts if not isinstance(const, CodeType)]
        parts += [code.co_code, constants, code.co_names, code.co_varnames]
        for name in code.co_names:
            if name not in function.__globals__:
                continue
            value = function.__globals__[name]
            plain = getattr(value, "__wrapped__", value)
            if isinstance(plain, FunctionType):
                called.append(plain)
            elif isinstance(value, ModuleType | type):
                parts += [
                    value.__name__,
                    [_constant(getattr(value, at, 0)) for at in code.co_names],
                ]
            else:
                parts.append(_constant(value))
    return repr(parts), called


def _nested_codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from _nested_codes(const)


def _constant(value: object) -> object:
    """What tells a constant from any other; of anything else its type."""
    if isinstance(value, np.ndarray):
        return value.dtype.descr, value.shape, value.tobytes()
    is_constant = isinstance(value, int | float | complex | str | bytes | tuple | np.generic)
    return value if is_constant or isinstance(value, np.dtype) else type(value).__name__


def compile_code(
    function: Callable[..., object], arguments: Sequence[object], options: Mapping[str, Any]
) -> MachineCode | None:
    """Have Numba compile a kernel for such arguments; None where its code cannot be kept."""
    import numba
    from llvmlite import binding as llvm

    options = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, **options}
    dispatcher = numba.njit(**options)(function)
    signature = tuple(numba.typeof(argument) for argument in arguments)
    dispatcher.compile(signature)
    result = str(dispatcher.overloads[signature].signature.return_type)
    module = llvm.parse_assembly(dispatcher.inspect_llvm(signature))
    if any(declared.name == _DESTRUCTOR for declared in module.functions):
        module.link_in(llvm.parse_assembly(_NO_DESTRUCTOR))
    entries = [
        defined
        for defined in module.functions
        if not defined.is_declaration and defined.linkage.name == "external"
        if defined.name != _DESTRUCTOR
    ]
    required = {declared.name for declared in module.functions if declared.is_declaration}
    is_complete = all(name in _LIBRARY_FUNCTIONS or name.startswith("llvm.") for name in required)
    if result not in _RESULTS or len(entries) != 1 or not is_complete:
        return None
    parts = [part for argument in arguments for part in _parts(kind_of(argument))]
    expected = ["ptr", "ptr", *(_LLVM_NAMES[part] for part in parts)]
    if [str(argument.type) for argument in entries[0].arguments] != expected:
        return None
    return MachineCode(entries[0].name, result, _target_machine().emit_object(module))


_LLVM_NAMES = {ctypes.c_void_p: "ptr", ctypes.c_int64: "i64", ctypes.c_double: "double"}


def _load(code: MachineCode) -> tuple[ExecutionEngine, int]:
    from llvmlite import binding as llvm

    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _target_machine())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code.binary))
    engine.finalize_object()
    address = engine.get_function_address(code.symbol)
    if not address:
        raise RuntimeError(f"there is no {code.symbol} in the machine code")
    return engine, address


def _target_machine() -> TargetMachine:
    from llvmlite import binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=_host_features(),
        opt=3,
        jit=True,
    )


def _host_features() -> str:
    from llvmlite import binding as llvm

    try:
        return str(llvm.get_host_cpu_features().flatten())
    except RuntimeError:  # a processor that LLVM does not know
        return ""


_WITHOUT_EFFECT = {"NUMBA_NUM_THREADS", "NUMBA_THREADING_LAYER", "NUMBA_CACHE_DIR"}
"""Numba's settings that leave the code of a kernel, which runs in one thread, as it is."""


@cache
def _machine() -> tuple[object, ...]:
    """All that decides what code Numba makes here, apart from the sources."""
    from llvmlite import binding as llvm

    spec = find_spec("numba")
    numba_version = Path(spec.origin).with_name("_version.py") if spec and spec.origin else Path()
    return (
        sys.version,
        _stamp(numba_version),
        llvm.llvm_version_info,
        llvm.get_host_cpu_name(),
        _host_features(),
        sorted(
            item
            for item in os.environ.items()
            if item[0].startswith("NUMBA_") and item[0] not in _WITHOUT_EFFECT
        ),
        np.__version__,
    )


def _stamp(path: Path) -> tuple[str, int, int]:
    status = path.stat()
    return path.name, status.st_mtime_ns, status.st_size
