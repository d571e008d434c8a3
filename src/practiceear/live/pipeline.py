"""What a live session does with its sound: its own click out, notes found, counted, recorded.

Until the take has ended all of it runs in the analysis thread.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from practiceear.analysis.missed_notes import estimate_hearing
from practiceear.analysis.pipeline import NotePipeline, PipelineOutput
from practiceear.audio.blocks import AudioBlock, Samples
from practiceear.audio.recording_quality import QualityMeter
from practiceear.audio.shared_buffer import SharedAudioBuffer
from practiceear.audio.take_writer import TakeWriter
from practiceear.click_removal.click_filter import ClickFilter
from practiceear.instruments.profile import InstrumentProfile
from practiceear.live.click_feed import ClickFeed
from practiceear.live.levels import InputLevel, TakeEnding
from practiceear.live.snapshot import LivePhase
from practiceear.live.tally import LiveTally
from practiceear.metronome.click import QuietClick, click_sounds
from practiceear.notes.tracker import NOTE, NoteArray
from practiceear.settings import LiveOptions

CLICKS_FOR_LAG = 4

LAG_MOVED_S = 0.003
"""Half of what is heard as late: from here on a calibration no longer holds."""

UPBEAT_BEATS = 1.1
"""How much of the end of a count-in the player's upbeat may take."""

LONGEST_HELD_S = 12.0

METRONOME_GONE_S = 4.0
"""So long after its last click a metronome is no longer shown."""

CLICK_LIKE_RESIDUE = 0.4
"""From here on a sound that is no louder than `MOST_LEFT` where one's own click is due is it."""

MOST_LEFT = 0.5
"""Amplitude that subtraction may leave of a click: with more, `ClickModel` learns it anew."""

MISSED_EVERY_S, MISSED_WITHIN_S = 2.0, 20.0
"""So often it is asked whether notes are being missed, of so much of the last playing."""


@dataclass(frozen=True, slots=True)
class LivePlan:
    """What a live session is to do.

    Attributes
    ----------
    profile
        The instrument that is listened for.
    options
        As they were chosen.
    lag_s
        Round trip of a click from a calibration of these devices; None where there is none.
    writer
        Where the take is written; None does not record.
    """

    profile: InstrumentProfile
    options: LiveOptions = field(default_factory=LiveOptions)
    lag_s: float | None = None
    writer: TakeWriter | None = None


