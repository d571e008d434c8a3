"""Options of the live verbs, and the metronome's program that they amount to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from practiceear.cli.options import number, tempo
from practiceear.errors import UsageError

if TYPE_CHECKING:
    from practiceear.metronome.program import MetronomeProgram

InputDevice = Annotated[
    str | None,
    typer.Option("--input", metavar="NAME", help="Microphone; `practiceear devices` lists them."),
]
OutputDevice = Annotated[
    str | None, typer.Option("--output", metavar="NAME", help="Loudspeaker or headphones.")
]
LiveBpm = Annotated[
    float | None,
    typer.Option(
        "--bpm",
        metavar="N",
        parser=tempo,
        help="Metronome, 20 to 400; without it you play free.",
    ),
]
LiveBeats = Annotated[
    str, typer.Option("--beats", metavar="N", help="Beats in a bar: 4, or in groups: 3+2+2.")
]
LiveNotes = Annotated[
    str,
    typer.Option("--subdivision", metavar="N", help="Your notes to a beat: 1 2 3 4 5 6 8, swing."),
]
CountIn = Annotated[
    int, typer.Option("--count-in", metavar="BARS", help="Bars before you play.", min=0, max=8)
]
Gap = Annotated[
    str | None,
    typer.Option("--gap", metavar="BARS", help="Silent bars: 2+2 is two on, two off; 30% random."),
]
TempoChanges = Annotated[
    str | None,
    typer.Option(
        "--tempo-change",
        metavar="HOW",
        help="+4/2..120: 4 bpm more every 2 bars up to 120; alt:120/4: every 4 bars to 120.",
    ),
]
Slots = Annotated[bool, typer.Option("--click-slots", help="Click the subdivision too.")]
Volume = Annotated[
    float,
    typer.Option("--volume", metavar="DB", parser=number, help="Of the click, -60 to 0."),
]
Silent = Annotated[bool, typer.Option("--silent", help="No click: the beat is only shown.")]
Breath = Annotated[
    str | None,
    typer.Option("--breath", metavar="IN+OUT", help="A breath cue in beats, such as 4+8."),
]
QuietInTime = Annotated[
    bool,
    typer.Option("--quiet-when-in-time", help="The click rests while all your notes are in time."),
]


def refuse_beside_demo(given: Mapping[str, object]) -> None:
    """Raise where something is asked for that the demo take has of its own."""
    for name, value in given.items():
        if value is not None:
            raise UsageError(
                f"{name} means nothing beside --demo", "Leave one of them out: it plays by itself"
            )


def program_of(
    bpm: float | None,
    beats: str,
    subdivision: str,
    *,
    count_in: int = 1,
    gap: str | None = None,
    tempo_change: str | None = None,
    click_slots: bool = False,
    volume: float = -12.0,
    silent: bool = False,
    breath: str | None = None,
) -> MetronomeProgram | None:
    """The metronome that the options ask for; None without a tempo.

    Raises
    ------
    UsageError
        Where they make no sense.
    """
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
        is_slot_clicked=click_slots,
        gap=GapClick.parse(gap) if gap else None,
        tempo_change=TempoChange.parse(tempo_change) if tempo_change else None,
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
