"""``practiceear compare``: two takes or more, each beside the first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from practiceear.cli.error_output import complain
from practiceear.cli.options import Channel, Instrument, JsonTarget
from practiceear.cli.review import (
    Beats,
    Bpm,
    FirstBeat,
    Listening,
    Notes,
    Wishes,
    closing_code,
    exercise_of,
    review_one,
)
from practiceear.errors import PracticeEarError, UsageError

if TYPE_CHECKING:
    from practiceear.analysis.review import TakeReview
    from practiceear.reports.json import FailedTake

HtmlTarget = Annotated[
    str | None, typer.Option("--html", metavar="FILE", help="Write one page to look at.")
]
Takes = Annotated[
    list[Path],
    typer.Argument(
        metavar="A B...", readable=False, help="Two recordings or more: each beside the first."
    ),
]


def compare(
    takes: Takes,
    instrument: Instrument = None,
    bpm: Bpm = None,
    beats: Beats = "4",
    subdivision: Notes = None,
    first_beat: FirstBeat = None,
    channel: Channel = None,
    json_target: JsonTarget = None,
    html_target: HtmlTarget = None,
) -> int:
    """Say whether takes differ, or only by chance.

    Exit code 0: compared; 3: a take cannot be used; 6: some takes, or the end of one,
    could not be read, the rest is compared.
    """
    from practiceear.analysis.review import load_profile

    if len(takes) < 2:
        raise UsageError("there is nothing to compare one take with", "Name two takes or more")
    exercise = exercise_of(bpm, beats, subdivision, first_beat)
    listening = Listening(load_profile(instrument), exercise, channel)
    wishes = Wishes(json_target, None, False, html_target)
    wishes.refuse_impossible(takes)
    reviews: list[TakeReview] = []
    failed: list[FailedTake] = []
    for path in takes:
        _hear(path, listening, reviews, failed)
        if failed and not reviews:  # without the first take there is nothing to compare with
            break
    _report(reviews, failed, wishes)
    return closing_code(reviews, failed, n_needed=2)


def _hear(
    path: Path, listening: Listening, reviews: list[TakeReview], failed: list[FailedTake]
) -> None:
    """Review one take into ``reviews``, or say why not and remember it in ``failed``."""
    from practiceear.reports.json import FailedTake

    try:
        reviews.append(review_one(path, listening, Wishes(None, None, False)))
    except PracticeEarError as error:
        failed.append(FailedTake(str(path), error))
        complain(error)


def _report(reviews: list[TakeReview], failed: list[FailedTake], wishes: Wishes) -> None:
    from practiceear.analysis.compare import compare_reviews
    from practiceear.reports.comparison import compare_json, compare_text
    from practiceear.reports.sheet.compare_page import compare_page
    from practiceear.reports.write import write_report

    compared = compare_reviews(reviews) if len(reviews) > 1 else None
    if wishes.json_target is not None:
        write_report(wishes.json_target, compare_json(compared, failed))
    if wishes.html_target is not None and compared is not None:
        write_report(wishes.html_target, compare_page(compared))
    if compared is not None and not wishes.is_output_taken:
        print(compare_text(compared), end="", flush=True)