class LivePipeline:
    """The sound of one take, from the stream to notes.

    Parameters
    ----------
    exchange
        Where its clicks go, and where they are muted.
    plan
        The instrument, the metronome and where the take is recorded.
    clock_s
        Monotonic seconds; notes are stamped with them.

    Attributes
    ----------
    note_pipeline, quality, level, tally
        Find the notes, and measure and count what was heard.
    feed, click_filter
        Play the clicks and take them out again; None without a metronome.
    phase
        How far the take has come, by its sound.
    are_notes_missing
        Whether notes are probably being missed now.
    heard_samples, n_lost_samples
        How much of the stream was heard, and how much of it never arrived.
    """

    def __init__(
        self, exchange: SharedAudioBuffer, plan: LivePlan, clock_s: Callable[[], float]
    ) -> None:
        self.exchange, self.plan, self._clock_s = exchange, plan, clock_s
        self._arrived_s = math.nan
        rate_hz = exchange.rate_hz
        self.note_pipeline = NotePipeline(
            rate_hz, plan.profile, is_pitch_wanted=False, is_own_click=self._is_own_click
        )
        self.feed: ClickFeed | None = None
        self.click_filter: ClickFilter | None = None
        upbeat_s = 0.0
        if plan.options.program:
            self.feed = ClickFeed(plan.options.program, exchange)
            self.click_filter = ClickFilter(rate_hz, click_sounds(rate_hz), lag_s=plan.lag_s)
            upbeat_s = _upbeat_s(self.feed)
        self._gate = CountInGate(rate_hz, upbeat_s, self.click_filter)
        self.quality = QualityMeter(1, rate_hz)
        self.level = InputLevel(rate_hz)
        self._ending = TakeEnding(rate_hz, self.feed)
        self.tally = LiveTally(rate_hz, self.feed)
        self._quiet = QuietClick() if plan.options.is_quiet_when_in_time and self.feed else None
        self._notes: list[NoteArray] = []
        self.phase = LivePhase.READY
        self.are_notes_missing = False
        self._missed_asked_s = 0.0
        self.heard_samples = self.n_lost_samples = 0
        self._next_sample = 0

    @property
    def now_s(self) -> float:
        """How much of the stream was heard, in seconds."""
        return self.heard_samples / self.note_pipeline.rate_hz

    @property
    def is_click_resting(self) -> bool:
        """Whether the click rests because all is in time."""
        return self._quiet is not None and self._quiet.is_resting

    def notes(self) -> NoteArray:
        """All notes of the ended take, dtype ``NOTE``, without those of the count-in."""
        notes = np.concatenate(self._notes) if self._notes else np.zeros(0, NOTE)
        first_sample = round(self._earliest_note_s() * self.note_pipeline.rate_hz)
        notes = self.note_pipeline.notes_of_take(notes)
        of_take: NoteArray = notes[notes["onset_sample"] >= first_sample]
        return of_take

    def heard_metronome_bpm(self) -> float | None:
        """Clicks a minute of a metronome that is not one's own and sounds now; None where none."""
        newest = self.note_pipeline.newest_metronome
        is_sounding = newest is not None and self.now_s - newest.last_s < METRONOME_GONE_S
        return newest.per_minute if newest is not None and is_sounding else None

    def room_dbfs(self) -> float:
        """Level of the room without the click; NaN before it was heard."""
        return self._ending.room_dbfs

    def lag_s(self) -> float | None:
        """The round trip of a click: heard in this take, or else from the calibration."""
        if self.click_filter is not None and self._is_lag_heard:
            return self.click_filter.lag_s
        return self.plan.lag_s

    @property
    def lag_off_s(self) -> float:
        """How far off the round trip may be: a calibration may have moved unnoticed."""
        return 0.0 if self._is_lag_heard else LAG_MOVED_S

    @property
    def _is_lag_heard(self) -> bool:
        heard = self.click_filter
        return heard is not None and heard.n_heard >= CLICKS_FOR_LAG and math.isfinite(heard.lag_s)

    def push(self, block: AudioBlock) -> None:
        """Take in the next block of the stream."""
        self._arrived_s = self._clock_s()  # before anything takes time
        n_lost = block.first_sample - self._next_sample
        self._next_sample = block.first_sample + len(block.samples)
        self.n_lost_samples += n_lost
        self.level.add(block.samples)
        clean = self._without_click(block.samples, n_lost)
        for passed in self._gate.pass_on(AudioBlock(clean, block.first_sample)):
            self._push_clean(passed)
        self.heard_samples = self._next_sample

    def push_held(self) -> None:
        """Take in what a take that ends in the count-in has not let through yet."""
        for block in self._gate.held:
            self._push_clean(block)

    def finish(self) -> None:
        """Confirm the notes that are still open."""
        self._take_in(self.note_pipeline.finish())

    def advance(self) -> None:
        """Move on to the phase that the sound has reached."""
        if self.feed is not None and self.now_s < self.feed.start_s:
            self.phase = LivePhase.COUNT_IN
        elif self.feed is not None or self.tally.n_confirmed or self.tally.notes():
            self.phase = LivePhase.PLAYING
        if self.now_s - self._missed_asked_s >= MISSED_EVERY_S:
            self._missed_asked_s = self.now_s
            self.are_notes_missing = self._are_notes_missing()

    def _are_notes_missing(self) -> bool:
        """Whether notes are missing in the last passage of the last playing."""
        if self.note_pipeline.metronomes:  # its clicks leave the same traces
            return False
        from_s = max(self._earliest_note_s(), self.now_s - MISSED_WITHIN_S)
        hearing = estimate_hearing(self.note_pipeline.evidence(self.notes(), from_s))
        return hearing.is_missing and hearing.missing_s[-1][1] == hearing.passages[-1].end_s

    def is_over(self) -> bool:
        """Whether the player has ended, by the sound."""
        return self.plan.options.ends_by_itself and self._ending.is_over(
            self.now_s, self.tally.last_onset_s, self.note_pipeline.silent_since_sample
        )

    def _earliest_note_s(self) -> float:
        """Notes before this belong to the count-in; an upbeat of one beat does not."""
        return 0.0 if self.feed is None else _upbeat_s(self.feed) + (self.lag_s() or 0.0)

    def _without_click(self, samples: Samples, n_lost: int) -> Samples:
        if self.click_filter is None or self.feed is None:
            return samples
        self.feed.top_up(self._next_sample)  # notes after a stall find their slots planned
        self.click_filter.announce(self.feed.sounded(self._next_sample))
        if n_lost:  # its clicks are counted in samples of the stream
            self.click_filter.process(np.zeros(n_lost, np.float32))
        return self.click_filter.process(samples)

    def _is_own_click(self, onset: np.void) -> bool:
        """Whether a confirmed onset is what subtraction has left of a click of one's own."""
        if self.click_filter is None or onset["click_like"] < CLICK_LIKE_RESIDUE:
            return False
        return self.click_filter.left_of_click(int(onset["onset_sample"])) <= MOST_LEFT

    def _push_clean(self, block: AudioBlock) -> None:
        clean = block.samples
        self.quality.add(clean[:, np.newaxis], clean)
        self._ending.add(clean)
        if self.plan.writer is not None:
            self.plan.writer.write(block)
        self._take_in(self.note_pipeline.push(block))

    def _take_in(self, output: PipelineOutput) -> None:
        self.tally.lag_s, self.tally.first_s = self.lag_s(), self._earliest_note_s()
        confirmed = self.tally.add_events(output.events, self._arrived_s)
        self.tally.add_notes(output.notes)
        if len(output.notes):
            self._notes.append(output.notes)
        if self._quiet is not None and self.phase is LivePhase.PLAYING:
            for note in confirmed:
                self._quiet.add(note.deviation_s, self.tally.slot_s())
            self.exchange.set_muted(self._quiet.is_resting)


