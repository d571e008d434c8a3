"""Audacity on a screen of its own, driven by its scripting pipe and, in dialogs, by keys."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

NEEDED = {"audacity": "audacity", "Xvfb": "xvfb", "xdotool": "xdotool"}
"""Programs and the Debian packages that bring them."""

MODULE = Path("/usr/lib/audacity/modules/mod-script-pipe.so")
PIPES = [
    Path("/", "tmp", f"audacity_script_pipe.{way}.{os.getuid()}")  # wherever else TMPDIR points
    for way in ("to", "from")
]
LONGEST_S = 60.0

SETTINGS = """NewPrefsInitialized=1
PrefsVersion=1.1.1r1
[Version]
Major=3
Minor=2
Micro=4
[GUI]
ShowSplashScreen=0
[Module]
mod-script-pipe=1
[ModulePath]
mod-script-pipe={module}
[ModuleDateTime]
mod-script-pipe={built}
[Directories]
TempDir={folder}/unsaved
[Update]
UpdateNoticeShown=1
DefaultUpdatesChecking=0
"""


def why_not() -> str:
    """Why Audacity cannot be driven here; empty where it can."""
    missing = [package for program, package in NEEDED.items() if shutil.which(program) is None]
    if missing or not MODULE.exists():
        return f"Audacity cannot be driven (apt install {' '.join(missing) or 'audacity'})"
    if any(_is_listened_to(pipe) for pipe in PIPES):
        return "another Audacity is running"
    return ""


def _is_listened_to(pipe: Path) -> bool:
    try:
        os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:  # none, or one that an Audacity left behind
        return False
    return True


@dataclass
class Audacity:
    """A running Audacity."""

    environment: dict[str, str]
    to: int
    answers: int

    def do(self, command: str) -> str:
        """Run one command of the scripting reference; return its answer."""
        self._send(command)
        return self._answer()

    def do_with_file(self, command: str, title: str, file: Path) -> None:
        """Run a command that asks for a file in a window, and give it ``file``."""
        self._send(command)
        window = self.wait_for_window(title)
        self._press("windowfocus", "--sync", window)
        self._press("key", "ctrl+a")
        self._press("type", "--delay", "20", str(file))
        time.sleep(0.5)  # the window looks the name up while it is typed
        self._press("key", "Return")
        self._answer()

    def labels(self) -> list[tuple[float, float, str]]:
        """The labels of the only label track, to six digits."""
        answer = self.do("GetInfo: Type=Labels Format=JSON")
        tracks = json.loads(answer[: answer.rindex("]") + 1])
        return [(start, end, text) for start, end, text in tracks[0][1]]

    def _send(self, command: str) -> None:
        os.write(self.to, f"{command}\n".encode())

    def _answer(self) -> str:
        """What Audacity says until it is done; it says nothing more while a window asks."""
        answer = b""
        while not (b"BatchCommand finished" in answer and answer.endswith(b"\n\n")):
            ready, _, _ = select.select([self.answers], [], [], LONGEST_S)
            more = os.read(self.answers, 65536) if ready else b""
            assert more, f"Audacity stopped answering after {answer!r}"
            answer += more
        assert b"BatchCommand finished: OK" in answer, answer
        return answer.decode("utf-8")

    def wait_for_window(self, title: str) -> str:
        """The id of the window with this title, a regular expression, once it is open."""
        for _ in range(100):
            found = self._press("search", "--onlyvisible", "--name", title, is_checked=False)
            if found:
                return found.split()[-1]
            time.sleep(0.1)
        raise AssertionError(f"Audacity opened no window {title!r}")

    def _press(self, *arguments: str, is_checked: bool = True) -> str:
        done = subprocess.run(
            ["xdotool", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=LONGEST_S,
            check=is_checked,
        )
        return done.stdout


@contextlib.contextmanager
def audacity(folder: Path) -> Iterator[Audacity]:
    """Start Audacity with an empty home in ``folder``, and end it."""
    for pipe in PIPES:
        pipe.unlink(missing_ok=True)
    settings = folder / ".config" / "audacity" / "audacity.cfg"
    settings.parent.mkdir(parents=True)
    built = datetime.fromtimestamp(int(MODULE.stat().st_mtime)).isoformat()
    settings.write_text(SETTINGS.format(module=MODULE, built=built, folder=folder), "utf-8")
    with contextlib.ExitStack() as stack:
        display = stack.enter_context(_screen())
        environment = {
            **os.environ,
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder / ".config"),
            "DISPLAY": display,
        }
        stack.enter_context(_running(["audacity"], environment))
        _wait_for(PIPES[1])
        to, answers = _opened(PIPES[0], os.O_WRONLY), _opened(PIPES[1], os.O_RDONLY)
        stack.callback(os.close, to)
        stack.callback(os.close, answers)
        program = Audacity(environment, to, answers)
        program.wait_for_window("^Audacity$")
        yield program
    for pipe in PIPES:
        pipe.unlink(missing_ok=True)


@contextlib.contextmanager
def _screen() -> Iterator[str]:
    """A screen that nobody sees; gives its name."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x1024x24"]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        with os.fdopen(reading) as file:
            number = file.readline().strip()
        try:
            yield f":{number}"
        finally:
            server.terminate()


@contextlib.contextmanager
def _running(command: list[str], environment: dict[str, str]) -> Iterator[None]:
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield
        finally:
            process.kill()  # it would ask whether to save


def _wait_for(pipe: Path) -> None:
    for _ in range(int(10 * LONGEST_S)):
        if pipe.exists():
            return
        time.sleep(0.1)
    raise AssertionError("Audacity did not open its pipe")


def _opened(pipe: Path, flags: int) -> int:
    """Open one end of a pipe; the writing one once Audacity holds the other."""
    for _ in range(int(10 * LONGEST_S)):
        with contextlib.suppress(OSError):
            return os.open(pipe, flags | os.O_NONBLOCK)
        time.sleep(0.1)
    raise AssertionError(f"Audacity did not open {pipe}")
