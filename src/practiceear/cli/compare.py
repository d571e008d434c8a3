"""``practiceear compare``: two takes or more, each beside the first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from practiceear.cli.error_output import complain
from practiceear.cli.option_groups import options_of
from practiceear.cli.options import Channel, JsonTarget, exercise_options
from practiceear.cli.review import closing_code, review_one
from practiceear.errors import PracticeEarError, UsageError

if TYPE_CHECKING:
    from practiceear.analysis.review import TakeReview
    from practiceear.reports.json import FailedTake
    from practiceear.reports.write import OutputOptions
    from practiceear.settings import Exercise

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
    exercise: Exercise = options_of(exercise_options),
    channel: Channel = None,
    json_target: JsonTarget = None,
    html_target: HtmlTarget = None,
) -> int:
    """Say whether takes differ, or only by chance.

    Exit code 0: compared; 3: a take cannot be used; 6: some takes, or the end of one,
    could not be read, the rest is compared.
    """
    from practiceear.instruments.registry import load_profile
    from practiceear.reports.json import FailedTake
    from practiceear.reports.write import OutputOptions
    from practiceear.settings import AnalysisOptions

    if len(takes) < 2:
        raise UsageError("there is nothing to compare one take with", "Name two takes or more")
    load_profile(exercise.instrument)  # refuses an unknown one before anything is heard
    analysis = AnalysisOptions(channel)
    output = OutputOptions(json_target, html_target=html_target)
    output.refuse_impossible(takes)
    reviews: list[TakeReview] = []
    failed: list[FailedTake] = []
    for path in takes:
        try:
            reviews.append(review_one(path, exercise, analysis))
        except PracticeEarError as error:
            failed.append(FailedTake(str(path), error))
            complain(error)
        if failed and not reviews:  # without the first take there is nothing to compare with
            break
    _report(reviews, failed, output)
    return closing_code(reviews, failed, n_needed=2)


def _report(reviews: list[TakeReview], failed: list[FailedTake], output: OutputOptions) -> None:
    from practiceear.analysis.compare import compare_reviews
    from practiceear.reports.comparison import compare_json, compare_text
    from practiceear.reports.sheet.compare_page import compare_page
    from practiceear.reports.write import write_report

    compared = compare_reviews(reviews) if len(reviews) > 1 else None
    if output.json_target is not None:
        write_report(output.json_target, compare_json(compared, failed))
    if output.html_target is not None and compared is not None:
        write_report(output.html_target, compare_page(compared))
    if compared is not None and not output.is_standard_output_taken:
        print(compare_text(compared), end="", flush=True)