class CountInGate:
    """Holds the count-in back until it is known whether the microphone hears its clicks.

    They cannot be taken out yet, and the detector would take their level for that of the
    playing: where they are heard, the count-in becomes silence, but for an upbeat's place.

    Parameters
    ----------
    rate_hz
        Samples per second.
    until_s
        From when on a sound may be the player's upbeat, in seconds of the stream.
    click_filter
        Knows whether the clicks are heard; None without a metronome: everything passes.
    """

    def __init__(self, rate_hz: int, until_s: float, click_filter: ClickFilter | None) -> None:
        self._click_filter = click_filter
        self._until_sample = round(until_s * rate_hz)
        self._longest_samples = LONGEST_HELD_S * rate_hz
        self._is_over = click_filter is None
        self.held: list[AudioBlock] = []

    def pass_on(self, block: AudioBlock) -> list[AudioBlock]:
        """Take in the next block; return those that may be analysed now."""
        is_past = block.first_sample >= self._until_sample
        if self._click_filter is None or self._is_over or (is_past and not self.held):
            return [block]
        self.held.append(block)
        end_sample = block.first_sample + len(block.samples)
        is_long = end_sample - self.held[0].first_sample > self._longest_samples
        is_complete = end_sample >= self._until_sample
        is_heard = self._click_filter.is_heard
        if not (is_heard or is_long or is_complete):
            return []
        held, self.held = self.held, []
        self._is_over = is_complete or not is_heard
        return [self._silenced(block) for block in held] if is_heard else held

    def _silenced(self, block: AudioBlock) -> AudioBlock:
        """The block with silence up to where an upbeat may begin."""
        samples = block.samples.copy()
        samples[: max(0, self._until_sample - block.first_sample)] = 0.0
        return AudioBlock(samples, block.first_sample)


def _upbeat_s(feed: ClickFeed) -> float:
    """From when on a sound may be the player's upbeat, in seconds of the stream."""
    return feed.start_s - UPBEAT_BEATS * 60.0 / feed.program.bpm
