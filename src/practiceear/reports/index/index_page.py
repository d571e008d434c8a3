"""One page for many takes: a row each, small bars on one scale, sortable, without a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote

from practiceear.reports.many_takes import TakeDone
from practiceear.reports.words import cut_short

BAR_WIDTH = 180.0
LEAST_SCALE_MS = 20.0
SCALE_ROUND_MS = 10.0


@dataclass(frozen=True, slots=True)
class Bar:
    """Where a value, its interval and the floor lie on the common scale, in pixels."""

    low: float
    value: float
    high: float
    floor: float


@dataclass(frozen=True, slots=True)
class IndexRow:
    """A take in the list."""

    name: str
    link: str
    done: TakeDone
    bar: Bar | None
    cut_short: str


def index_page(results: Sequence[TakeDone], title: str) -> str:
    """Return the page as an HTML document; takes that failed stand below with their reason.

    Parameters
    ----------
    results
        In the order in which they are listed.
    title
        Of the page: text, escaped here.
    """
    from jinja2 import Environment, StrictUndefined

    reviewed = [one for one in results if one.is_reviewed]
    scale_ms = _scale_ms(reviewed)
    rows = [_row(one, scale_ms) for one in reviewed]
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    text = files(__package__).joinpath("index.html.j2").read_text(encoding="utf-8")
    page: str = environment.from_string(text).render(
        title=title,
        rows=rows,
        failed=[one for one in results if not one.is_reviewed],
        scale_ms=scale_ms,
        width=BAR_WIDTH,
    )
    return page


def _row(done: TakeDone, scale_ms: float) -> IndexRow:
    words = cut_short(done.share_read) if done.is_cut_short else ""
    return IndexRow(Path(done.path).name, _link(done), done, _bar(done, scale_ms), words)


def _link(done: TakeDone) -> str:
    return quote(Path(done.page).name) if done.page is not None else ""


def _scale_ms(reviewed: Sequence[TakeDone]) -> float:
    """The longest interval, rounded up: one scale for all."""
    highest = max((one.high_ms or 0.0 for one in reviewed), default=0.0)
    return max(LEAST_SCALE_MS, SCALE_ROUND_MS * -(-highest // SCALE_ROUND_MS))


def _bar(done: TakeDone, scale_ms: float) -> Bar | None:
    if done.sd_ioi_ms is None:
        return None

    def pixels(value_ms: float | None) -> float:
        return round(BAR_WIDTH * min(1.0, (value_ms or 0.0) / scale_ms), 1)

    return Bar(*(pixels(x) for x in (done.low_ms, done.sd_ioi_ms, done.high_ms, done.floor_ms)))
