"""Many takes with one process and with two, side by side: how much faster, how much memory.

Examples
--------
    python -m benchmarks.many_takes --takes 200
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

from benchmarks.report import publish, table
from practiceear.batch.many_takes import TakeJob
from practiceear.batch.take_pool import done_here
from practiceear.settings import Exercise

FIXTURE = Path(__file__).resolve().parent.parent / "recordings/fixtures/violin_detached/take.flac"
TAKE_S = 60.0


def main(arguments: list[str] | None = None) -> int:
    """Make the takes, review them twice, print; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--takes", type=int, default=40)
    parser.add_argument("--markdown", type=Path, help="write the table here too")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        jobs = _jobs(Path(folder), options.takes)
        rows = [_row(jobs, n_processes) for n_processes in (1, 2)]
    ratio = float(rows[0][1]) / float(rows[1][1])
    head = ["processes", "seconds", "takes a minute", "largest process, MiB"]
    lines = [
        f"# {options.takes} takes of one minute",
        "",
        *table(head, rows),
        "",
        f"Two are {ratio:.2f} times as fast as one.",
    ]
    text = "\n".join(lines) + "\n"
    publish(text, options.markdown)
    return 0


def _jobs(folder: Path, n_takes: int) -> list[TakeJob]:
    sound, rate_hz = soundfile.read(FIXTURE, dtype="float32")
    whole = np.resize(sound, round(TAKE_S * rate_hz))
    jobs = []
    for number in range(n_takes):
        path = folder / f"take {number}.flac"
        soundfile.write(path, np.roll(whole, 1000 * number), rate_hz)
        jobs.append(TakeJob(str(path), path.name, Exercise(instrument="violin")))
    return jobs


def _row(jobs: list[TakeJob], n_processes: int) -> list[str]:
    next(iter(done_here(jobs[:1], n_processes)))  # kernels are loaded
    begun_s = time.perf_counter()
    n_done = sum(1 for _ in done_here(jobs, n_processes))
    took_s = time.perf_counter() - begun_s
    who = resource.RUSAGE_SELF if n_processes == 1 else resource.RUSAGE_CHILDREN
    mib = resource.getrusage(who).ru_maxrss / 1024.0
    return [str(n_processes), f"{took_s:.1f}", f"{60.0 * n_done / took_s:.0f}", f"{mib:.0f}"]


if __name__ == "__main__":
    sys.exit(main())
