"""How kernels are compiled: once per machine, and still where nothing can be kept."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from functools import cached_property, update_wrapper
from types import ModuleType
from typing import Any, TextIO, TypeVar, cast

from practiceear.errors import MissingError
from practiceear.native_code import KeptCode, Kind, NativeFunction, compile_code, kind_of

IS_INTERPRETED = os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")
"""Whether kernels run as Python, so that what they do can be watched."""

OPTIONS = {"nogil": True, "error_model": "numpy"}

SILENT_WAIT_S = 2.0  # what loading takes where all is compiled
LONGEST_WAIT_S = 300.0  # ten times what compiling takes
LOOK_AGAIN_S = 0.1

_announcer: ContextVar[Callable[[str], None]] = ContextVar("announcer", default=lambda _words: None)

Kernel = TypeVar("Kernel", bound=Callable[..., object])


class CompiledKernel:
    """A kernel that is compiled, or loaded, on its first call from Python.

    Kernels call one another without this class: Numba takes them for its own.
    """

    def __init__(self, function: Callable[..., object]) -> None:
        update_wrapper(self, function)
        self._function = function
        self._native: list[NativeFunction] = []
        self._only_by_numba: set[tuple[Kind, ...]] = set()
        self._lock = threading.Lock()

    def __call__(self, *arguments: object) -> object:
        """Run the kernel."""
        for native in self._native:
            if native.takes(arguments):
                return native(*arguments)
        loaded = self._loaded(arguments)
        return self.dispatcher(*arguments) if loaded is None else loaded(*arguments)

    @cached_property
    def dispatcher(self) -> Any:
        """What Numba makes of the function."""
        njit = _numba().njit
        try:
            return njit(cache=True, **OPTIONS)(self._function)
        except RuntimeError:  # no folder for the cache
            return njit(**OPTIONS)(self._function)

    @property
    def signatures(self) -> list[object]:
        """The kinds of arguments for which there is code now."""
        by_numba = self.dispatcher.signatures if "dispatcher" in vars(self) else []
        return [*self._native, *by_numba]

    @property
    def _numba_type_(self) -> object:
        """What Numba takes this for where a kernel calls it."""
        return self._called_by_kernels._numba_type_

    @cached_property
    def _called_by_kernels(self) -> Any:
        """Numba's function without its cache, which overlooks edits of any other file."""
        return _numba().njit(**OPTIONS)(self._function)

    def _loaded(self, arguments: tuple[object, ...]) -> NativeFunction | None:
        """The machine code for such arguments, compiled if need be; None where Numba calls it."""
        kinds = tuple(kind for kind in map(kind_of, arguments) if kind is not None)
        if len(kinds) < len(arguments) or sys.platform == "win32":
            return None
        with self._lock:
            for native in self._native:  # another thread was first
                if native.takes(arguments):
                    return native
            if kinds in self._only_by_numba:
                return None
            loaded: NativeFunction | None = None
            with suppress(RuntimeError):  # LLVM cannot load it
                loaded = self._load_or_compile(arguments, kinds)
            if loaded is None:
                self._only_by_numba.add(kinds)
            else:
                self._native.append(loaded)
            return loaded

    def _load_or_compile(
        self, arguments: tuple[object, ...], kinds: tuple[Kind, ...]
    ) -> NativeFunction | None:
        kept = KeptCode(self._function, kinds)
        code = kept.read()
        if code is not None:
            return NativeFunction(code, arguments)
        _numba()
        code = compile_code(self._function, arguments, OPTIONS)
        if code is None:
            return None
        kept.write(code)
        return NativeFunction(code, arguments)


def kernel(function: Kernel) -> Kernel:
    """Compile ``function`` on its first call and keep the code for later starts.

    It is kept beside the source or, where that is read-only, in the user's cache folder. Where
    neither can be written it is compiled anew at every start.
    """
    return function if IS_INTERPRETED else cast(Kernel, CompiledKernel(function))


@contextmanager
def listening_to_numba(kind: str, make_listener: Callable[[], object]) -> Iterator[None]:
    """Install a listener to Numba's events of one kind, once a kernel needs Numba."""
    with ExitStack() as stack:

        def install() -> None:
            from numba.core import event

            stack.enter_context(event.install_listener(kind, make_listener()))

        if "numba" in sys.modules:
            install()
        else:
            _WAITING_FOR_NUMBA.append(install)
            stack.callback(_WAITING_FOR_NUMBA.clear)
        yield


_WAITING_FOR_NUMBA: list[Callable[[], None]] = []


def _numba() -> ModuleType:
    """Numba, imported when it is first needed."""
    import numba

    while _WAITING_FOR_NUMBA:
        _WAITING_FOR_NUMBA.pop()()
    return numba


@contextmanager
def compiling_alone() -> Iterator[None]:
    """Let one program at a time fill Numba's caches on this machine.

    Several that fill an empty cache together leave index and code of different runs side by
    side, and the next start crashes in them. Where there are no such locks (Windows) nothing
    is waited for. A part of what is done alone may ask for it again.

    MissingError where another program holds the caches for longer than ``LONGEST_WAIT_S``.
    """
    with _IN_THIS_PROGRAM:
        if _IN_THIS_PROGRAM.is_alone:
            yield
            return
        with ExitStack() as stack:
            file = _lock_file()
            if file is not None:
                _lock(stack.enter_context(file))
            _IN_THIS_PROGRAM.is_alone = True
            stack.callback(_IN_THIS_PROGRAM.end)
            yield


def announce_waits(announce: Callable[[str], None]) -> None:
    """From now on let ``announce`` say, in this thread, that another program is waited for."""
    _announcer.set(announce)


class _ProgramLock:
    """Lets one thread of this program in, as often as it asks."""

    def __init__(self) -> None:
        self.is_alone = False
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def end(self) -> None:
        """The caches are not this program's any more."""
        self.is_alone = False


_IN_THIS_PROGRAM = _ProgramLock()


def _lock_file() -> TextIO | None:
    """A file to be locked, in the user's cache folder; None where there can be none."""
    import platformdirs

    if sys.platform == "win32":
        return None
    folder = platformdirs.user_cache_path("practiceear", appauthor=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return (folder / "compile.lock").open("a+", encoding="utf-8")
    except OSError:  # nowhere to put a lock, nowhere to put a cache
        return None


def _lock(file: TextIO) -> None:
    """Lock a file until it is closed, and write into it whose it is."""
    import fcntl

    waited_s, is_announced = 0.0, False
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            pass
        except OSError:  # a disk that knows no locks
            return
        if waited_s >= LONGEST_WAIT_S:
            raise MissingError(
                f"another PracticeEar{_holder(file)} has been getting ready for"
                f" {LONGEST_WAIT_S / 60:.0f} minutes",
                "End it and try again",
            )
        if waited_s >= SILENT_WAIT_S and not is_announced:
            _announcer.get()("Another PracticeEar is getting ready; waiting for it ...")
            is_announced = True
        time.sleep(LOOK_AGAIN_S)
        waited_s += LOOK_AGAIN_S
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()


def _holder(file: TextIO) -> str:
    file.seek(0)
    number = file.read(20).strip()
    return f" (process {number})" if number.isdecimal() else ""
