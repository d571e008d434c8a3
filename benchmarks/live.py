"""The live path on a sound server without a card: what is lost, how late, at what cost.

JACK's dummy driver stands for the sound card. In freewheel mode minutes pass in seconds and
everything is exact; in real time the app draws in a real terminal while a take with 20 notes a
second is played into its microphone.

    .venv/bin/python -m benchmarks.live                # ten minutes of freewheel, then real time
    .venv/bin/python -m benchmarks.live --minutes 1 --seconds 20
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

from practiceear.app.take_backend import DemoBackend, SessionPlayer
from practiceear.audio.blocks import StreamOptions
from practiceear.audio.microphone import Microphone
from practiceear.instruments.registry import load_instrument
from practiceear.live.opening import prepare_live
from practiceear.live.pipeline import LivePlan
from practiceear.live.session import LiveSession
from practiceear.live.snapshot import LiveSnapshot
from practiceear.metronome.click import click_sounds
from practiceear.metronome.program import MetronomeProgram
from practiceear.settings import LiveOptions
from practiceear.tui.player import SummaryText
from tests.support.jack import RATE_HZ, JackServer, wait_until

NOTES_A_SECOND = 20
SERVER_ONLY_S = 0.5


def sounds() -> dict[int, tuple[np.ndarray, ...]]:
    """The clicks at the server's rate."""
    return {RATE_HZ: click_sounds(RATE_HZ)}


def freewheel(minutes: float) -> dict[str, float]:
    """A session with a metronome that hears itself, faster than time."""
    server = JackServer.start(256)
    try:
        stream = Microphone.open(StreamOptions(is_patient=True, rate_hz=RATE_HZ), sounds())
        program = MetronomeProgram(137.3)
        plan = LivePlan(
            load_instrument("violin"), LiveOptions(program=program, ends_by_itself=False)
        )
        session = LiveSession(stream, plan)
        session.start()
        server.loop_back()
        before_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        server.set_freewheel(True)
        time.sleep(0.2)
        lost_before = session.snapshot().n_lost_samples
        began_s = time.monotonic()
        wait_until(lambda: session.snapshot().elapsed_s > 60 * minutes, 1200)
        took_s = time.monotonic() - began_s
        lost = session.snapshot().n_lost_samples - lost_before
        server.set_freewheel(False)
        after_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        session.stop()
        session.join(60)
        session.close()
        counts = stream.exchange.counts
        removal = session.pipeline.click_filter
        return {
            "minutes": minutes,
            "seconds it took": round(took_s, 1),
            "samples lost": lost + counts.n_dropped_samples,
            "clicks heard": removal.n_heard if removal else 0,
            "clicks sent": removal.n_played if removal else 0,
            "round trip in samples": round(removal.lag_s * RATE_HZ, 2) if removal else 0.0,
            "its spread in samples": round(removal.lag_iqr_s * RATE_HZ, 3) if removal else 0.0,
            "false notes": len(session.notes()),
            "memory grown by MiB": round(after_mib - before_mib, 1),
        }
    finally:
        server.stop()


class Watched(SessionPlayer):
    """A session that notes when its pictures are made and drawn."""

    def __init__(self, session: LiveSession) -> None:
        super().__init__(lambda: session)
        self.session = session
        self.lags_s: list[float] = []
        self.shown_s: list[float] = []
        self.detected_s: list[float] = []
        self._seen: set[int] = set()
        self._is_over = threading.Event()

    def start(self) -> None:
        """Start the session, and a thread that looks how far the analysis is behind."""
        super().start()
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def is_running(self) -> bool:
        """Whether sound flows."""
        return self.session.stream.exchange.counts.n_calls > 0

    def _watch(self) -> None:
        while not self._is_over.wait(0.005):
            clock = self.session.stream.exchange.counts.clock_sample
            self.lags_s.append((clock - self.session.pipeline.heard_samples) / RATE_HZ)

    def snapshot(self) -> LiveSnapshot:
        """The picture that the screen is about to draw."""
        picture = self.session.snapshot()
        clock_s = self.session.stream.exchange.counts.clock_sample / RATE_HZ
        for note in picture.notes:
            if note.onset_id not in self._seen:
                self._seen.add(note.onset_id)
                self.shown_s.append(clock_s - note.onset_s)
                self.detected_s.append(time.monotonic() - note.known_at_s)
        return picture

    def stop(self) -> None:
        """End the take."""
        self._is_over.set()
        super().stop()

    def close(self) -> None:
        """Give the devices back."""
        self._is_over.set()
        super().close()

    def summary(self) -> None:
        """Nothing to show."""


