"""What a worker does with one take of many, in another process or on another machine.

Only small, plain values come back, so that memory stays flat however many takes there are.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from practiceear import __version__
from practiceear.analysis.review import TakeReview
from practiceear.errors import REPORT_IT, ExitCode, PracticeEarError, program_fault
from practiceear.files import read_text, sha256_of, write_whole
from practiceear.metrics.catalogue import MetricKey
from practiceear.onset.tables import weights_digest
from practiceear.reports.json import NOTE_COLUMNS
from practiceear.reports.write import OutputOptions
from practiceear.settings import AnalysisOptions, Exercise

STORE = ".practiceear"
"""Folder beside the pages that remembers what is done."""

LARGEST_RESULT_BYTES = 64_000_000


@dataclass(frozen=True, slots=True)
class TakeJob:
    """A take to be reviewed; workers must see it at its path."""

    path: str
    name: str
    exercise: Exercise = field(default_factory=Exercise)
    analysis: AnalysisOptions = field(default_factory=AnalysisOptions)
    output: OutputOptions = field(default_factory=OutputOptions)

    @property
    def page(self) -> str | None:
        """File of its page; None writes none."""
        return self.output.html_target


@dataclass(frozen=True, slots=True)
class TakeDone:
    """Result of a take; the same ``key`` (recording, options, version) is the same result.

    ``error`` is empty and ``exit_code`` 0 where it was reviewed; measures are None where
    unavailable. ``table``: its notes, CSV rows without a header. ``share_read``: how much of the
    take could be read, None where unknown.
    """

    path: str
    key: str
    error: str = ""
    exit_code: int = 0
    finding: str = ""
    n_notes: int = 0
    duration_s: float = 0.0
    sd_ioi_ms: float | None = None
    low_ms: float | None = None
    high_ms: float | None = None
    floor_ms: float | None = None
    n_intervals: int = 0
    table: str = ""
    page: str | None = None
    is_cut_short: bool = False
    share_read: float | None = None
    page_sha256: str = ""

    @property
    def is_reviewed(self) -> bool:
        """Whether there is a result."""
        return not self.error


def do_job(job: TakeJob) -> TakeDone:
    """Review one take; what is wrong with it is returned, not raised."""
    key = ""
    try:
        key = key_of(job)
        return _reviewed(job, key)
    except PracticeEarError as error:
        return TakeDone(job.path, key, str(error), int(error.exit_code))
    except OSError as error:
        message = f"{job.path} cannot be read here: {error.strerror or error}"
        return TakeDone(job.path, key, message, int(ExitCode.TAKE))
    except Exception as error:  # one take of hundreds must not stop the rest
        if os.environ.get("PRACTICEEAR_DEBUG"):
            raise
        message = f"{job.path}: {program_fault(error)}. {REPORT_IT}"
        return TakeDone(job.path, key, message, int(ExitCode.INTERNAL))


def key_of(job: TakeJob) -> str:
    """Digest of all that the result of a job depends on."""
    parts = {
        "take": sha256_of(Path(job.path)),
        "name": job.name,
        "exercise": dataclasses.asdict(job.exercise),
        "channel": job.analysis.channel,
        "has_page": job.page is not None,
        "has_audio": job.output.has_audio,
        "version": __version__,
        "weights": weights_digest(),
        "columns": NOTE_COLUMNS,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _reviewed(job: TakeJob, key: str) -> TakeDone:
    from practiceear.analysis.review import review_take
    from practiceear.audio.takefile import TakeFile
    from practiceear.instruments.registry import load_profile
    from practiceear.reports.headline import finding
    from practiceear.reports.json import notes_csv

    path = Path(job.path)
    take = TakeFile(path, channel=job.analysis.channel)
    profile = load_profile(job.exercise.instrument)
    review = review_take(take, take, profile, job.exercise, name=job.name)
    if job.page is not None:
        from practiceear.reports.page.page import write_review_page

        write_review_page(
            job.page, review, path, job.analysis.channel, has_audio=job.output.has_audio
        )
    _, _, table = notes_csv([review]).partition("\n")
    return TakeDone(
        path=job.path,
        key=key,
        finding=finding(review),
        n_notes=len(review.snapshot.notes),
        duration_s=review.duration_s,
        table=table,
        page=job.page,
        is_cut_short=review.health.is_cut_short,
        share_read=review.health.share_read,
        page_sha256=sha256_of(Path(job.page)) if job.page is not None else "",
        **_evenness(review),
    )


def _evenness(review: TakeReview) -> dict[str, Any]:
    metric = review.snapshot.metrics[MetricKey.SD_IOI]
    if metric.is_unavailable:
        return {"n_intervals": metric.n}
    floor_ms = 1000.0 * metric.detector_error if math.isfinite(metric.detector_error) else None
    return {
        "sd_ioi_ms": 1000.0 * metric.value,
        "low_ms": 1000.0 * metric.low,
        "high_ms": 1000.0 * metric.high,
        "floor_ms": floor_ms,
        "n_intervals": metric.n,
    }


def remember(folder: Path, done: TakeDone) -> None:
    """Store a result beside the pages, so that an unchanged take is not done again."""
    store = folder / STORE
    store.mkdir(exist_ok=True)
    write_whole(store / f"{done.key}.json", json.dumps(dataclasses.asdict(done)))


def recall(folder: Path, job: TakeJob) -> TakeDone | None:
    """The stored result of an unchanged take; None where it must be done (again)."""
    try:
        content = read_text(folder / STORE / f"{key_of(job)}.json", LARGEST_RESULT_BYTES)
        done = TakeDone(**json.loads(content))
    except (OSError, ValueError, TypeError, RecursionError, PracticeEarError):
        return None
    is_same = done.path == job.path and done.page == job.page and done.is_reviewed
    page = None if job.page is None else Path(job.page)
    is_page_there = page is None or (page.is_file() and sha256_of(page) == done.page_sha256)
    return done if is_same and is_page_there else None
