"""``practiceear export`` and ``onsets``: a take for other programs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from practiceear.cli.option_groups import option, options_of
from practiceear.cli.options import Channel, Edits, Instrument, JsonTarget, Take, exercise_options
from practiceear.cli.review import review_one
from practiceear.cli.terminal import warn_if_cut_short
from practiceear.errors import ExitCode, UsageError
from practiceear.plain_text import printable

if TYPE_CHECKING:
    from practiceear.analysis.review import TakeReview
    from practiceear.settings import Exercise

ENDINGS = (".txt", ".svl", ".csv", ".mid", ".json")
LAYERS = ("onsets", "deviation", "level")

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...",
        readable=False,
        help="What to write: .txt for Audacity, .svl or .csv for Sonic Visualiser,"
        " .mid, or .json for the corrections themselves.",
    ),
]
LayerName = Annotated[
    str,
    option(
        "--layer", "NAME", "What .svl and .csv show: onsets, deviation (late or early) or level."
    ),
]


def export(
    take: Take,
    files: Files,
    layer: LayerName = "onsets",
    exercise: Exercise = options_of(exercise_options),
    channel: Channel = None,
    edits: Edits = None,
) -> int:
    """Write a take's notes for another program.

    For Audacity, Sonic Visualiser or a sequencer, by the file's ending.

    Labels that were corrected in Audacity come back with --edits, here and in review.
    """
    from practiceear.reports.text import corrections_spoken
    from practiceear.reports.write import write_report
    from practiceear.settings import AnalysisOptions

    _refuse_impossible(take, files, edits, layer)
    heard = review_one(take, exercise, AnalysisOptions(channel, edits))
    written = [(file, _content(heard, file, layer)) for file in files]
    for file, content in written:
        write_report(str(file), content)
    n_notes = len(heard.snapshot.notes)
    corrected = "" if heard.correction is None else f" {corrections_spoken(heard.correction.edits)}"
    names = ", ".join(printable(str(file)) for file in files)
    print(f"{n_notes} note{'' if n_notes == 1 else 's'}{corrected}: {names}")
    return ExitCode.PARTIAL if warn_if_cut_short(heard.name, heard.health) else ExitCode.OK


def _refuse_impossible(take: Path, files: Sequence[Path], edits: Path | None, layer: str) -> None:
    """Raise, before anything is heard, where a file cannot or must not be written."""
    from practiceear.reports.write import refuse_target

    if layer not in LAYERS:
        raise UsageError(f"there is no layer {layer!r}", f"Choose one of {', '.join(LAYERS)}")
    for file in files:
        if file.suffix.lower() not in ENDINGS:
            raise UsageError(
                f"what {file} should hold is not clear from its ending",
                f"End its name in one of {', '.join(ENDINGS)}",
            )
        if file.suffix.lower() == ".json" and edits is None:
            raise UsageError(f"there are no corrections to write to {file}", "Give --edits too")
        refuse_target(str(file), [take])
        if edits is not None and file.exists() and edits.exists() and file.samefile(edits):
            raise UsageError(
                f"{file} holds the corrections and would be overwritten", "Choose another file"
            )
    if len({file.resolve() for file in files}) < len(files):
        raise UsageError("one file is named twice", "Name each file once")


def _content(heard: TakeReview, file: Path, layer: str) -> str | bytes:
    """What is to be written to ``file``, by its ending."""
    from practiceear.analysis.corrections.edits import edits_text
    from practiceear.reports.labels import Layer, labels_text, layer_csv, layer_svl
    from practiceear.reports.midi import played_midi

    ending = file.suffix.lower()
    if ending == ".txt":
        return labels_text(heard)
    if ending == ".mid":
        return played_midi(heard)
    if ending == ".json" and heard.correction is not None:
        return edits_text(heard.correction.edits)
    shown = Layer(layer)
    fit = heard.snapshot.grid_fit
    if shown is Layer.DEVIATION and fit.grid is None:
        raise UsageError(
            f"nothing in {heard.name} is late or early: {fit.reason}",
            "Give --bpm, or choose another --layer",
        )
    return layer_svl(heard, shown) if ending == ".svl" else layer_csv(heard, shown)


def onsets(
    take: Take,
    instrument: Instrument = None,
    channel: Channel = None,
    json_target: JsonTarget = None,
) -> int:
    """Print the time of each note's onset in seconds, one a line.

    With --json also when a live listener would have known of it, its level and how
    clearly it was heard.
    """
    from practiceear.analysis.detect_onsets import onsets_of
    from practiceear.audio.takefile import TakeFile
    from practiceear.cli.terminal import prepare_pipeline, watched
    from practiceear.instruments.registry import load_profile
    from practiceear.reports.write import STANDARD_OUTPUT, refuse_target, write_report

    profile = load_profile(instrument)
    if json_target is not None:
        refuse_target(json_target, [take])
    file = TakeFile(take, channel=channel)
    prepare_pipeline()
    with watched(file) as source:
        found = onsets_of(source, profile)
    if json_target is not None:
        from practiceear.reports.json import onsets_json

        write_report(json_target, onsets_json(str(take), file.file_rate_hz, found))
    else:
        write_report(STANDARD_OUTPUT, "".join(f"{onset_s:.6f}\n" for onset_s in found["onset_s"]))
    return ExitCode.PARTIAL if warn_if_cut_short(str(take), file.health) else ExitCode.OK
