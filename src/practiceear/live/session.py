"""A live session: sound stream in, click out, and everything that is heard on the way.

Three threads meet here. The sound card's callback fills and empties the exchange; the
analysis thread takes the sound out of it and lets ``LivePipeline`` have it; whoever draws asks
for the newest frozen picture. Nothing the player did waits for a screen.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from practiceear.audio.blocks import AudioBlock
from practiceear.audio.stream import SoundStream
from practiceear.errors import ExitCode, program_fault
from practiceear.live.pipeline import LivePipeline
from practiceear.live.plan import LivePlan
from practiceear.live.snapshot import (
    LivePhase,
    LiveSnapshot,
    gain_warning,
    gap_warning,
    lag_warning,
    level_warning,
    with_beat,
    worst_warning,
)
from practiceear.live.tally import on_time_windows_s
from practiceear.metrics.reliability import sd_ioi_floor
from practiceear.notes.tracker import NoteArray

POLL_S = 0.01
"""The analysis looks for new sound so often; more often costs more and is not seen."""

PICTURE_S = 0.02
"""A picture is made so often: screens draw 25 to 30 times a second."""


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

    Attributes
    ----------
    hearing
        What becomes of its sound.
    ear, feed
        Of the hearing; no feed without a metronome.
    exit_code
        ``OK`` unless the take ended before the player did: by a device or a fault.
    """

    def __init__(
        self,
        stream: SoundStream,
        plan: LivePlan,
        *,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.stream, self.plan = stream, plan
        self.pipeline = LivePipeline(stream.exchange, plan, clock_s)
        self.note_pipeline, self.feed = self.pipeline.note_pipeline, self.pipeline.feed
        self._ended_as: LivePhase | None = None
        self._failure = ""
        self.exit_code = ExitCode.OK
        self._snapshot = LiveSnapshot()
        self._is_stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="analysis", daemon=True)

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
        """End the take; what was heard is confirmed and measured."""
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
        """All notes of the ended take, dtype ``NOTE``."""
        return self.pipeline.notes()

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
                    self._fail(
                        "the sound stopped coming: was the device unplugged?", ExitCode.DEVICE
                    )
                    break
                if self.feed is not None:
                    self.feed.top_up(self.stream.exchange.counts.clock_sample)
                self.pipeline.advance()
                if time.monotonic() - published_s >= PICTURE_S:
                    self._publish()
                    published_s = time.monotonic()
                time.sleep(POLL_S)
        except Exception as error:  # a fault here must not lose the take
            self._fail(program_fault(error), ExitCode.INTERNAL)
        self._end()

    def _hear_until_over(self, blocks: list[AudioBlock]) -> bool:
        """Hear blocks up to the take's end; return whether it came."""
        for block in blocks:
            self.pipeline.push(block)
            if self.pipeline.is_over():
                return True
        return False

    def _fail(self, reason: str, code: ExitCode) -> None:
        if not self._failure:
            self._failure, self.exit_code = reason, code

    def _end(self) -> None:
        """Settle what is open and close the take's file; one that fails does not stop the rest."""
        self._try(self._hear_rest)
        self._try(self.pipeline.push_held)
        self._try(self.pipeline.finish)
        self.stream.exchange.drop_all_clicks()
        if self.plan.writer is not None:
            self.plan.writer.close()
        self._ended_as = LivePhase.FAILED if self._failure else LivePhase.FINISHED
        self._try(self._publish)
        if self._failure:
            self._snapshot = replace(self._snapshot, phase=LivePhase.FAILED, warning=self._failure)

    def _hear_rest(self) -> None:
        if not self.pipeline.is_over():
            for block in self.stream.exchange.read():
                self.pipeline.push(block)

    def _try(self, step: Callable[[], object]) -> None:
        try:
            step()
        except Exception as error:  # whatever broke: the notes so far are kept
            self._fail(program_fault(error), ExitCode.INTERNAL)

    def _publish(self) -> None:
        pipeline, tally, level = self.pipeline, self.pipeline.tally, self.pipeline.level
        spread, windows = tally.spread(), on_time_windows_s(tally.slot_s())
        floor_s = tally.error_s(self.plan.profile.detector_error.onset_s)
        writer = self.plan.writer
        picture = LiveSnapshot(
            phase=self._ended_as or pipeline.phase,
            elapsed_s=pipeline.now_s,
            level_dbfs=level.level_dbfs,
            peak_dbfs=level.peak_dbfs,
            is_clipping=level.is_clipping,
            notes=tally.notes(),
            n_notes=tally.n_confirmed,
            spread_s=spread.sd,
            spread_n=spread.n,
            spread_low_s=spread.low,
            spread_high_s=spread.high,
            spread_floor_s=floor_s if self.feed is not None else sd_ioi_floor(floor_s),
            bias_floor_s=math.hypot(self.plan.profile.detector_error.bias_s, pipeline.lag_off_s),
            inner_s=windows[0],
            outer_s=windows[1],
            is_calibrated=pipeline.lag_s() is not None,
            n_gaps=len(self.note_pipeline.gaps),
            n_lost_samples=pipeline.n_lost_samples,
            is_recording=writer is not None and writer.is_recording,
            warning=self._warning(),
        )
        self._snapshot = self._with_beat(picture)

    def _with_beat(self, picture: LiveSnapshot) -> LiveSnapshot:
        if self.feed is None:
            return picture
        now_s = self.stream.exchange.counts.clock_sample / self.note_pipeline.rate_hz
        return with_beat(picture, self.feed, now_s, is_resting=self.pipeline.is_click_resting)

    def _warning(self) -> str:
        writer, pipeline = self.plan.writer, self.pipeline
        return worst_warning(
            self._failure,
            writer.error if writer is not None else "",
            gap_warning(len(self.note_pipeline.gaps)),
            level_warning(pipeline.level, has_notes=pipeline.tally.n_confirmed > 0),
            lag_warning(self.plan.lag_s, pipeline.lag_s()),
            gain_warning(is_controlled=pipeline.quality.is_gain_controlled),
        )
