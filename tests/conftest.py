"""Several workers at once share the caches of the kernels: these are full before they begin."""

from __future__ import annotations

import subprocess
import sys

import pytest

WARM_UP = "from practiceear.session.live_opening import warm_up_live; warm_up_live()"


def pytest_configure(config: pytest.Config) -> None:
    """Compile what is not yet in Numba's caches, before pytest-xdist starts its workers.

    Workers that filled an empty cache together would leave index and code of different
    signatures side by side (see `compiling_alone`).
    """
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        subprocess.run([sys.executable, "-c", WARM_UP], check=True)
