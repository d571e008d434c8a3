"""A live session: the threads of one take, how it runs and how it ends.

Three threads meet here. The sound card's callback fills and empties the shared buffer; the
analysis thread takes the sound out of it and pushes it through the `LivePipeline`; whoever
draws reads the newest frozen `LiveSnapshot`. Nothing the player does waits for a screen.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from practiceear.audio.blocks import AudioBlock
from practiceear.audio.shared_buffer import SoundStream
from practiceear.errors import ExitCode, program_fault
from practiceear.live.pipeline import LivePipeline, LivePlan
from practiceear.live.snapshot import LivePhase, LiveSnapshot
from practiceear.live.status import take_snapshot
from practiceear.notes.tracker import NoteArray

POLL_S = 0.01
"""Interval at which the analysis looks for new sound; shorter costs more and is not seen."""

SNAPSHOT_S = 0.02
"""Interval of the snapshots: screens draw 25 to 30 times a second."""


class LiveSession:
    """One take, played live.

    Parameters
    ----------
    stream
        Opened, not started; with the click's sounds where there is a program.
    plan
        What to do.
    clock_s
        Monotonic seconds; notes are stamped with them.

    Attributes
    ----------
    pipeline, note_pipeline, feed
        From sound to notes; no feed without a metronome.
    exit_code
        ``OK`` unless a device or a fault ended the take.
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
        self.exit_code = ExitCode.OK
        self._failure = ""
        self._snapshot = LiveSnapshot()
        self._is_stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="analysis", daemon=True)

    def start(self) -> None:
        """Start the stream and the count-in; DeviceError where a device refuses."""
        if self.feed is not None:
            self.feed.top_up(0)
        self.stream.start()
        self._thread.start()

    def snapshot(self) -> LiveSnapshot:
        """The newest snapshot; cheap, from any thread."""
        return self._snapshot

    def stop(self) -> None:
        """End the take; what was heard is confirmed and measured."""
        self._is_stopping.set()

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the take's end; return whether it came."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def close(self) -> None:
        """End the take and release the devices; never hangs."""
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
        self._attempt(self._analyse)
        self._attempt(self._push_rest)
        self._attempt(self.pipeline.push_held)
        self._attempt(self.pipeline.finish)
        self.stream.exchange.drop_all_clicks()
        if self.plan.writer is not None:
            self.plan.writer.close()
        self._attempt(self._publish_end)
        if self._failure:
            self._snapshot = replace(self._snapshot, phase=LivePhase.FAILED, warning=self._failure)

    def _attempt(self, step: Callable[[], object]) -> None:
        """Run a step; whatever breaks in it, the notes so far are saved."""
        try:
            step()
        except Exception as error:
            self._fail(program_fault(error), ExitCode.INTERNAL)

    def _fail(self, reason: str, code: ExitCode) -> None:
        if not self._failure:
            self._failure, self.exit_code = reason, code

    def _analyse(self) -> None:
        """Push sound through the pipeline until the take ends."""
        published_s = -math.inf
        while not self._is_stopping.is_set():
            blocks = self.stream.exchange.read()
            if self._push_until_over(blocks):
                return
            if not blocks and not self.stream.is_alive:
                self._fail("the sound stopped coming: was the device unplugged?", ExitCode.DEVICE)
                return
            if self.feed is not None:
                self.feed.top_up(self.stream.exchange.counts.clock_sample)
            self.pipeline.advance()
            if time.monotonic() - published_s >= SNAPSHOT_S:
                self._snapshot = take_snapshot(self.pipeline, self.pipeline.phase, self._failure)
                published_s = time.monotonic()
            time.sleep(POLL_S)

    def _push_until_over(self, blocks: list[AudioBlock]) -> bool:
        """Push blocks up to the take's end; return whether it came."""
        for block in blocks:
            self.pipeline.push(block)
            if self.pipeline.is_over():
                return True
        return False

    def _push_rest(self) -> None:
        if not self.pipeline.is_over():
            for block in self.stream.exchange.read():
                self.pipeline.push(block)

    def _publish_end(self) -> None:
        phase = LivePhase.FAILED if self._failure else LivePhase.FINISHED
        self._snapshot = take_snapshot(self.pipeline, phase, self._failure)
