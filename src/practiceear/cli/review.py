"""``practiceear review``: hear recorded takes and report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from practiceear.audio.file_endings import READABLE
from practiceear.cli.error_output import complain, discard_standard_output, warn_if_cut_short
from practiceear.cli.html_report import HtmlTarget, NoAudio, refuse_odd_page
from practiceear.cli.many import DaskAddress, Jobs, is_many, refuse_beside_many, review_many
from practiceear.cli.options import Channel, Edits, Instrument, JsonTarget, number, tempo
from practiceear.errors import ExitCode, PracticeEarError, UsageError
from practiceear.reports.write import STANDARD_OUTPUT

if TYPE_CHECKING:
    from practiceear.analysis.review import TakeReview
    from practiceear.analysis.snapshot import Exercise
    from practiceear.instruments.profile import InstrumentProfile
    from practiceear.reports.json import FailedTake

Takes = Annotated[
    list[Path] | None,
    typer.Argument(metavar="TAKE...", readable=False, help=f"Recordings: {READABLE}."),
]
Bpm = Annotated[
    float | None,
    typer.Option(
        "--bpm",
        metavar="N",
        parser=tempo,
        help="Metronome, beats per minute; else found by ear.",
    ),
]
Beats = Annotated[
    str,
    typer.Option("--beats", metavar="N", help="Beats in a bar: 4, or in groups: 3+2+2."),
]
Notes = Annotated[
    str | None,
    typer.Option(
        "--subdivision", metavar="N", help="Notes to a beat: 1 2 3 4 5 6 8 or swing; else found."
    ),
]
FirstBeat = Annotated[
    float | None,
    typer.Option(
        "--first-beat",
        metavar="SECONDS",
        parser=number,
        help="When the first click sounds in the take; shows who was early or late.",
    ),
]
CsvTarget = Annotated[
    str | None,
    typer.Option("--csv", metavar="[FILE]", help="Write one row a note to FILE, or print it."),
]
SecondOpinion = Annotated[
    str | None,
    typer.Option("--second-opinion", metavar="aubio", help="Show where aubio hears otherwise."),
]
LongTones = Annotated[
    bool, typer.Option("--long-tones", help="Also how steadily each tone is held.")
]
Demo = Annotated[bool, typer.Option("--demo", help="Review the built-in demo take.")]


def review(
    takes: Takes = None,
    instrument: Instrument = None,
    bpm: Bpm = None,
    beats: Beats = "4",
    subdivision: Notes = None,
    first_beat: FirstBeat = None,
    channel: Channel = None,
    json_target: JsonTarget = None,
    csv_target: CsvTarget = None,
    html_target: HtmlTarget = None,
    no_audio: NoAudio = False,
    jobs: Jobs = 1,
    dask: DaskAddress = None,
    second_opinion: SecondOpinion = None,
    edits: Edits = None,
    long_tones: LongTones = False,
    demo: Demo = False,
) -> int:
    """Hear recorded takes and report how even they are.

    Exit code 0: all reviewed; 3: the take cannot be used; 6: some takes, or the end of
    one, could not be read, the rest is reported.
    """
    from practiceear.analysis.review import load_profile
    from practiceear.batch.many_takes import HowToListen
    from practiceear.fixtures.fixture import demo_take

    if demo == bool(takes):
        raise UsageError("review takes either recordings or --demo", "Name one or more recordings")
    if second_opinion not in (None, "aubio"):
        raise UsageError(f"there is no second opinion {second_opinion!r}", "Ask for aubio")
    if edits is not None and len(takes or []) != 1:
        raise UsageError("--edits belongs to one take", "Review that take by itself")
    exercise = exercise_of(bpm, beats, subdivision, first_beat)
    profile = load_profile(instrument)
    if is_many(takes or [], html_target, jobs, dask):
        refuse_beside_many(
            {
                "--json": json_target,
                "--edits": edits,
                "--second-opinion": second_opinion,
                "--long-tones": long_tones or None,
            }
        )
        return review_many(
            takes or [],
            HowToListen(
                instrument, bpm, beats, subdivision, first_beat, channel, has_audio=not no_audio
            ),
            html_target=html_target,
            csv_target=csv_target,
            n_jobs=jobs,
            dask=dask,
        )
    refuse_odd_page(html_target, len(takes or []), is_without_audio=no_audio)
    wishes = Wishes(json_target, csv_target, second_opinion is not None, html_target, not no_audio)
    if not demo:
        listening = Listening(profile, exercise, channel, edits=edits, has_long_tones=long_tones)
        return review_takes(takes or [], listening, wishes)
    with demo_take() as fixture:
        profile = load_profile(fixture.instrument)
        listening = Listening(profile, fixture.exercise, name="the built-in demo take")
        return review_takes([fixture.take_path], listening, wishes)


@dataclass(frozen=True, slots=True)
class Listening:
    """How to listen to each take."""

    profile: InstrumentProfile
    exercise: Exercise
    channel: int | None = None
    name: str | None = None
    edits: Path | None = None
    has_long_tones: bool = False


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is wanted beside the text, and where; ``-`` is standard output."""

    json_target: str | None
    csv_target: str | None
    is_second_opinion_wanted: bool
    html_target: str | None = None
    has_audio: bool = True

    @property
    def is_output_taken(self) -> bool:
        """Whether a report goes to standard output instead of the text."""
        return STANDARD_OUTPUT in (self.json_target, self.csv_target, self.html_target)

    def refuse_impossible(self, takes: Sequence[Path]) -> None:
        """Raise, before anything is heard, where a wish cannot be fulfilled."""
        from practiceear.analysis.second_opinion import require_aubio
        from practiceear.reports.write import refuse_target

        named = {"--json": self.json_target, "--csv": self.csv_target, "--html": self.html_target}
        places: dict[str | Path, str] = {}
        for option, target in named.items():
            if target is None:
                continue
            refuse_target(target, takes)
            place = target if target == STANDARD_OUTPUT else Path(target).resolve()
            if place in places:
                raise UsageError(
                    f"{places[place]} and {option} would go to the same place", "Give one a file"
                )
            places[place] = option
        if self.is_second_opinion_wanted:
            require_aubio()


