"""Ten years of daily practice in one journal: how long it takes to open and to ask.

Examples
--------
    python -m benchmarks.journal
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

from benchmarks.report import publish, table
from practiceear.journal.connection import FILE_NAME, Journal, open_journal
from practiceear.journal.reading import TakeFilter, day_loads, list_takes, measured_takes
from practiceear.journal.records import (
    MeasureRow,
    Moment,
    NoteRow,
    RunRow,
    SessionRecord,
    TakeResult,
    TakeSetup,
)
from practiceear.journal.writing import begin_session, begin_take, end_take, transaction
from practiceear.practice.progress import read_progress
from practiceear.reports.progress_page import progress_page

N_DAYS = 3650
TAKES_A_DAY = 3
RUNS_A_TAKE = 9
NOTES_A_RUN = 30
KEYS = 25
"""Measures that a review brings."""


def main(arguments: list[str] | None = None) -> int:
    """Make the journal, ask it, print; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folder", type=Path, help="keep the journal here")
    parser.add_argument("--days", type=int, default=N_DAYS)
    parser.add_argument("--markdown", type=Path, help="write the table here too")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as made:
        text = _report(options.folder or Path(made), options.days)
    publish(text, options.markdown)
    return 0


def fill(journal: Journal, n_days: int) -> None:
    """Write ``n_days`` days of practice that nobody played."""
    chance = np.random.default_rng(1)
    first = datetime(2026, 1, 1, 18).astimezone()
    for day in range(n_days):
        with transaction(journal):
            started = Moment.of(first + timedelta(days=day))
            session_id = begin_session(journal, SessionRecord(started=started))
            for number in range(TAKES_A_DAY):
                setup = TakeSetup(
                    started=started,
                    instrument="violin",
                    heard_by="benchmark",
                    drill=f"scale {number}",
                    bpm=60.0 + day // 100,
                )
                take_id = begin_take(journal, session_id, setup)
                end_take(journal, take_id, _result(chance))


def _result(chance: np.random.Generator) -> TakeResult:
    n_notes = RUNS_A_TAKE * NOTES_A_RUN
    onset_s = np.cumsum(0.2 + 0.01 * chance.standard_normal(n_notes))
    columns = chance.standard_normal((n_notes, 6))
    spread_s = float(0.012 * np.exp(0.2 * chance.standard_normal()))
    return TakeResult(
        duration_s=60.0,
        sounding_s=50.0,
        loud_s=10.0,
        finding="Even: 12 ms between notes.",
        notes=tuple(
            NoteRow(float(at), *(float(one) for one in row))
            for at, row in zip(onset_s, columns, strict=True)
        ),
        runs=tuple(
            RunRow(at * NOTES_A_RUN, NOTES_A_RUN, "up", 0.012, 0.2) for at in range(RUNS_A_TAKE)
        ),
        measures=tuple(
            MeasureRow(name, "s", n_notes, spread_s, 0.9 * spread_s, 1.1 * spread_s, 0.006)
            for name in ("medial_sd_ioi_s", *(f"measure_{at}_s" for at in range(KEYS - 1)))
        ),
    )


def _report(folder: Path, n_days: int) -> str:
    with open_journal(folder) as journal:
        fill(journal, n_days)
    size_bytes = (folder / FILE_NAME).stat().st_size
    rows = [["file", f"{size_bytes / 2**20:.0f} MiB"]]
    rows.append(["open", _time(lambda: open_journal(folder).close())])
    with open_journal(folder) as journal:
        counts = [
            journal.connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
            for name in ("run", "note")
        ]
        rows.insert(0, ["runs, notes", f"{counts[0]}, {counts[1]}"])
        drill = TakeFilter(drill="scale 1")
        rows.append(["load of all days", _time(lambda: day_loads(journal))])
        rows.append(
            [
                "a measure of a drill",
                _time(lambda: measured_takes(journal, "medial_sd_ioi_s", drill)),
            ]
        )
        today = date(2026, 1, 1) + timedelta(days=n_days)
        rows.append(["progress, read", _time(lambda: read_progress(journal, today))])
        rows.append(
            ["progress, a page", _time(lambda: progress_page(read_progress(journal, today)))]
        )
        rows.append(["the last 20 takes", _time(lambda: list_takes(journal, TakeFilter(most=20)))])
    head = f"# The journal after {n_days} days of practice\n\n"
    return head + "\n".join(table(["what", "how much"], rows)) + "\n"


def _time(ask: Callable[[], object]) -> str:
    """Median of five."""
    took_s = []
    for _ in range(5):
        begun_s = time.perf_counter()
        ask()
        took_s.append(time.perf_counter() - begun_s)
    return f"{1000 * float(np.median(took_s)):.0f} ms"


if __name__ == "__main__":
    sys.exit(main())
