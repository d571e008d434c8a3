"""One page for many takes: a row each, small bars on one scale, sortable, without a network."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from practiceear.batch.many_takes import TakeDone
from practiceear.reports.html import html_page
from practiceear.reports.words import counted, cut_short

BAR_WIDTH = 180.0
LEAST_SCALE_MS = 20.0
SCALE_ROUND_MS = 10.0


@dataclass(frozen=True, slots=True)
class Bar:
    """Where a value, its interval and the detector's error lie on the common scale, in pixels."""

    low: float
    value: float
    high: float
    detector_error: float


@dataclass(frozen=True, slots=True)
class IndexRow:
    """A take in the list."""

    name: str
    link: str
    done: TakeDone
    bar: Bar | None
    cut_short: str


def index_page(results: Sequence[TakeDone]) -> str:
    """Return the page as an HTML document; takes that failed stand below with their reason."""
    reviewed = [done for done in results if done.is_reviewed]
    scale_ms = _scale_ms(reviewed)
    rows = [_row(done, scale_ms) for done in reviewed]
    return html_page(
        "index",
        ("index.js",),
        title=counted(len(results), "take"),
        rows=rows,
        failed=[_reason(done) for done in results if not done.is_reviewed],
        scale_ms=scale_ms,
        width=BAR_WIDTH,
    )


def _reason(done: TakeDone) -> str:
    """Why a take could not be reviewed, without its folder, which is private."""
    reason = done.error
    for path in (done.path, done.page):
        if path is not None:
            reason = reason.replace(path, Path(path).name)
            reason = reason.replace(str(Path(path).parent) + os.sep, "")
    name = Path(done.path).name
    return reason if name in reason else f"{name}: {reason}"


def _row(done: TakeDone, scale_ms: float) -> IndexRow:
    words = f"The file {cut_short(done.share_read)}." if done.is_cut_short else ""
    return IndexRow(Path(done.path).name, _link(done), done, _bar(done, scale_ms), words)


def _link(done: TakeDone) -> str:
    return quote(Path(done.page).name) if done.page is not None else ""


def _scale_ms(reviewed: Sequence[TakeDone]) -> float:
    """The longest interval, rounded up: one scale for all."""
    highest = max((done.high_ms or 0.0 for done in reviewed), default=0.0)
    return max(LEAST_SCALE_MS, SCALE_ROUND_MS * -(-highest // SCALE_ROUND_MS))


def _bar(done: TakeDone, scale_ms: float) -> Bar | None:
    if done.sd_ioi_ms is None:
        return None

    def pixels(value_ms: float | None) -> float:
        return round(BAR_WIDTH * min(1.0, (value_ms or 0.0) / scale_ms), 1)

    return Bar(*(pixels(x) for x in (done.low_ms, done.sd_ioi_ms, done.high_ms, done.floor_ms)))
