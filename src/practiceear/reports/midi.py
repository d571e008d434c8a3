"""A take as a MIDI file: every note when it was played, over the beats of its metronome.

Second 0 of the file is that of the take, so that both can be laid side by side. The first bar
has a tempo of its own, by which the bars after it fall on the metronome's. Times are exact to
half a tick, at most 0.05 ms; pitches to the semitone. Velocity 127 is 0 dBFS and falls by 2 for
each dB: exact to a quarter of a dB from -63 dBFS up. A note without a clear pitch goes to a
track of percussion.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from practiceear.analysis.review import TakeReview
from practiceear.analysis.snapshot import SessionSnapshot
from practiceear.rhythm.grid import MetronomeGrid
from practiceear.units import samples_to_seconds

if TYPE_CHECKING:
    from mido import MetaMessage, MidiTrack

TICKS_PER_BEAT = 30_720
"""32 times the usual 960: at 20 bpm, the slowest, a tick is 0.098 ms."""

UNGRIDDED_BEAT_US = 500_000  # MIDI's own tempo, where a take has none

VELOCITY_PER_DB = 2.0
UNKNOWN_VELOCITY = 64  # what MIDI asks of keyboards that feel no velocity

PERCUSSION_CHANNEL = 9
WOOD_BLOCK = 76


@dataclass(frozen=True, slots=True)
class TempoMap:
    """The beats of a file: one bar of lead, then the metronome's.

    ``n_lead_beats``, ``lead_beat_us``: beats of the first bar and their length in whole
    microseconds, as MIDI counts. ``beat_us``: the length of all other beats.
    """

    n_lead_beats: int
    lead_beat_us: int
    beat_us: int

    @classmethod
    def of(cls, grid: MetronomeGrid | None) -> TempoMap:
        """The map by which bars begin where the grid's do."""
        if grid is None:
            return cls(0, UNGRIDDED_BEAT_US, UNGRIDDED_BEAT_US)
        n_beats = grid.meter.n_beats
        bar_s = n_beats * grid.beat_s
        lead_s = grid.first_beat_s % bar_s
        if lead_s < 0.5 * bar_s:  # a shorter bar would need an absurd tempo
            lead_s += bar_s
        return cls(n_beats, round(1e6 * lead_s / n_beats), round(1e6 * grid.beat_s))

    def tick(self, time_s: float) -> int:
        """The tick nearest to a time of the take."""
        lead_beats = 1e6 * time_s / self.lead_beat_us
        if lead_beats < self.n_lead_beats:
            return round(TICKS_PER_BEAT * lead_beats)
        beats = (1e6 * time_s - self.n_lead_beats * self.lead_beat_us) / self.beat_us
        return round(TICKS_PER_BEAT * (self.n_lead_beats + beats))


def played_midi(review: TakeReview) -> bytes:
    """Return the notes of a take as a MIDI file of type 1: tempo, notes, notes without pitch."""
    from mido import MidiFile

    snapshot = review.snapshot
    grid = snapshot.grid_fit.grid
    tempo_map = TempoMap.of(grid)
    file = MidiFile(type=1, ticks_per_beat=TICKS_PER_BEAT, charset="utf-8")
    file.tracks.append(_tempo_track(grid, tempo_map))
    has_pitch = np.isfinite(snapshot.notes["pitch_midi"])
    file.tracks.append(_note_track(snapshot, tempo_map, has_pitch, snapshot.profile.name))
    if not has_pitch.all():
        file.tracks.append(_note_track(snapshot, tempo_map, ~has_pitch, "no clear pitch"))
    content = io.BytesIO()
    file.save(file=content)
    return content.getvalue()


def velocity_of(level_dbfs: float) -> int:
    """MIDI velocity, 1 to 127, of a level; 64 where the level is not known."""
    if not math.isfinite(level_dbfs):
        return UNKNOWN_VELOCITY
    return min(127, max(1, round(127 + VELOCITY_PER_DB * level_dbfs)))


def _tempo_track(grid: MetronomeGrid | None, tempo_map: TempoMap) -> MidiTrack:
    from mido import MetaMessage, MidiTrack

    timed: list[MetaMessage] = []
    if grid is not None:
        n_beats = grid.meter.n_beats
        timed.append(MetaMessage("time_signature", numerator=n_beats, denominator=4))
    timed.append(MetaMessage("set_tempo", tempo=tempo_map.lead_beat_us))
    if tempo_map.n_lead_beats:
        lead_ticks = TICKS_PER_BEAT * tempo_map.n_lead_beats
        timed.append(MetaMessage("set_tempo", tempo=tempo_map.beat_us, time=lead_ticks))
    track = MidiTrack(timed)
    track.name = "tempo"
    return track


def _note_track(
    snapshot: SessionSnapshot, tempo_map: TempoMap, is_wanted: np.ndarray, name: str
) -> MidiTrack:
    """A track of the notes that are wanted, in the order in which they sound and stop."""
    from mido import Message, MidiTrack

    timed: list[tuple[int, int, Message]] = []
    for note in snapshot.notes[is_wanted]:
        is_pitched = math.isfinite(note["pitch_midi"])
        key = min(127, max(0, round(float(note["pitch_midi"])))) if is_pitched else WOOD_BLOCK
        channel = 0 if is_pitched else PERCUSSION_CHANNEL
        start = tempo_map.tick(samples_to_seconds(int(note["onset_sample"]), snapshot.rate_hz))
        end = tempo_map.tick(samples_to_seconds(int(note["offset_sample"]), snapshot.rate_hz))
        velocity = velocity_of(float(note["level_dbfs"]))
        timed += [
            (start, 1, Message("note_on", channel=channel, note=key, velocity=velocity)),
            (max(end, start + 1), 0, Message("note_off", channel=channel, note=key, velocity=0)),
        ]
    track, now = MidiTrack(), 0
    track.name = name
    # At one tick a note ends before the next begins: they may have the same pitch.
    for tick, _, message in sorted(timed, key=lambda event: event[:2]):
        track.append(message.copy(time=tick - now))
        now = tick
    return track
