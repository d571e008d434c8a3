"""``practiceear review`` and ``compare``: recorded takes, one by one or beside the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from practiceear.audio.container import READABLE
from practiceear.cli.many import DaskAddress, Jobs, is_many, review_many
from practiceear.cli.option_groups import option, options_of
from practiceear.cli.options import (
    Channel,
    JsonTarget,
    analysis_options,
    exercise_options,
    output_options,
)
from practiceear.cli.terminal import complain, discard_standard_output, warn_if_cut_short
from practiceear.errors import ExitCode, PracticeEarError, UsageError
from practiceear.reports.write import STANDARD_OUTPUT

if TYPE_CHECKING:
    from practiceear.analysis.corrections.apply import PlacedMarks
    from practiceear.analysis.corrections.edits import TakeEdits
    from practiceear.analysis.review import TakeReview
    from practiceear.reports.json import FailedTake
    from practiceear.reports.write import OutputOptions
    from practiceear.settings import AnalysisOptions, Exercise

Takes = Annotated[
    list[Path] | None,
    typer.Argument(metavar="TAKE...", readable=False, help=f"Recordings: {READABLE}."),
]
Demo = Annotated[bool, option("--demo", None, "Review the built-in demo take.")]
ComparedTakes = Annotated[
    list[Path],
    typer.Argument(
        metavar="A B...", readable=False, help="Two recordings or more: each beside the first."
    ),
]
ComparisonTarget = Annotated[str | None, option("--html", "FILE", "Write one page to look at.")]


def review(
    takes: Takes = None,
    exercise: Exercise = options_of(exercise_options),
    analysis: AnalysisOptions = options_of(analysis_options),
    output: OutputOptions = options_of(output_options),
    jobs: Jobs = 1,
    dask: DaskAddress = None,
    demo: Demo = False,
) -> int:
    """Hear recorded takes and report how even they are.

    Exit code 0: all reviewed; 3: the take cannot be used; 6: some takes, or the end of
    one, could not be read, the rest is reported.
    """
    from practiceear.fixtures.fixture import demo_take
    from practiceear.instruments.registry import load_profile
    from practiceear.settings import DEMO_NAME, AnalysisOptions

    paths = takes or []
    if demo == bool(paths):
        raise UsageError("review takes either recordings or --demo", "Name one or more recordings")
    if analysis.edits is not None and len(paths) != 1:
        raise UsageError("--edits belongs to one take", "Review that take by itself")
    load_profile(exercise.instrument)  # refuses an unknown one before anything is heard
    if is_many(paths, output.html_target, jobs, dask):
        _refuse_beside_many(analysis, output)
        return review_many(paths, exercise, analysis, output, jobs, dask)
    _refuse_odd_page(output, len(paths))
    if not demo:
        return review_takes(paths, exercise, analysis, output)
    with demo_take() as fixture:
        exercise = replace(fixture.exercise, instrument=fixture.instrument)
        analysis = AnalysisOptions(has_second_opinion=analysis.has_second_opinion)
        return review_takes([fixture.take_path], exercise, analysis, output, name=DEMO_NAME)


def compare(
    takes: ComparedTakes,
    exercise: Exercise = options_of(exercise_options),
    channel: Channel = None,
    json_target: JsonTarget = None,
    html_target: ComparisonTarget = None,
) -> int:
    """Say whether takes differ, or only by chance.

    Exit code 0: compared; 3: a take cannot be used; 6: some takes, or the end of one,
    could not be read, the rest is compared.
    """
    from practiceear.analysis.compare import compare_reviews
    from practiceear.instruments.registry import load_profile
    from practiceear.reports.comparison import compare_text
    from practiceear.reports.json import compare_json
    from practiceear.reports.write import OutputOptions, write_report
    from practiceear.settings import AnalysisOptions

    if len(takes) < 2:
        raise UsageError("there is nothing to compare one take with", "Name two takes or more")
    load_profile(exercise.instrument)  # refuses an unknown one before anything is heard
    output = OutputOptions(json_target, html_target=html_target)
    output.refuse_impossible(takes)
    heard = ReviewedTakes()
    for path in takes:
        heard.review(path, exercise, AnalysisOptions(channel))
        if not heard.reviews:  # without the first take there is nothing to compare with
            break
    compared = compare_reviews(heard.reviews) if len(heard.reviews) > 1 else None
    if json_target is not None:
        write_report(json_target, compare_json(compared, heard.failed))
    if compared is not None:
        if html_target is not None:
            from practiceear.reports.comparison import compare_page

            write_report(html_target, compare_page(compared))
        if not output.is_standard_output_taken:
            print(compare_text(compared), end="", flush=True)
    return heard.exit_code(n_needed=2)


def _refuse_beside_many(analysis: AnalysisOptions, output: OutputOptions) -> None:
    """Raise where an option belongs to single takes."""
    given = {
        "--json": output.json_target is not None,
        "--edits": analysis.edits is not None,
        "--second-opinion": analysis.has_second_opinion,
        "--long-tones": analysis.has_long_tones,
    }
    for name, is_given in given.items():
        if is_given:
            raise UsageError(f"{name} belongs to single takes", "Review those by themselves")


def _refuse_odd_page(output: OutputOptions, n_takes: int) -> None:
    """Raise where the options of the page make no sense."""
    target = output.html_target
    if target is None:
        if not output.has_audio:
            raise UsageError("--no-audio means nothing without --html", "Give --html FILE too")
        return
    if n_takes > 1:
        raise UsageError("--html shows one take", "Review that take by itself")
    if target != STANDARD_OUTPUT and Path(target).suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"{target} is no name for a page", "End it in .html")


def review_takes(
    paths: Sequence[Path],
    exercise: Exercise,
    analysis: AnalysisOptions,
    output: OutputOptions,
    *,
    name: str | None = None,
) -> int:
    """Review takes one after the other; ``name`` stands for their paths in reports."""
    from practiceear.analysis.second_opinion import require_aubio
    from practiceear.reports.write import write_report

    output.refuse_impossible(paths)
    if analysis.has_second_opinion:
        require_aubio()
    reader = TextReader(is_wanted=not output.is_standard_output_taken)
    heard = ReviewedTakes()
    for path in paths:
        take_review = heard.review(path, exercise, analysis, name=name)
        if take_review is None:
            continue
        if output.html_target is not None:
            from practiceear.reports.page.page import write_review_page

            write_review_page(
                output.html_target, take_review, path, analysis.channel, has_audio=output.has_audio
            )
        reader.show(take_review)
    if output.json_target is not None:
        from practiceear.reports.json import review_json

        write_report(output.json_target, review_json(heard.reviews, heard.failed))
    if output.csv_target is not None:
        from practiceear.reports.json import notes_csv

        write_report(output.csv_target, notes_csv(heard.reviews))
    return heard.exit_code()


class TextReader:
    """Who reads the text, on standard output; may stop reading before the end."""

    def __init__(self, *, is_wanted: bool) -> None:
        self._is_wanted = is_wanted

    def show(self, take_review: TakeReview) -> None:
        """Print one review; the reports in files are still written if nobody reads on."""
        from practiceear.reports.text import review_text

        if not self._is_wanted:
            return
        try:
            print(review_text(take_review), flush=True)
        except BrokenPipeError:
            self._is_wanted = False
            discard_standard_output()


class ReviewedTakes:
    """Takes that were reviewed and those that could not be; a bad one does not stop the rest."""

    def __init__(self) -> None:
        self.reviews: list[TakeReview] = []
        self.failed: list[FailedTake] = []

    def review(
        self,
        path: Path,
        exercise: Exercise,
        analysis: AnalysisOptions,
        *,
        name: str | None = None,
    ) -> TakeReview | None:
        """Review one take; print why it cannot be, and return None."""
        from practiceear.reports.json import FailedTake

        try:
            take_review = review_one(path, exercise, analysis, name=name)
        except PracticeEarError as error:
            self.failed.append(FailedTake(str(path), error))
            complain(error)
            return None
        self.reviews.append(take_review)
        return take_review

    def exit_code(self, *, n_needed: int = 1) -> int:
        """Print which takes were cut short; choose the exit code, ``n_needed`` takes are enough."""
        is_cut_short = False
        for take_review in self.reviews:
            is_cut_short |= warn_if_cut_short(take_review.name, take_review.health)
        if self.failed and len(self.reviews) < n_needed:
            return self.failed[0].error.exit_code
        return ExitCode.PARTIAL if self.failed or is_cut_short else ExitCode.OK


def review_one(
    path: Path, exercise: Exercise, analysis: AnalysisOptions, *, name: str | None = None
) -> TakeReview:
    """Hear and measure one take."""
    from practiceear.analysis.long_tone import measure_long_tones, refuse_endless
    from practiceear.analysis.pipeline import BLOCK_SAMPLES
    from practiceear.analysis.review import review_take
    from practiceear.analysis.second_opinion import ask_aubio
    from practiceear.audio.takefile import TakeFile
    from practiceear.cli.terminal import prepare_pipeline, watched
    from practiceear.instruments.registry import load_profile

    profile = load_profile(exercise.instrument)
    take = TakeFile(path, channel=analysis.channel)
    edits = None if analysis.edits is None else _read_corrections(analysis.edits, path)
    prepare_pipeline()
    with watched(take) as source:
        heard = review_take(take, source, profile, exercise, name=name, edits=edits)
        if analysis.has_long_tones:
            blocks = source.blocks(BLOCK_SAMPLES)
            refuse_endless(heard.duration_s)
            heard = replace(heard, long_tones=measure_long_tones(blocks, source.rate_hz, profile))
    if not analysis.has_second_opinion:
        return heard
    opinion = ask_aubio(path, analysis.channel, heard.snapshot.heard_s)
    return replace(heard, second_opinion=opinion)


def _read_corrections(path: Path, take_path: Path) -> TakeEdits | PlacedMarks:
    """Read the corrections to a take; UsageError where they are broken, or another take's."""
    from practiceear.analysis.corrections.apply import PlacedMarks
    from practiceear.analysis.corrections.edits import read_edits, refuse_other_take
    from practiceear.files import sha256_of
    from practiceear.reports.labels import read_labels

    if path.suffix.lower() == ".json":
        edits = read_edits(path)
        refuse_other_take(edits, path, take_path)
        return edits
    labels = read_labels(path)
    digest = sha256_of(take_path)
    return PlacedMarks(str(path), take_path.name, digest, labels.time_s, labels.remarks)
