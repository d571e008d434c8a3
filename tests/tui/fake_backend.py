"""A backend whose takes are scripted: no devices, no sound, no clock."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from practiceear.analysis.missed_notes import Evidence
from practiceear.analysis.review import TakeReview
from practiceear.analysis.snapshot import measure
from practiceear.audio.recording_quality import RecordingQuality
from practiceear.click_removal.metronome_recogniser import HeardMetronome
from practiceear.errors import PracticeEarError
from practiceear.instruments.registry import load_instrument
from practiceear.journal.running_take import PlayedNotes
from practiceear.live.calibration_store import StoredCalibration
from practiceear.live.snapshot import LiveNote, LivePhase, LiveSnapshot, NoteState
from practiceear.live.sound_check import SoundPicture
from practiceear.metrics.reliability import Spread, spread_of
from practiceear.notes.tracker import NOTE
from practiceear.settings import Exercise, LiveOptions
from practiceear.tui.player import DeviceChoice, JournalPage, SummaryText

RATE_HZ = 44100
INPUTS = [DeviceChoice("usb", "USB microphone", is_default=True), DeviceChoice("line", "Line in")]
OUTPUTS = [DeviceChoice("phones", "Headphones", is_default=True)]


class FakePlayer:
    """Shows one snapshot until it is given another one."""

    def __init__(self, banner: str = "", review: TakeReview | None = None) -> None:
        self.banner = banner
        self.now = LiveSnapshot()
        self.review = review
        self.deeds: list[str] = []
        self.reason: PracticeEarError | None = None
        self.recording: Path | None = None
        self.problem = ""

    def start(self) -> None:
        self.deeds.append("start")
        if self.reason:
            raise self.reason

    def snapshot(self) -> LiveSnapshot:
        return self.now

    def played(self) -> PlayedNotes:
        return PlayedNotes(lambda: np.zeros(0, NOTE), RATE_HZ)

    def stop(self) -> None:
        self.deeds.append("stop")
        self.now = replace(self.now, phase=LivePhase.FINISHED)

    def close(self) -> None:
        self.deeds.append("close")

    def summary(self) -> TakeReview | None:
        self.deeds.append("summary")
        return self.review


class FakeCountIn:
    """A count-in that nobody hears; its first click comes after half a second."""

    def __init__(self, reason: PracticeEarError | None = None) -> None:
        self.reason = reason
        self.deeds: list[str] = []

    def start(self) -> float:
        self.deeds.append("start")
        if self.reason:
            raise self.reason
        return 0.5

    def close(self) -> None:
        self.deeds.append("close")


class FakePlayback:
    """A take that is heard when it is told to, and moves when the test moves it."""

    def __init__(self) -> None:
        self.position_s = 0.0
        self.is_playing = False
        self.error: PracticeEarError | None = None
        self.reason: PracticeEarError | None = None
        self.may_open = threading.Event()
        self.may_open.set()
        self.deeds: list[str] = []

    def play(self) -> None:
        self.deeds.append("play")
        self.may_open.wait(timeout=10)
        if self.reason:
            raise self.reason
        self.error, self.is_playing = None, True

    def pause(self) -> None:
        self.deeds.append("pause")
        self.is_playing = False

    def seek(self, position_s: float) -> None:
        self.deeds.append(f"seek {position_s:.2f}")
        self.position_s = position_s

    def close(self) -> None:
        self.deeds.append("close")
        self.is_playing = False


@dataclass
class FakeTakes:
    """Takes on a disk that is not there."""

    place: Path = Path()
    found: TakeReview | None = None
    found_gridless: TakeReview | None = None
    reason: PracticeEarError | None = None
    page_refusal: PracticeEarError | None = None
    may_be_heard: threading.Event = field(default_factory=threading.Event)
    opened: list[tuple[Path, Exercise]] = field(default_factory=list)
    pages: list[Path] = field(default_factory=list)
    playbacks: list[FakePlayback] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.may_be_heard.set()

    def folder(self) -> Path:
        return self.place

    def review(
        self,
        path: Path,
        exercise: Exercise,
        progress: Callable[[str], None],
    ) -> TakeReview:
        progress("40 %")
        self.may_be_heard.wait(timeout=10)
        progress("80 %")
        if self.reason:
            raise self.reason
        self.opened.append((path, exercise))
        found = self.found if exercise.is_tempo_steady else self.found_gridless
        assert found is not None
        return found

    def playback(self, path: Path, duration_s: float, setup: LiveOptions) -> FakePlayback:
        self.playbacks.append(FakePlayback())
        return self.playbacks[-1]

    def write_page(self, review: TakeReview, path: Path) -> Path:
        if self.page_refusal:
            raise self.page_refusal
        self.pages.append(path.with_suffix(".html"))
        return self.pages[-1]


@dataclass
class FakeJournal:
    """Pages that are all there."""

    pages: list[JournalPage] = field(default_factory=list)
    reason: PracticeEarError | None = None
    cut_off: str = ""
    n_recoveries: int = 0

    def unfinished(self) -> str:
        return self.cut_off

    def recover(self, progress: Callable[[str], None]) -> Iterator[str]:
        self.n_recoveries += 1
        yield "Recovering it ..."
        progress("40 %")
        yield "Recovered as take 7 of the journal: 12 notes in 0:31."

    def newest(self) -> JournalPage | None:
        if self.reason:
            raise self.reason
        return self.pages[-1] if self.pages else None

    def turned(self, take_id: int, n_pages: int) -> JournalPage | None:
        if self.reason:
            raise self.reason
        there = [page.take_id for page in self.pages].index(take_id) + n_pages
        return self.pages[there] if 0 <= there < len(self.pages) else None


class FakeCheck:
    """A microphone that hears what it is told."""

    def __init__(self) -> None:
        self.now = SoundPicture(level_dbfs=-30.0, peak_dbfs=-20.0, room_dbfs=-60.0)
        self.calibration: StoredCalibration | None = None
        self.is_bluetooth = False
        self.is_closed = False

    def picture(self) -> SoundPicture:
        return self.now

    def close(self) -> None:
        self.is_closed = True


@dataclass
class FakeBackend:
    """Hands out players that tests can reach."""

    banner: str = ""
    review: TakeReview | None = None
    reason: PracticeEarError | None = None
    prepare_refusal: PracticeEarError | None = None
    device_refusal: PracticeEarError | None = None
    check_refusal: PracticeEarError | None = None
    count_in_refusal: PracticeEarError | None = None
    has_microphone: bool = True
    has_loudspeaker: bool = True
    takes: FakeTakes = field(default_factory=FakeTakes)
    journal: FakeJournal = field(default_factory=FakeJournal)
    checks: list[FakeCheck] = field(default_factory=list)
    listened_to: list[str | None] = field(default_factory=list)
    may_be_ready: threading.Event = field(default_factory=threading.Event)
    players: list[FakePlayer] = field(default_factory=list)
    setups: list[LiveOptions] = field(default_factory=list)
    count_ins: list[FakeCountIn] = field(default_factory=list)
    counted_in: list[LiveOptions] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.may_be_ready.set()

    @property
    def player(self) -> FakePlayer:
        return self.players[-1]

    def instruments(self) -> list[str]:
        return ["cello", "flute", "guitar", "violin"]

    def devices(self) -> tuple[list[DeviceChoice], list[DeviceChoice]]:
        if self.device_refusal:
            raise self.device_refusal
        return INPUTS, OUTPUTS

    def prepare(self, progress: Callable[[str], None]) -> None:
        progress("compiling, about 10 seconds")
        self.may_be_ready.wait(timeout=10)
        if self.prepare_refusal:
            raise self.prepare_refusal

    def listen_in(self, setup: LiveOptions) -> FakeCheck | None:
        if self.check_refusal:
            raise self.check_refusal
        if not self.has_microphone:
            return None
        self.listened_to.append(setup.stream.microphone)
        self.checks.append(FakeCheck())
        return self.checks[-1]

    def new_count_in(self, setup: LiveOptions) -> FakeCountIn | None:
        if not self.has_loudspeaker:
            return None
        self.counted_in.append(setup)
        self.count_ins.append(FakeCountIn(self.count_in_refusal))
        return self.count_ins[-1]

    def new_player(self, setup: LiveOptions) -> FakePlayer:
        self.setups.append(setup)
        player = FakePlayer(self.banner, self.review)
        player.reason = self.reason
        self.players.append(player)
        return player


def playing(
    deviations_s: Sequence[float] = (), *, n_slots: int = 4, n_beats: int = 4, **changes: object
) -> LiveSnapshot:
    """A moment of a take at 60 bpm, in sixteenths where not said otherwise, all confirmed."""
    notes = tuple(
        LiveNote(
            k,
            4.0 + k / n_slots,
            NoteState.CONFIRMED,
            note_s,
            -20.0,
            beat=k // n_slots % n_beats,
            slot=k % n_slots,
        )
        for k, note_s in enumerate(deviations_s)
    )
    spread = Spread(math.nan, math.nan, math.nan, len(notes))
    if len(notes) >= 8:
        spread = spread_of(np.asarray(deviations_s) - np.mean(deviations_s))
    usual: dict[str, object] = {
        "phase": LivePhase.PLAYING,
        "elapsed_s": 42.0,
        "bar": 11,
        "beat": 2,
        "n_beats": n_beats,
        "bpm": 60.0,
        "is_click_audible": True,
        "level_dbfs": -24.0,
        "peak_dbfs": -12.0,
        "notes": notes,
        "n_notes": len(notes),
        "spread_s": spread.sd,
        "spread_n": spread.n,
        "spread_low_s": spread.low,
        "spread_high_s": spread.high,
        "inner_s": 0.006,
        "outer_s": 0.012,
        "is_calibrated": True,
        "is_recording": True,
    }
    return LiveSnapshot(**{**usual, **changes})  # type: ignore[arg-type]


@dataclass
class StubPipeline:
    """What `measure` needs of a pipeline."""

    rate_hz: int = RATE_HZ
    gaps: tuple[()] = ()
    metronomes: tuple[HeardMetronome, ...] = ()
    profile: object = field(default_factory=lambda: load_instrument("violin"))

    def evidence(self, notes: np.ndarray, from_s: float = 0.0) -> Evidence:
        """Every note clearly heard, and nothing beside them."""
        onset_s = notes["onset_sample"] / self.rate_hz
        clear, nothing = np.full(len(notes), 2.0), np.zeros(0)
        return Evidence(onset_s, clear, nothing, nothing, nothing, from_s)


def reviewed(
    onset_s: Sequence[float] | np.ndarray,
    exercise: Exercise | None = None,
    level_dbfs: object = -20.0,
) -> TakeReview:
    """What would be found in a take whose notes begin at these times."""
    onsets = np.round(np.asarray(onset_s) * RATE_HZ).astype(np.int64)
    notes = np.zeros(len(onsets), dtype=NOTE)
    notes["onset_sample"] = onsets
    notes["offset_sample"] = onsets + RATE_HZ // 5
    notes["attack_s"] = 0.03
    notes["level_dbfs"] = level_dbfs
    notes["gate_ratio"] = 0.8
    notes["dip_db"] = 10.0
    notes["pitch_midi"] = 69.0
    snapshot = measure(notes, StubPipeline(), exercise or Exercise())  # type: ignore[arg-type]
    duration_s = float(onset_s[-1]) + 1.0 if len(onsets) else 1.0
    health = RecordingQuality()
    return TakeReview("a take", RATE_HZ, 1, duration_s, health, snapshot)


def described(review: TakeReview) -> SummaryText:
    """Stand-in for the words of the reports."""
    return SummaryText(f"{len(review.snapshot.notes)} notes were heard.", ["Evenness", "  n 7"])
