"""Several workers at once share the caches of the kernels: these are full before they begin."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PREPARE = "from practiceear.live.opening import prepare_live; prepare_live()"


def pytest_configure(config: pytest.Config) -> None:
    """Compile what is not yet in Numba's caches, before pytest-xdist starts its workers.

    Workers that filled an empty cache together would leave index and code of different
    signatures side by side (see `compiling_alone`).
    """
    is_compiled = os.environ.get("NUMBA_DISABLE_JIT") != "1"
    is_parallel = config.getoption("numprocesses", None) and not hasattr(config, "workerinput")
    if is_compiled and is_parallel:
        subprocess.run([sys.executable, "-c", PREPARE], check=True)
