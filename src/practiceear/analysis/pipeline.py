"""The note pipeline: one object that is fed blocks and detects notes.

A file review, a benchmark, a fixture check and a live session all push blocks into
the same :class:`NotePipeline`; only the source of the blocks differs. That is why a take
gives the same numbers live, from a file and in CI.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from practiceear.analysis.missed_notes import Evidence, SoundLevels
from practiceear.audio.blocks import AudioBlock, Samples
from practiceear.click_removal.metronome_recogniser import HeardMetronome, MetronomeRecogniser
from practiceear.instruments.profile import InstrumentProfile
from practiceear.notes.pitch import PitchFinder
from practiceear.notes.tracker import NOTE, NoteArray, NoteTracker, without_notes
from practiceear.notes.tracker import compile_kernels as compile_tracker
from practiceear.numba_cache import compiling_alone
from practiceear.onset.detector import OnsetDetector
from practiceear.onset.detector import compile_kernels as compile_detector
from practiceear.onset.event import ONSET, OnsetArray, OnsetKind
from practiceear.units import FloatArray, samples_to_seconds

BLOCK_SAMPLES = 4096
"""Blocks in which recorded takes are read."""

STEP_SAMPLES = 2048
"""Blocks are gathered to whole hops and pushed in steps of at most this size, so that the
rings stay short and a call costs little, however small the blocks are."""


@dataclass(frozen=True, slots=True, eq=False)
class PipelineOutput:
    """What one push brought.

    Attributes
    ----------
    events
        Onsets called, confirmed and retracted, and clicks; dtype ``ONSET``. What was half heard
        only the pipeline keeps, for its evidence.
    notes
        Notes that ended; dtype ``NOTE``, pitch not yet known.
    """

    events: OnsetArray
    notes: NoteArray


@dataclass(frozen=True, slots=True)
class Gap:
    """Samples that the source lost: the take is split there, nothing is stretched."""

    first_sample: int
    n_samples: int


class NotePipeline:
    """Detects notes in a stream of blocks.

    Parameters
    ----------
    rate_hz
        Samples per second; one of ``WORKING_RATES_HZ``.
    profile
        The instrument that is listened to.
    is_pitch_wanted
        Whether to find pitches too, which costs more than all the rest together.
    is_metronome_possible
        Whether the clicks of a metronome are recognised and left out; not where sounds that
        repeat exactly are what is listened for.
    is_own_click
        Told of every confirmed onset, dtype ``ONSET``: whether it is what the removal of one's
        own click has left of it.
    """

    def __init__(
        self,
        rate_hz: int,
        profile: InstrumentProfile,
        *,
        is_pitch_wanted: bool = True,
        is_metronome_possible: bool = True,
        is_own_click: Callable[[np.void], bool] = lambda _onset: False,
    ) -> None:
        self.rate_hz = rate_hz
        self.profile = profile
        self._detector = OnsetDetector(rate_hz, profile.detector)
        self._pitch_finder = PitchFinder(rate_hz, profile.pitch_range if is_pitch_wanted else None)
        self._tracker = NoteTracker(rate_hz, profile.tracker, self._pitch_finder)
        self._recogniser = MetronomeRecogniser(rate_hz, has_struck_tones=profile.has_struck_tones)
        self._is_metronome_possible, self._is_own_click = is_metronome_possible, is_own_click
        self._hop_samples = self._detector.hop_samples
        self._held = np.zeros(STEP_SAMPLES, dtype=np.float32)  # less than a hop, then room
        self._n_held = 0
        self._next_sample = 0
        self._gaps: list[Gap] = []
        self._levels = SoundLevels(rate_hz)
        self._half_heard: list[OnsetArray] = []

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """The places where the source lost samples."""
        return tuple(self._gaps)

    @property
    def metronomes(self) -> tuple[HeardMetronome, ...]:
        """The metronomes, not one's own, whose clicks were left out."""
        return self._recogniser.metronomes()

    @property
    def newest_metronome(self) -> HeardMetronome | None:
        """The one of them that clicked last and whose tempo is known; None before the first."""
        return self._recogniser.newest_metronome

    @property
    def silent_since_sample(self) -> int | None:
        """Where the last note stopped sounding; None while one sounds, and before the first."""
        return self._tracker.silent_since_sample

    def push(self, block: AudioBlock) -> PipelineOutput:
        """Take in the next block of any length; return what became known by it."""
        outputs: list[PipelineOutput] = []
        if block.first_sample != self._next_sample:
            outputs.append(self._bridge_gap(block.first_sample))
        self._levels.push(block)
        done = 0
        while done < len(block.samples):
            n_new = min(len(block.samples) - done, STEP_SAMPLES - self._n_held)
            held_end = self._n_held + n_new
            self._held[self._n_held : held_end] = block.samples[done : done + n_new]
            done += n_new
            # The detector moves by whole hops: nothing can come of less.
            n_ready = held_end - held_end % self._hop_samples
            if n_ready:
                outputs.append(self._step(self._held[:n_ready]))
                self._held[: held_end - n_ready] = self._held[n_ready:held_end]
            self._n_held = held_end - n_ready
        self._next_sample = block.first_sample + len(block.samples)
        return join_outputs(outputs)

    def finish(self) -> PipelineOutput:
        """End the take: settle and close all that is still open."""
        rest = self._step(self._held[: self._n_held])
        self._n_held = 0
        events = self._without_half_heard(self._without_clicks(self._detector.finish()))
        return join_outputs([rest, PipelineOutput(events, self._tracker.finish(_settled(events)))])

    def run(self, blocks: Iterable[AudioBlock]) -> PipelineOutput:
        """Push all ``blocks`` and finish; pitches filled in, and without any click."""
        outputs = []
        for block in blocks:
            output = self.push(block)
            if len(output.events) or len(output.notes):  # most blocks bring nothing
                outputs.append(output)
        outputs.append(self.finish())
        joined = join_outputs(outputs)
        joined.notes["pitch_midi"] = self.pitches_midi()
        confirmed = joined.events["kind"] == OnsetKind.CONFIRMED
        is_click = self._recogniser.is_click(joined.events["onset_sample"])
        joined.events["kind"][confirmed & is_click] = OnsetKind.CLICK
        return PipelineOutput(joined.events, self.notes_of_take(joined.notes))

    def notes_of_take(self, notes: NoteArray) -> NoteArray:
        """Notes of an ended take, dtype ``NOTE``, without those that were clicks after all.

        The first clicks of a metronome were notes until the fourth showed what they are.
        """
        return without_notes(notes, self._recogniser.is_click(notes["onset_sample"]))

    def reset(self) -> None:
        """Return to the state of a fresh object."""
        self._detector.reset()
        self._pitch_finder.reset()
        self._tracker.reset()
        self._recogniser.reset()
        self._n_held = 0
        self._next_sample = 0
        self._gaps.clear()
        self._levels = SoundLevels(self.rate_hz)
        self._half_heard.clear()

    def pitches_midi(self) -> FloatArray:
        """Pitches of all notes delivered since the last reset, NaN where unclear.

        Kept apart from the notes because finding them is slow and done in batches.
        """
        return self._pitch_finder.pitches_midi()

    def evidence(self, notes: NoteArray, from_s: float = 0.0) -> Evidence:
        """What tells how many notes were played, from a moment on, beside ``notes``."""
        half_heard = np.concatenate([np.zeros(0, dtype=ONSET), *self._half_heard])
        self._half_heard = [half_heard]
        half_heard_s = samples_to_seconds(half_heard["onset_sample"], self.rate_hz)
        onset_s = samples_to_seconds(notes["onset_sample"], self.rate_hz)
        return Evidence(
            onset_s=onset_s[onset_s >= from_s],
            strength=notes["strength"][onset_s >= from_s],
            half_heard_s=half_heard_s[half_heard_s >= from_s],
            half_heard_strength=half_heard["strength"][half_heard_s >= from_s].astype(np.float64),
            level_db=self._levels.level_db(from_s),
            from_s=from_s,
        )

    def _step(self, samples: Samples) -> PipelineOutput:
        events = self._without_half_heard(self._without_clicks(self._detector.process(samples)))
        settled_until = self._detector.confirmed_until_sample
        return PipelineOutput(
            events, self._tracker.process(samples, _settled(events), settled_until)
        )

    def _without_clicks(self, events: OnsetArray) -> OnsetArray:
        """The same events; those known to be clicks are said to be."""
        kind = events["kind"]
        is_heard = (kind == OnsetKind.CONFIRMED) | (kind == OnsetKind.HALF_HEARD)
        for at in np.flatnonzero(is_heard):
            onset = events[at : at + 1]
            if self._is_own_click(onset[0]):
                onset["kind"] = OnsetKind.CLICK
            elif self._is_metronome_possible:
                onset["kind"][self._recogniser.add(onset)] = OnsetKind.CLICK
        return events

    def _without_half_heard(self, events: OnsetArray) -> OnsetArray:
        """The events that are onsets; of those half heard, what is no click is kept as evidence."""
        if not len(events):
            return events
        is_half_heard = events["kind"] == OnsetKind.HALF_HEARD
        if is_half_heard.any():
            self._half_heard.append(events[is_half_heard])
        onsets: OnsetArray = events[events["onset_id"] >= 0]
        return onsets

    def _bridge_gap(self, first_sample: int) -> PipelineOutput:
        n_lost = first_sample - self._next_sample
        if n_lost < 0:
            raise ValueError(f"block at sample {first_sample} overlaps the one before it")
        self._gaps.append(Gap(self._next_sample, n_lost))
        outputs = self.finish()
        self._detector.reset(first_sample, self._detector.next_onset_id)
        self._tracker.reset(first_sample)
        return outputs


def join_outputs(outputs: list[PipelineOutput]) -> PipelineOutput:
    """Put what several pushes brought behind one another."""
    if not outputs:
        return PipelineOutput(np.zeros(0, dtype=ONSET), np.zeros(0, dtype=NOTE))
    return PipelineOutput(
        np.concatenate([output.events for output in outputs]),
        np.concatenate([output.notes for output in outputs]),
    )


def _settled(events: OnsetArray) -> OnsetArray:
    confirmed: OnsetArray = events[events["kind"] == OnsetKind.CONFIRMED]
    return confirmed


def compile_kernels() -> None:
    """Compile, or load from the cache, all that would otherwise delay the first notes."""
    with compiling_alone():
        compile_detector()
        compile_tracker()