class WatchedBackend(DemoBackend):
    """Gives the app one watched session, without a sound check or a count-in of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.player: Watched | None = None

    def instruments(self) -> list[str]:
        """One is enough."""
        return ["guitar"]

    def prepare(self, progress: Callable[[str], None]) -> None:
        """All is warm."""

    def new_player(self, setup: LiveOptions) -> Watched:
        """The one session."""
        stream = Microphone.open(StreamOptions(rate_hz=RATE_HZ), sounds())
        plan = LivePlan(
            load_instrument("guitar"),
            LiveOptions(program=MetronomeProgram(100), ends_by_itself=False),
        )
        self.player = Watched(LiveSession(stream, plan))
        return self.player


def inside(seconds: float, take: Path, out: Path) -> None:
    """Run in a terminal: the app draws while a take is played into its microphone."""
    from practiceear.tui.app import PracticeEarApp

    prepare_live()
    backend = WatchedBackend()
    setup = LiveOptions("guitar", MetronomeProgram(100))
    app = PracticeEarApp(backend, setup, describe=lambda _review: SummaryText("", []))
    cpu: list[float] = []

    def play() -> None:
        wait_until(lambda: backend.player is not None and backend.player.is_running, 60)
        time.sleep(1.0)
        command = ["jack-play", str(take)]
        environment = {**os.environ, "JACK_PLAY_CONNECT_TO": "PortAudio:in_0"}
        musician = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        started = resource.getrusage(resource.RUSAGE_SELF)
        time.sleep(seconds)
        ended = resource.getrusage(resource.RUSAGE_SELF)
        cpu.append(
            (ended.ru_utime + ended.ru_stime - started.ru_utime - started.ru_stime) / seconds
        )
        musician.kill()
        app.call_from_thread(app.exit)

    threading.Thread(target=play, daemon=True).start()
    app.run()
    player = backend.player
    if player is None:
        return
    counts = player.session.stream.exchange.counts
    player.close()
    lags, shown = np.array(player.lags_s) * 1e3, np.array(player.shown_s) * 1e3
    called = np.array(player.detected_s) * 1e3
    facts = {
        "seconds": seconds,
        "samples dropped by us": counts.n_dropped_samples,
        "samples the server skipped": player.session.snapshot().n_lost_samples
        - counts.n_dropped_samples,
        "flags of the server; without a loss": f"{counts.n_input_flags}; {counts.n_stumbles}",
        "notes": len(shown),
        "analysis behind, ms p50/p99/max": _percentiles(lags, (50, 99, 100)),
        "onset to screen, ms p50/p95": _percentiles(shown, (50, 95)),
        "sound that told a note at the analysis, to screen, ms p50/p95/max": _percentiles(
            called, (50, 95, 100)
        ),
        "share of a core": round(cpu[0], 3) if cpu else None,
        "callback": player.session.stream.callback_kind,
    }
    out.write_text(json.dumps(facts))


def _percentiles(values: np.ndarray, wanted: tuple[int, ...]) -> str:
    return " / ".join(f"{x:.0f}" for x in np.percentile(values, wanted)) if len(values) else "-"


def real_time(period: int, seconds: float, *, has_rights: bool) -> dict[str, object]:
    """The app in a terminal of its own (tmux), on a server in real time."""
    server = JackServer.start(period, is_real_time=has_rights)
    folder = Path(tempfile.mkdtemp())
    take, out = folder / "take.wav", folder / "facts.json"
    soundfile.write(take, busy_take(seconds), RATE_HZ, subtype="FLOAT")
    command = (
        f"{sys.executable} -m benchmarks.live --inside {out} --take {take} --seconds {seconds}"
    )
    tmux = ["tmux", "-L", f"bench{period}"]
    try:
        subprocess.run(
            [*tmux, "-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "40", command],
            check=True,
        )
        time.sleep(6)
        subprocess.run([*tmux, "send-keys", "Space"], check=True)
        wait_until(out.exists, seconds + 90)
        return {"period": period, **json.loads(out.read_text())}
    finally:
        subprocess.run([*tmux, "kill-server"], check=False)
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def busy_take(seconds: float) -> np.ndarray:
    """Plucked tones, 20 a second in bursts of half a second, for as long as it takes."""
    rng = np.random.default_rng(1)
    out = np.zeros(round((seconds + 1) * RATE_HZ), np.float32)
    time_s = np.arange(round(0.2 * RATE_HZ)) / RATE_HZ
    for k in range(int(seconds * NOTES_A_SECOND)):
        pitch_hz = 220 * 2 ** (rng.integers(0, 24) / 12)
        wave = np.zeros(len(time_s))
        for h in range(1, 9):
            wave += np.sin(2 * np.pi * h * pitch_hz * time_s) * np.exp(-time_s * 8 * h) / h
        at = round((0.5 + k / NOTES_A_SECOND) * RATE_HZ)
        out[at : at + len(wave)] += (0.2 * wave)[: max(0, len(out) - at)].astype(np.float32)
    return out


def main() -> None:
    """Run both and print a table each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="of freewheel")
    parser.add_argument("--seconds", type=float, default=60.0, help="of real time, each period")
    parser.add_argument("--periods", type=int, nargs="+", default=[64, 256], help="in samples")
    parser.add_argument("--rights", action="store_true", help="give the server real-time rights")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--take", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        inside(arguments.seconds, arguments.take, arguments.inside)
        return
    if arguments.minutes > 0:
        print("| freewheel | |\n|---|---|")
        for key, value in freewheel(arguments.minutes).items():
            print(f"| {key} | {value} |")
    rows = [
        real_time(period, arguments.seconds, has_rights=arguments.rights)
        for period in arguments.periods
    ]
    print("\n| real time | " + " | ".join(f"{row['period']} samples" for row in rows) + " |")
    print("|---|" + "---|" * len(rows))
    for key in rows[0]:
        print(f"| {key} | " + " | ".join(str(row.get(key, "-")) for row in rows) + " |")


if __name__ == "__main__":
    main()
