"""A setup as the texts of a form, and back: what is wrong is said at the field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from practiceear.errors import PracticeEarError, UsageError
from practiceear.metronome.program import GapClick, MetronomeProgram, TempoChange
from practiceear.rhythm.grid import Meter, MetronomeGrid, Subdivision
from practiceear.settings import LiveOptions

Value = TypeVar("Value")

YES_NO = {True: "yes", False: "no"}
DEFAULT_BPM = 60.0
DEFAULT_BREATH_HINT = "4+8: four beats in, eight out"


@dataclass(frozen=True, slots=True)
class SetupTexts:
    """What the fields of the form hold; ``has_metronome`` decides whether the next ones count."""

    instrument: str
    has_metronome: str
    bpm: str
    beats: str
    subdivision: str
    slot_click: str
    gap: str
    tempo_change: str
    volume_db: str
    silent: str
    count_in: str
    breath: str
    quiet: str
    rests_in_time: str
    record: str
    input_device: str
    output_device: str


class FieldError(Exception):
    """What is wrong with one field of `SetupTexts`, and what to do."""

    def __init__(self, field: str, error: PracticeEarError) -> None:
        super().__init__(str(error))
        self.field = field
        self.error = error


def texts_of(setup: LiveOptions) -> SetupTexts:
    """The texts of a setup; where it has no metronome, those of a plain one."""
    program = setup.program or MetronomeProgram(bpm=DEFAULT_BPM)
    return SetupTexts(
        instrument=setup.instrument or "",
        has_metronome=YES_NO[setup.program is not None],
        bpm=f"{program.bpm:.12g}",
        beats=str(program.meter),
        subdivision=str(program.subdivision),
        slot_click=YES_NO[program.is_slot_clicked],
        gap=str(program.gap or ""),
        tempo_change=str(program.tempo_change or ""),
        volume_db=f"{program.volume_db:g}",
        silent=YES_NO[program.is_silent],
        count_in=str(program.n_count_in_bars),
        breath="" if program.breath is None else "+".join(str(beats) for beats in program.breath),
        quiet=YES_NO[setup.is_quiet],
        rests_in_time=YES_NO[setup.is_quiet_when_in_time],
        record=YES_NO[setup.is_recording],
        input_device=setup.stream.microphone or "",
        output_device=setup.stream.loudspeaker or "",
    )


def meter_words(text: str) -> str:
    """Say how a meter is understood, ``6 beats, accents on 1 and 4``; empty where it is not."""
    try:
        meter = Meter.parse(text)
    except UsageError:
        return ""
    beats = "1 beat" if meter.n_beats == 1 else f"{meter.n_beats} beats"
    accents = [str(beat + 1) for beat in meter.accented_beats]
    if len(accents) == 1:
        return f"{beats}, accent on 1"
    return f"{beats}, accents on {', '.join(accents[:-1])} and {accents[-1]}"


def read_texts(texts: SetupTexts, before: LiveOptions) -> LiveOptions:
    """Make a setup of texts; what has no field is taken from the setup ``before``.

    FieldError where a field makes no sense.
    """
    return replace(
        before,
        instrument=texts.instrument,
        program=_read_program(texts, before) if texts.has_metronome == "yes" else None,
        stream=replace(
            before.stream,
            microphone=texts.input_device or None,
            loudspeaker=texts.output_device or None,
        ),
        is_quiet=texts.quiet == "yes",
        is_quiet_when_in_time=texts.rests_in_time == "yes",
        is_recording=texts.record == "yes",
    )


def _read_program(texts: SetupTexts, before: LiveOptions) -> MetronomeProgram:
    old_gap = before.program.gap if before.program else None
    seed = old_gap.seed if old_gap else 0
    program = MetronomeProgram(
        bpm=_read("bpm", texts.bpm, _tempo),
        meter=_read("beats", texts.beats, Meter.parse),
        subdivision=_read("subdivision", texts.subdivision, Subdivision.parse),
        is_slot_clicked=texts.slot_click == "yes",
        gap=_read("gap", texts.gap, lambda text: GapClick.parse(text, seed)) if texts.gap else None,
        volume_db=float(texts.volume_db),
        is_silent=texts.silent == "yes",
    )
    program = _read(
        "count_in", texts.count_in, lambda text: replace(program, n_count_in_bars=_whole(text))
    )
    if texts.breath:
        program = _read("breath", texts.breath, lambda text: replace(program, breath=_breath(text)))
    if not texts.tempo_change:
        return program
    return _read(
        "tempo_change",
        texts.tempo_change,
        lambda text: replace(program, tempo_change=TempoChange.parse(text)),
    )


def _read(field: str, text: str, read: Callable[[str], Value]) -> Value:
    try:
        return read(text)
    except PracticeEarError as error:
        raise FieldError(field, error) from error


def _tempo(text: str) -> float:
    try:
        bpm = float(text.replace(",", "."))
    except ValueError:
        raise UsageError(f"{text!r} is no tempo", "Give beats per minute, such as 60") from None
    MetronomeGrid(bpm)  # knows the tempos there are
    return bpm


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise UsageError(f"{text!r} is no number of bars", "Give a whole number, 0 for none")
    return int(text)


def _breath(text: str) -> tuple[int, int]:
    parts = text.split("+")
    if len(parts) != 2 or not all(part.isdecimal() for part in parts):
        raise UsageError(f"{text!r} is no breath", f"Give beats in and out, {DEFAULT_BREATH_HINT}")
    return int(parts[0]), int(parts[1])
