"""The options that commands share, and the settings that groups of them make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from practiceear.audio.container import READABLE
from practiceear.cli.option_groups import option, options_of
from practiceear.errors import UsageError

if TYPE_CHECKING:
    from practiceear.audio.blocks import StreamOptions
    from practiceear.metronome.program import MetronomeProgram
    from practiceear.reports.write import OutputOptions
    from practiceear.settings import AnalysisOptions, Exercise, LiveOptions


def number(text: str) -> float:
    """Read a number as typed; a comma is answered with how it is written here."""
    try:
        return float(text)
    except ValueError:
        written = text.replace(",", ".", 1)
        hint = f", but {written} is" if _is_number(written) else ""
        raise typer.BadParameter(f"{text!r} is not a number{hint}") from None


def tempo(text: str) -> float:
    """Read beats per minute as typed; out of range, the error repeats it as typed."""
    from practiceear.rhythm.grid import HIGHEST_BPM, LOWEST_BPM

    bpm = number(text)
    if not LOWEST_BPM <= bpm <= HIGHEST_BPM:
        raise typer.BadParameter(
            f"a tempo of {text} bpm is outside {LOWEST_BPM:g} to {HIGHEST_BPM:g}:"
            " count in longer or shorter beats, and use the subdivision for fast notes"
        )
    return bpm


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


Take = Annotated[
    Path, typer.Argument(metavar="TAKE", readable=False, help=f"A recording: {READABLE}.")
]
Instrument = Annotated[
    str | None,
    option("--instrument -i", "NAME", "What is played; `practiceear instruments` lists the names."),
]
Channel = Annotated[
    int | None, option("--channel", "N", "Listen to this channel only, counted from 1.", min=1)
]
Edits = Annotated[
    Path | None,
    option(
        "--edits",
        "FILE",
        "Corrections to the notes heard: .json, or labels from Audacity.",
        readable=False,
    ),
]
JsonTarget = Annotated[
    str | None, option("--json", "[FILE]", "Write JSON to FILE (ending in .json), or print it.")
]
Beats = Annotated[str, option("--beats", "N", "Beats in a bar: 4, or in groups: 3+2+2.")]


def exercise_options(
    instrument: Instrument = None,
    bpm: Annotated[
        float | None,
        option("--bpm", "N", "Metronome, beats per minute; else found by ear.", parser=tempo),
    ] = None,
    beats: Beats = "4",
    subdivision: Annotated[
        str | None,
        option("--subdivision", "N", "Notes to a beat: 1 2 3 4 5 6 8 or swing; else found."),
    ] = None,
    first_beat: Annotated[
        float | None,
        option(
            "--first-beat",
            "SECONDS",
            "When the first click sounds in the take; shows who was early or late.",
            parser=number,
        ),
    ] = None,
) -> Exercise:
    """What the player of a recorded take set out to play."""
    from practiceear.rhythm.grid import Meter, MetronomeGrid, Subdivision
    from practiceear.settings import Exercise

    if first_beat is not None and bpm is None:
        raise UsageError("--first-beat means nothing without a tempo", "Give --bpm too")
    if bpm is not None:  # refuses an impossible tempo before anything is heard
        MetronomeGrid(bpm=bpm, first_beat_s=first_beat or 0.0)
    return Exercise(
        bpm=bpm,
        meter=Meter.parse(beats),
        subdivision=Subdivision.parse(subdivision) if subdivision is not None else None,
        first_beat_s=first_beat,
        instrument=instrument,
    )


def analysis_options(
    channel: Channel = None,
    second_opinion: Annotated[
        str | None, option("--second-opinion", "aubio", "Show where aubio hears otherwise.")
    ] = None,
    edits: Edits = None,
    long_tones: Annotated[
        bool, option("--long-tones", None, "Also how steadily each tone is held.")
    ] = False,
) -> AnalysisOptions:
    """How a recorded take is analysed."""
    from practiceear.settings import AnalysisOptions

    if second_opinion not in (None, "aubio"):
        raise UsageError(f"there is no second opinion {second_opinion!r}", "Ask for aubio")
    return AnalysisOptions(channel, edits, long_tones, second_opinion is not None)


def output_options(
    json_target: JsonTarget = None,
    csv_target: Annotated[
        str | None, option("--csv", "[FILE]", "Write one row a note to FILE, or print it.")
    ] = None,
    html_target: Annotated[
        str | None, option("--html", "FILE", "Write a page to look at, hear and correct.")
    ] = None,
    no_audio: Annotated[
        bool, option("--no-audio", None, "Leave the sound out of the page.")
    ] = False,
) -> OutputOptions:
    """Which reports of a review are written."""
    from practiceear.reports.write import OutputOptions

    return OutputOptions(json_target, csv_target, html_target, has_audio=not no_audio)


def stream_options(
    microphone: Annotated[
        str | None, option("--input", "NAME", "Microphone; `practiceear devices` lists them.")
    ] = None,
    loudspeaker: Annotated[
        str | None, option("--output", "NAME", "Loudspeaker or headphones.")
    ] = None,
) -> StreamOptions:
    """The devices of a live take."""
    from practiceear.audio.blocks import StreamOptions

    return StreamOptions(microphone, loudspeaker)


def beat(
    bpm: Annotated[
        float | None,
        option("--bpm", "N", "Metronome, 20 to 400; without it you play free.", parser=tempo),
    ] = None,
    beats: Beats = "4",
    subdivision: Annotated[
        str, option("--subdivision", "N", "Your notes to a beat: 1 2 3 4 5 6 8, swing.")
    ] = "1",
    count_in: Annotated[
        int, option("--count-in", "BARS", "Bars before you play.", min=0, max=8)
    ] = 1,
    gap: Annotated[
        str | None, option("--gap", "BARS", "Silent bars: 2+2 is two on, two off; 30% random.")
    ] = None,
    tempo_change: Annotated[
        str | None,
        option(
            "--tempo-change",
            "HOW",
            "+4/2..120: 4 bpm more every 2 bars up to 120; alt:120/4: every 4 bars to 120.",
        ),
    ] = None,
) -> MetronomeProgram | None:
    """When the metronome clicks; None without a tempo."""
    from practiceear.metronome.program import GapClick, MetronomeProgram, TempoChange
    from practiceear.rhythm.grid import Meter, Subdivision

    meter, slots = Meter.parse(beats), Subdivision.parse(subdivision)
    if bpm is None:
        for name, is_given in (("--gap", gap), ("--tempo-change", tempo_change)):
            if is_given:
                raise UsageError(f"{name} means nothing without a metronome", "Give --bpm too")
        return None
    return MetronomeProgram(
        bpm,
        meter,
        slots,
        n_count_in_bars=count_in,
        gap=GapClick.parse(gap) if gap else None,
        tempo_change=TempoChange.parse(tempo_change) if tempo_change else None,
    )


def metronome(
    program: MetronomeProgram | None = options_of(beat),
    click_slots: Annotated[
        bool, option("--click-slots", None, "Click the subdivision too.")
    ] = False,
    volume: Annotated[
        float, option("--volume", "DB", "Of the click, -60 to 0.", parser=number)
    ] = -12.0,
    silent: Annotated[bool, option("--silent", None, "No click: the beat is only shown.")] = False,
    breath: Annotated[
        str | None, option("--breath", "IN+OUT", "A breath cue in beats, such as 4+8.")
    ] = None,
) -> MetronomeProgram | None:
    """What the metronome plays; None without a tempo."""
    if program is None:
        return None
    return replace(
        program,
        is_slot_clicked=click_slots,
        volume_db=volume,
        is_silent=silent,
        breath=_breath(breath) if breath else None,
    )


def _breath(text: str) -> tuple[int, int]:
    try:
        n_in, n_out = (int(part) for part in text.split("+"))
    except ValueError:
        raise UsageError(
            f"{text!r} is no breath cue", "Give beats in and out, such as 4+8"
        ) from None
    return n_in, n_out


def live_options(
    instrument: Instrument = None,
    program: MetronomeProgram | None = options_of(metronome),
    quiet_when_in_time: Annotated[
        bool,
        option("--quiet-when-in-time", None, "The click rests while all your notes are in time."),
    ] = False,
    stream: StreamOptions = options_of(stream_options),
    quiet: Annotated[
        bool, option("--quiet", None, "No judgement on the screen while you play.")
    ] = False,
    no_record: Annotated[bool, option("--no-record", None, "Do not keep the take.")] = False,
) -> LiveOptions:
    """Everything that is chosen before a live take."""
    from practiceear.instruments.registry import refuse_unknown
    from practiceear.settings import LiveOptions

    refuse_unknown(instrument)
    return LiveOptions(
        instrument=instrument,
        program=program,
        stream=stream,
        is_quiet=quiet,
        is_quiet_when_in_time=quiet_when_in_time,
        is_recording=not no_record,
    )


_OF_THE_DEMO = {
    "instrument": "--instrument",
    "bpm": "--bpm",
    "gap": "--gap",
    "tempo_change": "--tempo-change",
    "breath": "--breath",
    "microphone": "--input",
    "loudspeaker": "--output",
}


def refuse_beside_demo(values: Mapping[str, object]) -> None:
    """Raise where, beside ``--demo``, an option is given that the demo take has of its own."""
    for name, written in _OF_THE_DEMO.items():
        if values["demo"] and values.get(name) is not None:
            raise UsageError(
                f"{written} means nothing beside --demo",
                "Leave one of them out: it plays by itself",
            )
