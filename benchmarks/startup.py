"""What a command costs from its start to its end, beside aubio and beside an older state of ours.

User and system time of one process, the least of several runs in turn, so that other work on the
machine hardly shows. All is compiled before.

Examples
--------
    python -m benchmarks.startup
    python -m benchmarks.startup --before ../older/src --markdown benchmarks/results/startup.md
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile

from benchmarks.report import publish, table

ROOT = Path(__file__).resolve().parent.parent
NOW = ROOT / "src"
DEMO = NOW / "practiceear/demo_take/take.flac"
UNIT_TESTS = "tests/unit/practice/test_drill.py"  # of each state, its own
LONG_TAKE_S = 180.0
AUBIO = "import sys; from aubio.cmd import main; sys.argv = ['aubio', 'onset', sys.argv[1]]; main()"
OURS = ("-m", "practiceear")


def main(arguments: list[str] | None = None) -> int:
    """Run every command in turn, print; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--before", type=Path, help="the src folder of an older state")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--markdown", type=Path, help="write the table here too")
    options = parser.parse_args(arguments)
    states = [NOW] if options.before is None else [NOW, options.before.resolve()]
    with tempfile.TemporaryDirectory() as folder:
        commands = _commands(_long_take(Path(folder)))
        rows = [_row(name, command, states, options.runs) for name, command in commands.items()]
        aubio_s = _least_s(("-c", AUBIO, str(DEMO)), [NOW], options.runs)[0]
    head = ["command", "seconds now", "before", "now / before"]
    lines = [
        "# Start-up: seconds of user and system time",
        "",
        *table(head, [*rows, ["aubio, onsets of the demo take", f"{aubio_s:.2f}", "", ""]]),
        "",
        f"`practiceear onsets` takes {float(rows[0][1]) / aubio_s:.1f} times as long as aubio.",
    ]
    text = "\n".join(lines) + "\n"
    publish(text, options.markdown)
    return 0


def _commands(long_take: Path) -> dict[str, tuple[str, ...]]:
    pytest = ("-m", "pytest", "-q", "-p", "no:cacheprovider", UNIT_TESTS)
    return {
        "onsets of the demo take": (*OURS, "onsets", str(DEMO)),
        "review --demo": (*OURS, "review", "--demo"),
        f"review of {LONG_TAKE_S / 60:.0f} minutes": (*OURS, "review", str(long_take)),
        "review --help": (*OURS, "review", "--help"),
        "one file of unit tests": pytest,
    }


def _long_take(folder: Path) -> Path:
    sound, rate_hz = soundfile.read(DEMO, dtype="float32")
    path = folder / "long.flac"
    soundfile.write(path, np.resize(sound, round(LONG_TAKE_S * rate_hz)), rate_hz)
    return path


def _row(name: str, command: Sequence[str], states: Sequence[Path], n_runs: int) -> list[str]:
    least_s = _least_s(command, states, n_runs)
    before = [f"{least_s[1]:.2f}", f"{least_s[0] / least_s[1]:.2f}"] if least_s[1:] else ["", ""]
    return [name, f"{least_s[0]:.2f}", *before]


def _least_s(command: Sequence[str], states: Sequence[Path], n_runs: int) -> list[float]:
    """The least processor time of a command by state, after one run that counts for nothing."""
    times = [[_processor_s(command, state) for state in states] for _ in range(n_runs + 1)]
    return [min(of_state) for of_state in zip(*times[1:], strict=True)]


def _processor_s(command: Sequence[str], source: Path) -> float:
    environment = {**os.environ, "PYTHONPATH": str(source)}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, *command]
    subprocess.run(command, env=environment, check=True, capture_output=True, cwd=source.parent)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    sys.exit(main())
