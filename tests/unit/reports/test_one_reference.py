"""Headline, dots, places, tables, page, lines and band: one reference, no contradiction."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from practiceear.analysis.pipeline import NotePipeline
from practiceear.analysis.review import TakeReview
from practiceear.analysis.snapshot import measure
from practiceear.audio.recording_quality import RecordingQuality
from practiceear.audio.shared_buffer import SharedAudioBuffer
from practiceear.cli.live import spoken
from practiceear.instruments.registry import load_instrument
from practiceear.journal.from_review import take_result
from practiceear.live.click_feed import ClickFeed
from practiceear.live.snapshot import LivePhase, LiveSnapshot
from practiceear.live.tally import LiveTally
from practiceear.metrics.catalogue import MetricKey
from practiceear.metrics.on_time import INNER_S, on_time_windows_s
from practiceear.metronome.click import click_sounds
from practiceear.metronome.program import MetronomeProgram
from practiceear.notes.tracker import NOTE
from practiceear.onset.event import ONSET, OnsetKind
from practiceear.reports.headline import finding
from practiceear.reports.page import tables
from practiceear.reports.what_to_try import Case, case_of
from practiceear.rhythm.grid import Meter, MetronomeGrid, Subdivision, TempoStep
from practiceear.settings import Exercise
from practiceear.tui.judgement import Judgement, judge
from practiceear.tui.widgets.take_rows import position_rows, shape_rows, take_rows
from practiceear.units import FloatArray

RATE_HZ = 44100
PIANO = load_instrument("piano")


@dataclass(frozen=True)
class Played:
    """A simulated take: what the player did, and nothing of what is said about it."""

    name: str
    shift_s: float = 0.0
    bpm: float = 100.0
    n_beats: int = 4
    subdivision: str = "1"
    place_late_s: float = 0.0  # of the last beat of the bar
    off_beats_late_s: float = 0.0
    n_notes: int = 80
    sd_s: float = 0.004
    steps: tuple[TempoStep, ...] = ()
    has_click: bool = True
    instrument: str = field(default="piano")

    @property
    def grid(self) -> MetronomeGrid:
        meter, slots = Meter((self.n_beats,)), Subdivision.parse(self.subdivision)
        return MetronomeGrid(
            self.bpm, meter, slots, 0.5 + self.n_beats * 60.0 / self.bpm, self.steps
        )

    @property
    def late_s(self) -> FloatArray:
        grid, slots = self.grid, np.arange(self.n_notes)
        late_s = self.shift_s + self.sd_s * np.random.default_rng(5).standard_normal(self.n_notes)
        last = grid.slots_per_bar - grid.subdivision.n_slots
        late_s += np.where(grid.position_in_bar(slots) == last, self.place_late_s, 0.0)
        late_s += np.where(grid.position_in_beat(slots) > 0, self.off_beats_late_s, 0.0)
        return np.asarray(late_s)

    @property
    def onset_s(self) -> FloatArray:
        return np.asarray(self.grid.slot_time_s(np.arange(self.n_notes)) + self.late_s)

    @property
    def review(self) -> TakeReview:
        grid = self.grid
        first_beat_s = grid.first_beat_s if self.has_click else None
        exercise = Exercise(grid.bpm, grid.meter, grid.subdivision, first_beat_s)
        if self.steps:
            exercise = replace(exercise, program_grid=grid)
        notes = np.zeros(self.n_notes, dtype=NOTE)
        notes["onset_sample"] = np.round(self.onset_s * RATE_HZ)
        notes["offset_sample"] = notes["onset_sample"] + RATE_HZ // 20
        notes["level_dbfs"], notes["pitch_midi"] = -20.0, math.nan
        snapshot = measure(notes, NotePipeline(RATE_HZ, load_instrument(self.instrument)), exercise)
        duration_s = float(self.onset_s[-1]) + 1.0
        return TakeReview("a take", RATE_HZ, 1, duration_s, RecordingQuality(), snapshot)

    @property
    def live(self) -> LiveSnapshot:
        """The moment of its last note."""
        program = MetronomeProgram(self.bpm, self.grid.meter, self.grid.subdivision)
        exchange = SharedAudioBuffer(RATE_HZ, click_sounds(RATE_HZ))
        feed = ClickFeed(program, exchange)
        tally = LiveTally(RATE_HZ, feed)
        tally.lag_s = 0.0 if self.has_click else None
        events = np.zeros(self.n_notes, dtype=ONSET)
        events["onset_id"], events["kind"] = np.arange(self.n_notes), OnsetKind.CONFIRMED
        events["onset_sample"] = np.round(self.onset_s * RATE_HZ)
        for event in events:
            feed.top_up(int(event["onset_sample"]))
            tally.add_events(event.reshape(1), 0.0)
        spread, windows = tally.spread(), on_time_windows_s(tally.slot_s())
        return LiveSnapshot(
            phase=LivePhase.PLAYING, bar=3, bpm=self.bpm, notes=tally.notes(),
            n_notes=self.n_notes, spread_s=spread.sd, spread_n=spread.n,
            spread_low_s=spread.low, spread_high_s=spread.high,
            bias_floor_s=load_instrument(self.instrument).detector_error.bias_s,
            inner_s=windows[0], outer_s=windows[1], is_calibrated=self.has_click,
        )  # fmt: skip


SHIFTS_S = (-0.060, -0.040, -0.025, -0.012, 0.0, 0.009, 0.015, 0.025, 0.040, 0.060)
RAMP = tuple(TempoStep(8 * step, 100.0 + 8.0 * step) for step in range(1, 6))

SHIFTED = [
    *(Played(f"quarters {one:+}", one) for one in SHIFTS_S),
    *(Played(f"eighths {one:+}", one, subdivision="2") for one in SHIFTS_S[1:-1]),
    *(Played(f"triplets {one:+}", one, 72.0, subdivision="3") for one in (-0.04, 0.0, 0.03)),
    *(Played(f"swing {one:+}", one, 90.0, subdivision="swing") for one in (-0.03, 0.0, 0.03)),
    *(Played(f"3/4 {one:+}", one, n_beats=3) for one in (-0.04, 0.015)),
    *(Played(f"7/8 {one:+}", one, 180.0, n_beats=7) for one in (-0.03, 0.015)),
    *(Played(f"twelve notes {one:+}", one, n_notes=12) for one in (-0.04, 0.0, 0.04)),
]
RAMPS = [Played(f"ramp {one:+}", one, steps=RAMP) for one in (-0.04, 0.0, 0.015)]
OFF_BEATS = [
    Played(f"off-beats {late_s:+} of {kind}", 0.0, 80.0, 4, kind, off_beats_late_s=late_s)
    for kind in ("2", "3", "4", "swing")
    for late_s in (0.025, -0.025)
]
PLACES = [
    Played(f"beat {n_beats} of {n_beats} {late_s:+}", 0.0, 150.0, n_beats, place_late_s=late_s)
    for n_beats in (3, 4, 7)
    for late_s in (0.045, -0.045)
]
TAKES = [*SHIFTED, *RAMPS, *OFF_BEATS, *PLACES]


def ids(takes: list[Played]) -> list[str]:
    return [one.name for one in takes]


def shapes(review: TakeReview) -> str:
    text = "".join(text for row in shape_rows(review.snapshot, 100)[:-2] for text, _ in row)
    return "".join(one for one in text if one in "◀◁●▷▶")


def share(of: str, review: TakeReview) -> float:
    drawn = shapes(review)
    return sum(one in of for one in drawn) / len(drawn)


def ms_in(text: str) -> float:
    found = re.search(r"(\d+(?:\.\d)?) ms (?:ahead|behind|late|early)", text)
    assert found, text
    return float(found[1])


def side_in(text: str) -> str:
    """What a headline says of the take as a whole."""
    text = text.lower()
    text = text.removeprefix("few notes yet, but ")
    if re.match(r"early:|.*a little early", text):
        return "early"
    if re.match(r"late:|.*\. late: ", text):
        return "late"
    return "on the click" if "on the click" in text else ""


def expected_side(shift_s: float) -> str:
    if abs(shift_s) <= INNER_S:
        return "on the click"
    return "early" if shift_s < 0.0 else "late"


@pytest.mark.parametrize("take", [*SHIFTED, *RAMPS], ids=ids([*SHIFTED, *RAMPS]))
def test_a_shift_is_said_alike_everywhere(take: Played) -> None:
    review, side = take.review, expected_side(take.shift_s)
    headline = finding(review)
    assert side_in(headline) == side, headline
    assert re.search("very even|as even as I can tell", headline, re.IGNORECASE)
    early, late, white = (share(of, review) for of in ("◀◁", "▶▷", "●"))
    if side == "on the click":
        assert white > 0.8
    else:
        assert (early if side == "early" else late) > 0.65
        assert (late if side == "early" else early) < 0.05
        assert ms_in(headline) == pytest.approx(1000.0 * abs(take.shift_s), abs=2.0)
    is_first = re.match("(Few notes yet, but )?(early|late)", headline, re.IGNORECASE) is not None
    assert is_first is (take.shift_s < -0.020 or take.shift_s > 0.010)
    assert (case_of(review.snapshot) in (Case.EARLY, Case.LATE)) is is_first


@pytest.mark.parametrize("take", SHIFTED, ids=ids(SHIFTED))
def test_the_band_and_the_lines_say_what_the_headline_says(take: Played) -> None:
    side, live = side_in(finding(take.review)), take.live
    expected = {"early": Judgement.EARLY, "late": Judgement.LATE, "on the click": Judgement.ON_TIME}
    assert judge(live) is expected[side]
    if side == "on the click":
        assert "on time" in spoken(live)
    else:
        assert spoken(live).count(side) == 1
        assert ms_in(spoken(live)) == pytest.approx(1000.0 * abs(take.shift_s), abs=4.0)


@pytest.mark.parametrize("take", OFF_BEATS, ids=ids(OFF_BEATS))
def test_off_beats_are_off_and_beats_are_right(take: Played) -> None:
    review = take.review
    word = "late" if take.off_beats_late_s > 0.0 else "early"
    headline = finding(review)
    assert re.match(rf"Off-beats are 2[3-7] ms {word}, the beats are on the click", headline)
    assert case_of(review.snapshot) is Case.OFF_BEATS
    grid = review.snapshot.grid_fit.grid
    assert grid is not None
    for place, late_ms in place_means_ms(review).items():
        is_beat = place % grid.subdivision.n_slots == 0
        due_ms = 0.0 if is_beat else 1000.0 * take.off_beats_late_s
        assert late_ms == pytest.approx(due_ms, abs=4.0)
    assert judge(take.live) is Judgement.UNEVEN
    assert re.search(rf"beats on time, off-beats \d+ ms {word}", spoken(take.live))


@pytest.mark.parametrize("take", PLACES, ids=ids(PLACES))
def test_one_beat_is_off_and_the_others_are_right(take: Played) -> None:
    review = take.review
    word = "late" if take.place_late_s > 0.0 else "early"
    headline = finding(review)
    where = rf"Beat {take.n_beats} is 4[3-7] ms {word} in every bar; otherwise about on the click"
    assert re.match(where, headline), headline
    assert case_of(review.snapshot) in (Case.PLACE_LATE, Case.PLACE_EARLY)
    for place, late_ms in place_means_ms(review).items():
        due_ms = 1000.0 * take.place_late_s if place == take.n_beats - 1 else 0.0
        assert late_ms == pytest.approx(due_ms, abs=4.0)
    assert judge(take.live) is Judgement.UNEVEN


def place_means_ms(review: TakeReview) -> dict[int, float]:
    """What the drawing of the bar says, place by place."""
    snapshot = review.snapshot
    grid = snapshot.grid_fit.grid
    assert grid is not None
    rows = ["".join(text for text, _ in row) for row in position_rows(snapshot, 80)]
    found = [re.search(r"(?:beat (\d)|(\d)\.(\d)).* ([+-]?\d+) ± ", row) for row in rows[:-1]]
    means = {}
    for one in found:
        assert one
        beat, slot = int(one[1] or one[2]), int(one[3] or 1)
        means[(beat - 1) * grid.subdivision.n_slots + slot - 1] = float(one[4])
    return means


@pytest.mark.parametrize("take", TAKES, ids=ids(TAKES))
def test_drawings_and_tables_measure_from_the_click(take: Played) -> None:
    review = take.review
    snapshot = review.snapshot
    assert snapshot.is_click_known
    titles = ["".join(text for text, _ in row) for row in take_rows(snapshot, 80)]
    where = "Where in the bar, against the click"
    assert snapshot.grid_fit.grid is not None
    assert (titles[0] == where) is (take.n_notes >= 4 * snapshot.grid_fit.grid.slots_per_bar)
    assert "Note by note, against the click" in titles
    truth_ms = 1000.0 * take.late_s
    table_ms = [float(one.deviation.replace("−", "-")) for one in tables.note_rows(snapshot)]
    np.testing.assert_allclose(table_ms, truth_ms, atol=0.2)
    grid = snapshot.grid_fit.grid
    assert grid is not None
    position = grid.position_in_bar(np.arange(take.n_notes))
    for place, late_ms in place_means_ms(review).items():
        assert late_ms == pytest.approx(truth_ms[position == place].mean(), abs=1.0)
    bias = snapshot.metrics[MetricKey.DEVIATION_BIAS]
    assert bias.is_unavailable or 1000.0 * bias.value == pytest.approx(truth_ms.mean(), abs=0.1)
    for flag in tables.flags(snapshot):
        assert "on the click" in flag.text or ms_in(flag.text) > 1000.0 * INNER_S


@pytest.mark.parametrize("shift_s", [-0.04, 0.0, 0.04])
def test_without_a_click_the_average_is_the_reference_and_nobody_is_early(shift_s: float) -> None:
    take = Played("free", shift_s, subdivision="2", has_click=False)
    review = take.review
    assert not re.search("early|late|click", finding(review), re.IGNORECASE)
    assert share("●", review) > 0.9
    titles = ["".join(text for text, _ in row) for row in take_rows(review.snapshot, 80)]
    assert titles[0] == "Where in the bar, against your own average"
    assert judge(take.live) is Judgement.EVEN
    assert "early" not in spoken(take.live)
    late_s = review.snapshot.alignment.deviation_s  # type: ignore[union-attr]
    assert np.mean(late_s) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("shift_s", [-0.008, 0.0, 0.008])
def test_what_the_ear_cannot_tell_is_not_called_early_or_late(shift_s: float) -> None:
    """On the violin all notes may be heard 10 ms off."""
    take = Played("violin", shift_s, subdivision="2", instrument="violin")
    assert "On the click, as far as I can tell" in finding(take.review)
    assert share("●", take.review) > 0.6
    assert judge(take.live) is Judgement.ON_TIME


def test_a_whole_take_and_a_place_are_both_said() -> None:
    take = Played("early, beat 4 drags", -0.04, place_late_s=0.022)
    headline = finding(take.review)
    assert re.match(r"Early: \d+ ms ahead of the click throughout; otherwise", headline)
    assert re.search(r"\. Beat 4 comes 2\d ms later than the rest in every bar\.$", headline)


def test_a_ramp_counts_every_note_at_its_own_tempo() -> None:
    take = Played("ramp", 0.0, steps=RAMP)
    snapshot = take.review.snapshot
    assert len(snapshot.notes) == len(shapes(take.review)) == take.n_notes
    assert len(take_result(take.review, "").notes) == take.n_notes  # the journal's row
    steady = Played("steady", 0.0).review.snapshot
    for key in (MetricKey.SD_IOI, MetricKey.DEVIATION_SPREAD):
        ramped, usual = snapshot.metrics[key], steady.metrics[key]
        assert ramped.value == pytest.approx(usual.value, rel=0.1)
    assert snapshot.metrics[MetricKey.SD_IOI].n == take.n_notes - 1


@pytest.mark.parametrize("delay_s", [0.0, 0.12, 0.3])
def test_a_ramp_whose_click_is_not_heard_is_still_one_take(delay_s: float) -> None:
    take = replace(Played("ramp", 0.0, steps=RAMP, has_click=False), shift_s=delay_s)
    snapshot = take.review.snapshot
    assert not snapshot.is_click_known
    assert snapshot.alignment is not None
    assert snapshot.alignment.n_matched == take.n_notes
    assert snapshot.metrics[MetricKey.DEVIATION_SPREAD].value < 0.006
