"""What a live session does with its sound: own click out, through the ear, counted, written down.

All of it runs in the analysis thread, and in none but it until the take has ended.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from practiceear.analysis.pipeline import NotePipeline, PipelineOutput
from practiceear.audio.blocks import AudioBlock, Samples
from practiceear.audio.recording_quality import QualityMeter
from practiceear.audio.shared_buffer import SharedAudioBuffer
from practiceear.click_removal.click_filter import ClickFilter
from practiceear.live.click_feed import ClickFeed
from practiceear.live.count_in import CountInGate, upbeat_from_s
from practiceear.live.levels import LevelMeter
from practiceear.live.plan import LivePlan
from practiceear.live.snapshot import LAG_MOVED_S, LivePhase
from practiceear.live.take_ending import TakeEnding
from practiceear.live.tally import LiveTally
from practiceear.metronome.click_sounds import click_sounds
from practiceear.metronome.quiet_click import QuietClick
from practiceear.notes.tracker import NOTE, NoteArray

CLICKS_FOR_LAG = 4


class LivePipeline:
    """The sound of one take, from the stream to notes.

    Parameters
    ----------
    exchange
        Where its clicks go, and where they are muted.
    plan
        What is listened for.
    clock_s
        Seconds that never run backwards; notes are stamped with them.

    Attributes
    ----------
    note_pipeline, quality, level, tally
        What hears, and what counts what was heard.
    feed, click_filter
        Plays the clicks and takes them out again; None without a metronome.
    phase
        How far the take has come, as the sound tells.
    heard_samples, n_lost_samples
        How much of the stream was heard, and how much of it never arrived.
    """

    def __init__(
        self, exchange: SharedAudioBuffer, plan: LivePlan, clock_s: Callable[[], float]
    ) -> None:
        self._exchange, self._plan, self._clock_s = exchange, plan, clock_s
        self._sound_came_s = math.nan
        rate_hz = exchange.rate_hz
        self.note_pipeline = NotePipeline(rate_hz, plan.profile, is_pitch_wanted=False)
        self.feed = ClickFeed(plan.options.program, exchange) if plan.options.program else None
        self.click_filter = (
            ClickFilter(rate_hz, click_sounds(rate_hz), lag_s=plan.lag_s) if self.feed else None
        )
        until_s = upbeat_from_s(self.feed) if self.feed is not None else 0.0
        self._gate = CountInGate(rate_hz, until_s, self.click_filter)
        self.quality = QualityMeter(1, rate_hz)
        self.level = LevelMeter(rate_hz)
        self._ending = TakeEnding(rate_hz, self.feed)
        self.tally = LiveTally(rate_hz, self.feed)
        self._quiet = QuietClick() if plan.options.is_quiet_when_in_time and self.feed else None
        self._notes: list[NoteArray] = []
        self.phase = LivePhase.READY
        self.heard_samples = self.n_lost_samples = 0
        self._next_sample = 0

    @property
    def now_s(self) -> float:
        """So much of the stream was heard."""
        return self.heard_samples / self.note_pipeline.rate_hz

    @property
    def is_click_resting(self) -> bool:
        """Whether the click rests because all is in time."""
        return self._quiet is not None and self._quiet.is_resting

    def notes(self) -> NoteArray:
        """All notes of the ended take, dtype ``NOTE``: what came before the start is left out."""
        found = self._notes
        notes = np.concatenate(found) if found else np.zeros(0, NOTE)
        first_sample = round(self.earliest_note_s() * self.note_pipeline.rate_hz)
        kept: NoteArray = notes[notes["onset_sample"] >= first_sample]
        return kept

    def room_dbfs(self) -> float:
        """How loud the room is, without the click; NaN before it was heard."""
        return self._ending.room_dbfs

    def earliest_note_s(self) -> float:
        """Notes before this belong to the count-in; an upbeat of one beat does not."""
        if self.feed is None:
            return 0.0
        return upbeat_from_s(self.feed) + (self.lag_s() or 0.0)

    def lag_s(self) -> float | None:
        """The round trip of a click: heard in this take, or else from the calibration."""
        if self.click_filter is not None and self._is_lag_heard:
            return self.click_filter.lag_s
        return self._plan.lag_s

    @property
    def lag_off_s(self) -> float:
        """How far off the round trip may be: a calibration may have moved without being noticed."""
        return 0.0 if self._is_lag_heard else LAG_MOVED_S

    @property
    def _is_lag_heard(self) -> bool:
        click_filter = self.click_filter
        return (
            click_filter is not None
            and click_filter.n_heard >= CLICKS_FOR_LAG
            and math.isfinite(click_filter.lag_s)
        )

    def push(self, block: AudioBlock) -> None:
        """Take in the next block of the stream."""
        self._sound_came_s = self._clock_s()  # before anything takes time
        n_lost = block.first_sample - self._next_sample
        self._next_sample = block.first_sample + len(block.samples)
        self.n_lost_samples += n_lost
        self.level.add(block.samples)
        clean = self._without_click(block.samples, n_lost)
        for one in self._gate.pass_on(AudioBlock(clean, block.first_sample)):
            self._push_clean(one)
        self.heard_samples = self._next_sample

    def push_held(self) -> None:
        """Hear what a take that ends in the count-in has not let through yet."""
        for block in self._gate.held():
            self._push_clean(block)

    def finish(self) -> None:
        """Settle the notes that are still open."""
        self._take_note(self.note_pipeline.finish())

    def advance(self) -> None:
        """Move on to the phase that the sound has reached."""
        if self.feed is not None and self.now_s < self.feed.start_s:
            self.phase = LivePhase.COUNT_IN
        elif self.feed is not None or self.tally.n_confirmed or self.tally.notes():
            self.phase = LivePhase.PLAYING

    def is_over(self) -> bool:
        """Whether the player has ended, as the sound tells."""
        if not self._plan.options.ends_by_itself:
            return False
        return self._ending.is_over(
            self.now_s, self.tally.last_onset_s, self.note_pipeline.silent_since_sample
        )

    def _push_clean(self, block: AudioBlock) -> None:
        clean = block.samples
        self.quality.add(clean[:, np.newaxis], clean)
        self._ending.add(clean)
        if self._plan.writer is not None:
            self._plan.writer.write(block)
        self._take_note(self.note_pipeline.push(block))

    def _without_click(self, samples: Samples, n_lost: int) -> Samples:
        if self.click_filter is None or self.feed is None:
            return samples
        self.feed.top_up(self._next_sample)  # notes after a stall find their slots planned
        self.click_filter.announce(self.feed.sounded(self._next_sample))
        if n_lost:  # its clicks are counted in samples of the stream
            self.click_filter.process(np.zeros(n_lost, np.float32))
        return self.click_filter.process(samples)

    def _take_note(self, heard: PipelineOutput) -> None:
        self.tally.lag_s, self.tally.first_s = self.lag_s(), self.earliest_note_s()
        confirmed = self.tally.add_events(heard.events, self._sound_came_s)
        self.tally.add_notes(heard.notes)
        if len(heard.notes):
            self._notes.append(heard.notes)
        if self._quiet is not None and self.phase is LivePhase.PLAYING:
            for note in confirmed:
                self._quiet.hear(note.deviation_s, self.tally.slot_s())
            self._exchange.set_muted(self._quiet.is_resting)
