"""A live session: sound stream in, click out, and everything that is heard on the way.

Three threads meet here. The sound card's callback fills and empties the exchange; the
analysis thread takes the sound out of it, removes one's own click, pushes it through the same
``Ear`` that reviews recorded takes, and writes it to disk; whoever draws asks for the newest
frozen picture. Nothing the player did waits for a screen.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from practiceear.audio.block import AudioBlock, Samples
from practiceear.audio.health import HealthMeter
from practiceear.audio.sound_stream import SoundStream
from practiceear.audio.take_writer import TakeWriter
from practiceear.instruments.profile import InstrumentProfile
from practiceear.metrics.reliability import sd_ioi_floor
from practiceear.metronome.bleed import BleedFilter
from practiceear.metronome.click import click_sounds
from practiceear.metronome.program import MetronomeProgram
from practiceear.metronome.quiet_click import QuietClick
from practiceear.notes.note import NOTE, NoteArray
from practiceear.session.click_feed import ClickFeed
from practiceear.session.count_in import CountInGate, upbeat_from_s
from practiceear.session.ear import Ear, Heard
from practiceear.session.level_meter import LevelMeter
from practiceear.session.live_snapshot import LivePhase, LiveSnapshot, with_beat
from practiceear.session.live_tally import LiveTally, on_time_windows_s
from practiceear.session.live_warnings import (
    gain_warning,
    gap_warning,
    lag_warning,
    level_warning,
    worst_warning,
)
from practiceear.session.take_ending import TakeEnding

POLL_S = 0.01
"""The analysis looks for new sound so often; more often costs more and is not seen."""

PICTURE_S = 0.02
"""A picture is made so often: screens draw 25 to 30 times a second."""

CLICKS_FOR_LAG = 4


@dataclass(frozen=True, slots=True)
class LivePlan:
    """What a live session is to do.

    Attributes
    ----------
    profile
        The instrument that is listened for.
    program
        The metronome; None plays free.
    lag_s
        Round trip of a click from a calibration of these devices; None where there is none.
    writer
        Where the take is written; None does not record.
    is_quiet_when_in_time
        Let the click rest while all notes are inside the window.
    ends_by_itself
        End after silence.
    """

    profile: InstrumentProfile
    program: MetronomeProgram | None = None
    lag_s: float | None = None
    writer: TakeWriter | None = None
    is_quiet_when_in_time: bool = False
    ends_by_itself: bool = True


@dataclass(slots=True)
class _Progress:
    """Where the analysis stands; only its own thread touches it."""

    phase: LivePhase = LivePhase.READY
    heard_samples: int = 0
    n_lost_samples: int = 0
    notes: list[NoteArray] = field(default_factory=list)
    failure: str = ""


class LiveSession:
    """One take, played live.

    Parameters
    ----------
    stream
        Opened, not started; with the click's sounds where there is a program.
    plan
        What to do.
    clock_s
        Seconds that never run backwards; notes are stamped with them.
    """

    def __init__(
        self,
        stream: SoundStream,
        plan: LivePlan,
        *,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.stream, self.plan = stream, plan
        self._clock_s = clock_s
        self._sound_came_s = math.nan
        rate_hz = stream.exchange.rate_hz
        self.ear = Ear(rate_hz, plan.profile, is_pitch_wanted=False)
        self.feed = ClickFeed(plan.program, stream.exchange) if plan.program else None
        self.bleed = (
            BleedFilter(rate_hz, click_sounds(rate_hz), lag_s=plan.lag_s) if self.feed else None
        )
        until_s = upbeat_from_s(self.feed) if self.feed is not None else 0.0
        self._gate = CountInGate(rate_hz, until_s, self.bleed)
        self.health = HealthMeter(1, rate_hz)
        self._level = LevelMeter(rate_hz)
        self._ending = TakeEnding(rate_hz, self.feed)
        self._tally = LiveTally(rate_hz, self.feed)
        self._quiet = QuietClick() if plan.is_quiet_when_in_time and self.feed else None
        self._progress = _Progress()
        self._snapshot = LiveSnapshot()
        self._is_stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="analysis", daemon=True)
        self._next_sample = 0

    def start(self) -> None:
        """Let the sound flow; the count-in follows at once.

        Raises
        ------
        DeviceError
            Where a device refuses.
        """
        if self.feed is not None:
            self.feed.top_up(0)
        self.stream.start()
        self._thread.start()

    def snapshot(self) -> LiveSnapshot:
        """The newest picture; cheap, from any thread."""
        return self._snapshot

    def stop(self) -> None:
        """End the take; what was heard is settled and measured."""
        self._is_stopping.set()

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the take's end; return whether it came."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def close(self) -> None:
        """End the take and give the devices back; never hangs."""
        self.stop()
        if self._thread.is_alive():
            self._thread.join(2.0)
        self.stream.close()
        if self.plan.writer is not None:
            self.plan.writer.close()

    def notes(self) -> NoteArray:
        """All notes of the ended take, dtype ``NOTE``: what came before the start is left out."""
        found = self._progress.notes
        notes = np.concatenate(found) if found else np.zeros(0, NOTE)
        first_sample = round(self.earliest_note_s() * self.ear.rate_hz)
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
        bleed = self.bleed
        if bleed is not None and bleed.n_heard >= CLICKS_FOR_LAG and math.isfinite(bleed.lag_s):
            return bleed.lag_s
        return self.plan.lag_s

    @property
    def is_finished(self) -> bool:
        """Whether the take has ended and can be measured."""
        return self._snapshot.phase in (LivePhase.FINISHED, LivePhase.FAILED)

    # What follows runs in the analysis thread.

    def _run(self) -> None:
        published_s = -math.inf
        try:
            while not self._is_stopping.is_set():
                blocks = self.stream.exchange.read()
                if self._hear_until_over(blocks):
                    break
                if not blocks and not self.stream.is_alive:
                    self._fail("the sound stopped coming: was the device unplugged?")
                    break
                if self.feed is not None:
                    self.feed.top_up(self.stream.exchange.counts.clock_sample)
                self._advance()
                if time.monotonic() - published_s >= PICTURE_S:
                    self._publish()
                    published_s = time.monotonic()
                time.sleep(POLL_S)
        except Exception as error:  # a fault here must not lose the take
            self._fail(f"a fault of the program ({type(error).__name__}: {error})")
        self._end()

    def _hear_until_over(self, blocks: list[AudioBlock]) -> bool:
        """Hear blocks up to the take's end; return whether it came."""
        for block in blocks:
            self._hear(block)
            if self._is_over():
                return True
        return False

    def _hear(self, block: AudioBlock) -> None:
        self._sound_came_s = self._clock_s()  # before anything takes time
        n_lost = block.first_sample - self._next_sample
        self._next_sample = block.first_sample + len(block.samples)
        self._progress.n_lost_samples += n_lost
        self._level.add(block.samples)
        clean = self._without_click(block.samples, n_lost)
        for one in self._gate.pass_on(AudioBlock(clean, block.first_sample)):
            self._hear_clean(one)
        self._progress.heard_samples = self._next_sample

    def _hear_clean(self, block: AudioBlock) -> None:
        clean = block.samples
        self.health.add(clean[:, np.newaxis], clean)
        self._ending.add(clean)
        if self.plan.writer is not None:
            self.plan.writer.write(block)
        self._take_note(self.ear.push(block))

    def _without_click(self, samples: Samples, n_lost: int) -> Samples:
        if self.bleed is None or self.feed is None:
            return samples
        self.feed.top_up(self._next_sample)  # notes after a stall find their slots planned
        self.bleed.announce(self.feed.sounded(self._next_sample))
        if n_lost:  # its clicks are counted in samples of the stream
            self.bleed.process(np.zeros(n_lost, np.float32))
        return self.bleed.process(samples)

    def _take_note(self, heard: Heard) -> None:
        progress = self._progress
        self._tally.lag_s, self._tally.first_s = self.lag_s(), self.earliest_note_s()
        settled = self._tally.add_events(heard.events, self._sound_came_s)
        self._tally.add_notes(heard.notes)
        if len(heard.notes):
            progress.notes.append(heard.notes)
        if self._quiet is not None and progress.phase is LivePhase.PLAYING:
            for note in settled:
                self._quiet.hear(note.deviation_s, self._tally.slot_s())
            self.stream.exchange.set_muted(self._quiet.is_resting)

    def _advance(self) -> None:
        """Move on to the phase that the sound has reached."""
        progress = self._progress
        now_s = progress.heard_samples / self.ear.rate_hz
        if self.feed is not None and now_s < self.feed.start_s:
            progress.phase = LivePhase.COUNT_IN
        elif self.feed is not None or self._tally.n_settled or self._tally.notes():
            progress.phase = LivePhase.PLAYING

    def _is_over(self) -> bool:
        """Whether the player has ended, as the sound tells."""
        if not self.plan.ends_by_itself:
            return False
        now_s = self._progress.heard_samples / self.ear.rate_hz
        return self._ending.is_over(now_s, self._tally.last_onset_s, self.ear.silent_since_sample)

    def _fail(self, reason: str) -> None:
        self._progress.failure = self._progress.failure or reason

    def _end(self) -> None:
        """Settle what is open and close the take's file; one that fails does not stop the rest."""
        self._try(self._hear_rest)
        self._try(self._hear_held)
        self._try(lambda: self._take_note(self.ear.finish()))
        self.stream.exchange.drop_all_clicks()
        if self.plan.writer is not None:
            self.plan.writer.close()
        is_failed = bool(self._progress.failure)
        self._progress.phase = LivePhase.FAILED if is_failed else LivePhase.FINISHED
        self._try(self._publish)
        if self._progress.failure:
            self._snapshot = replace(
                self._snapshot, phase=LivePhase.FAILED, warning=self._progress.failure
            )

    def _hear_rest(self) -> None:
        if not self._is_over():
            for block in self.stream.exchange.read():
                self._hear(block)

    def _hear_held(self) -> None:
        for block in self._gate.held():
            self._hear_clean(block)

    def _try(self, step: Callable[[], object]) -> None:
        try:
            step()
        except Exception as error:  # whatever broke: the notes so far are kept
            self._fail(f"a fault of the program ({type(error).__name__}: {error})")

    def _publish(self) -> None:
        progress, tally = self._progress, self._tally
        now_s = progress.heard_samples / self.ear.rate_hz
        spread, windows = tally.spread(), on_time_windows_s(tally.slot_s())
        floor_s = self.plan.profile.floor.onset_s
        writer = self.plan.writer
        picture = LiveSnapshot(
            phase=progress.phase,
            elapsed_s=now_s,
            level_dbfs=self._level.level_dbfs,
            peak_dbfs=self._level.peak_dbfs,
            is_clipping=self._level.is_clipping,
            notes=tally.notes(),
            n_notes=tally.n_settled,
            spread_s=spread.value_s,
            spread_n=spread.n,
            spread_floor_s=floor_s if self.feed is not None else sd_ioi_floor(floor_s),
            bias_floor_s=abs(self.plan.profile.floor.bias_s),
            inner_s=windows[0],
            outer_s=windows[1],
            is_calibrated=self.lag_s() is not None,
            n_gaps=len(self.ear.gaps),
            n_lost_samples=progress.n_lost_samples,
            is_recording=writer is not None and writer.is_recording,
            warning=self._warning(),
        )
        self._snapshot = self._with_beat(picture)

    def _with_beat(self, picture: LiveSnapshot) -> LiveSnapshot:
        if self.feed is None:
            return picture
        now_s = self.stream.exchange.counts.clock_sample / self.ear.rate_hz
        is_resting = self._quiet is not None and self._quiet.is_resting
        return with_beat(picture, self.feed, now_s, is_resting=is_resting)

    def _warning(self) -> str:
        writer, lag_s = self.plan.writer, self.lag_s()
        return worst_warning(
            self._progress.failure,
            writer.error if writer is not None else "",
            gap_warning(len(self.ear.gaps)),
            level_warning(self._level, has_notes=self._tally.n_settled > 0),
            lag_warning(self.plan.lag_s, lag_s),
            gain_warning(is_controlled=self.health.is_gain_controlled),
        )