def review_takes(paths: Sequence[Path], listening: Listening, wishes: Wishes) -> int:
    """Review takes one after the other; a bad one does not stop the rest."""
    from practiceear.reports.json import FailedTake

    wishes.refuse_impossible(paths)
    reader = TextReader(is_wanted=not wishes.is_output_taken)
    reviews: list[TakeReview] = []
    failed: list[FailedTake] = []
    for path in paths:
        try:
            take_review = review_one(path, listening, wishes)
        except PracticeEarError as error:
            failed.append(FailedTake(str(path), error))
            complain(error)
            continue
        if wishes.html_target is not None:
            from practiceear.reports.page.page import write_review_page

            write_review_page(
                wishes.html_target, take_review, path, listening.channel, has_audio=wishes.has_audio
            )
        reviews.append(take_review)
        reader.show(take_review)
    _write_reports(reviews, failed, wishes)
    return closing_code(reviews, failed)


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


def _write_reports(
    reviews: Sequence[TakeReview], failed: Sequence[FailedTake], wishes: Wishes
) -> None:
    from practiceear.reports.json import review_json
    from practiceear.reports.note_table import notes_csv
    from practiceear.reports.write import write_report

    if wishes.json_target is not None:
        write_report(wishes.json_target, review_json(reviews, failed))
    if wishes.csv_target is not None:
        write_report(wishes.csv_target, notes_csv(reviews))


def exercise_of(
    bpm: float | None, beats: str, subdivision: str | None, first_beat_s: float | None
) -> Exercise:
    """What the options say that the player set out to play."""
    from practiceear.analysis.snapshot import Exercise
    from practiceear.rhythm.grid import Meter, MetronomeGrid, Subdivision

    if first_beat_s is not None and bpm is None:
        raise UsageError("--first-beat means nothing without a tempo", "Give --bpm too")
    if bpm is not None:  # refuses an impossible tempo before anything is heard
        MetronomeGrid(bpm=bpm, first_beat_s=first_beat_s or 0.0)
    return Exercise(
        bpm=bpm,
        meter=Meter.parse(beats),
        subdivision=Subdivision.parse(subdivision) if subdivision is not None else None,
        first_beat_s=first_beat_s,
    )


def review_one(path: Path, listening: Listening, wishes: Wishes) -> TakeReview:
    """Hear and measure one take."""
    from practiceear.analysis.long_tone import measure_long_tones, refuse_endless
    from practiceear.analysis.review import BLOCK_SAMPLES, review_take
    from practiceear.analysis.second_opinion import ask_aubio
    from practiceear.audio.takefile import TakeFile
    from practiceear.cli.options import read_corrections
    from practiceear.cli.startup_progress import prepare_pipeline, watched

    take = TakeFile(path, channel=listening.channel)
    edits = None if listening.edits is None else read_corrections(listening.edits, path)
    prepare_pipeline()
    with watched(take) as source:
        heard = review_take(
            take, source, listening.profile, listening.exercise, name=listening.name, edits=edits
        )
        if listening.has_long_tones:
            blocks = source.blocks(BLOCK_SAMPLES)
            refuse_endless(heard.duration_s)
            tones = measure_long_tones(blocks, source.rate_hz, listening.profile)
            heard = replace(heard, long_tones=tones)
    if not wishes.is_second_opinion_wanted:
        return heard
    opinion = ask_aubio(path, listening.channel, heard.snapshot.heard_s)
    return replace(heard, second_opinion=opinion)


def closing_code(
    reviews: Sequence[TakeReview], failed: Sequence[FailedTake], *, n_needed: int = 1
) -> int:
    """Say which takes were cut short, and choose the exit code; ``n_needed`` takes are enough."""
    is_cut_short = False
    for take_review in reviews:
        is_cut_short |= warn_if_cut_short(take_review.name, take_review.health)
    if failed and len(reviews) < n_needed:
        return failed[0].error.exit_code
    return ExitCode.PARTIAL if failed or is_cut_short else ExitCode.OK
