"""Starts a private PipeWire that programs reach as ALSA's ``pulse`` device, without a card."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.jack import wait_until

TOOLS = ("pipewire", "wireplumber", "pipewire-pulse", "dbus-daemon", "pactl", "paplay")
PLUGIN = "libasound_module_pcm_pulse.so"
SINK = "loop"
ASOUNDRC = "pcm.!default { type pulse }\nctl.!default { type pulse }\n"


def is_pipewire_here() -> bool:
    """Whether the server, its tools and ALSA's way to it are installed."""
    has_plugin = any(Path("/usr/lib").glob(f"*/alsa-lib/{PLUGIN}"))
    return has_plugin and all(shutil.which(tool) for tool in TOOLS)


@dataclass
class PipeWire:
    """A server of our own: what is played into its sink is heard by its microphone."""

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="pw")))
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """What programs need to find it, and nothing else of the machine's sound."""
        return {
            **os.environ,
            "HOME": str(self.folder),
            "XDG_RUNTIME_DIR": str(self.folder),
            "PIPEWIRE_RUNTIME_DIR": str(self.folder),
            "PULSE_RUNTIME_PATH": str(self.folder / "pulse"),
            "PULSE_SERVER": f"unix:{self.folder}/pulse/native",
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={self.folder}/bus",
            "JACK_NO_START_SERVER": "1",
            "JACK_DEFAULT_SERVER": "nobody",
        }

    @classmethod
    def start(cls) -> PipeWire:
        """Start it and wait until it answers."""
        server = cls()
        (server.folder / ".asoundrc").write_text(ASOUNDRC)
        address = server.environment["DBUS_SESSION_BUS_ADDRESS"]
        server._run("dbus-daemon", "--session", "--nofork", "--nopidfile", f"--address={address}")
        wait_until((server.folder / "bus").exists, 10)
        for name in ("pipewire", "wireplumber", "pipewire-pulse"):
            server._run(name)
        wait_until(lambda: server._ask("info").returncode == 0, 20)
        server._ask("load-module", "module-null-sink", f"sink_name={SINK}", "channels=1")
        server._ask("set-default-sink", SINK)
        server._ask("set-default-source", f"{SINK}.monitor")
        wait_until(lambda: SINK in server._ask("get-default-sink").stdout, 20)
        return server

    def play(self, path: Path) -> subprocess.Popen[bytes]:
        """A virtual musician who plays a file into the microphone."""
        return subprocess.Popen(
            ["paplay", f"--device={SINK}", str(path)],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        """Let it die at once, as a crash would."""
        for process in reversed(self.processes):
            process.kill()
        for process in self.processes:
            process.wait()

    def stop(self) -> None:
        """End it and tidy up."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, *command: str) -> None:
        self.processes.append(
            subprocess.Popen(
                command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )

    def _ask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["pactl", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
