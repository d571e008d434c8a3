"""Starts JACK's dummy driver and connects what a test needs."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

TOOLS = ("jackd", "jack_wait", "jack_connect", "jack_freewheel", "jack-play")
RATE_HZ = 48000


def is_jack_here() -> bool:
    """Whether the server and its tools are installed."""
    return all(shutil.which(tool) for tool in TOOLS)


@dataclass
class JackServer:
    """A server with the dummy driver: a clock and no card."""

    process: subprocess.Popen[bytes] | None = None  # None: somebody else started it

    @classmethod
    def start(cls, period_samples: int, *, is_real_time: bool = False) -> JackServer:
        """Start the server and wait until it answers; what a crashed one left may need a retry.

        With ``is_real_time`` it asks for the priority that a sound server has on a player's
        machine; a container may refuse it.
        """
        priority = ["--realtime", "-P", "20"] if is_real_time else ["--no-realtime"]
        command = ["jackd", *priority, "-d", "dummy", "-r", str(RATE_HZ)]
        for attempt in range(4):
            process = subprocess.Popen(
                [*command, "-p", str(period_samples), "-C", "1", "-P", "1"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            server = cls(process)
            try:
                _run("jack_wait", "-w", "-t", "8")
            except (RuntimeError, subprocess.TimeoutExpired):
                server.stop()
                for left_behind in Path("/dev/shm").glob("jack*"):
                    shutil.rmtree(left_behind, ignore_errors=True)
                    left_behind.unlink(missing_ok=True)
                time.sleep(0.5 + attempt)
                continue
            return server
        raise RuntimeError("jackd does not start")

    def stop(self) -> None:
        """End the server as its user would; one whose client is gone waits ten seconds for it."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(1)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def loop_back(self) -> None:
        """Let the microphone hear the loudspeaker."""
        _run("jack_connect", "PortAudio:out_0", "PortAudio:in_0")

    def set_freewheel(self, is_on: bool) -> None:
        """Run as fast as the clients can, or in real time again."""
        _run("jack_freewheel", "y" if is_on else "n")

    def play(self, path: Path) -> subprocess.Popen[bytes]:
        """A virtual musician who plays a file into the microphone."""
        environment = {**os.environ, "JACK_PLAY_CONNECT_TO": "PortAudio:in_0"}
        return subprocess.Popen(
            ["jack-play", str(path)],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def _run(*command: str) -> None:
    done = subprocess.run(command, timeout=30, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")


def wait_until(is_true: Callable[[], object], timeout_s: float = 60.0) -> None:
    """Wait for something that another thread or program does."""
    deadline_s = time.monotonic() + timeout_s
    while not is_true():
        if time.monotonic() > deadline_s:
            raise TimeoutError("it did not happen in time")
        time.sleep(0.01)
