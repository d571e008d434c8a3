"""A real sound server without a sound card: JACK's dummy driver."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from tests.support.jack import JackServer, is_jack_here


@pytest.fixture
def jack(request: pytest.FixtureRequest) -> Iterator[JackServer]:
    """A running server at 48 kHz; the parameter is its period, 1024 samples else."""
    if not is_jack_here():
        if os.environ.get("CI"):
            pytest.fail("jackd2 and jack-tools must be installed in CI")
        pytest.skip("needs jackd2 and jack-tools")
    server = JackServer.start(getattr(request, "param", 1024))
    yield server
    server.stop()


@pytest.fixture(scope="session", autouse=True)
def _no_other_server() -> None:
    if (
        shutil.which("jack_lsp")
        and subprocess.run(
            ["jack_lsp"], capture_output=True, timeout=20, check=False, env=_quiet()
        ).returncode
        == 0
    ):
        pytest.skip("another JACK server runs here")


def _quiet() -> dict[str, str]:
    return {**os.environ, "JACK_NO_START_SERVER": "1"}
