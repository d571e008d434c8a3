"""The program: bars, clicks and tempos worked out by hand or by a slow exact twin."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import islice, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from practiceear.errors import UsageError
from practiceear.metronome.program import (
    Bar,
    ClickKind,
    GapClick,
    MetronomeProgram,
    TempoChange,
    bars,
    section_grids,
)
from practiceear.rhythm.grid import Meter, Subdivision

RATE_HZ = 48000


def first_bars(program: MetronomeProgram, n_bars: int, first_sample: int = 0) -> list[Bar]:
    return list(islice(bars(program, RATE_HZ, first_sample), n_bars))


def samples_of(played: list[Bar]) -> list[int]:
    return [int(sample) for bar in played for sample in bar.clicks["sample"]]


def test_a_count_in_and_a_bar_at_60_bpm() -> None:
    count_in, first = first_bars(MetronomeProgram(60.0, Meter.parse("2+1")), 2, first_sample=100)
    assert (count_in.index, first.index) == (-1, 0)
    assert (count_in.start_s, first.start_s) == (100 / 48000, 3 + 100 / 48000)
    assert count_in.clicks["sample"].tolist() == [100, 48100, 96100]
    assert first.clicks["sample"].tolist() == [144100, 192100, 240100]
    assert first.clicks["beat"].tolist() == [0, 1, 2]
    accent, beat = ClickKind.ACCENT, ClickKind.BEAT
    assert first.clicks["kind"].tolist() == [accent, beat, accent]
    assert first.clicks["bpm"].tolist() == [60.0, 60.0, 60.0]
    assert first.clicks["bar"].tolist() == [0, 0, 0]
    assert first.clicks["is_audible"].all()


def test_subdivisions_click_only_where_asked() -> None:
    swing = Subdivision.parse("swing")
    program = MetronomeProgram(60.0, Meter.parse(2), swing, n_count_in_bars=0, is_slot_clicked=True)
    (bar,) = first_bars(program, 1)
    assert bar.clicks["sample"].tolist() == [0, 32000, 48000, 80000]
    accent, beat, slot = ClickKind.ACCENT, ClickKind.BEAT, ClickKind.SLOT
    assert bar.clicks["kind"].tolist() == [accent, slot, beat, slot]
    assert bar.clicks["slot"].tolist() == [0, 1, 0, 1]
    assert bar.clicks["beat"].tolist() == [0, 0, 1, 1]
    (plain,) = first_bars(MetronomeProgram(60.0, Meter.parse(2), swing, n_count_in_bars=0), 1)
    assert plain.clicks["sample"].tolist() == [0, 48000]


def test_no_drift_after_three_hours() -> None:
    beat_samples = Fraction(60) / Fraction(973, 10) * 44100
    program = MetronomeProgram(97.3, n_count_in_bars=2)
    for bar in islice(bars(program, 44100), 4500):
        for row in bar.clicks:
            n_beats = 4 * (bar.index + 2) + int(row["beat"])
            assert abs(int(row["sample"]) - n_beats * beat_samples) <= Fraction(1, 2)
    assert bar.start_s == float(4 * (bar.index + 2) * beat_samples / 44100)
    assert bar.start_s > 3 * 3600


def test_no_drift_through_a_ramp_and_triplets() -> None:
    change = TempoChange.parse("+0.1/1..190.3")
    program = MetronomeProgram(
        60.7, Meter.parse(3), Subdivision.parse(3), is_slot_clicked=True, tempo_change=change
    )
    time_s = Fraction(0)
    for bar in islice(bars(program, 44100), 1400):
        bpm = min(Fraction(607, 10) + max(bar.index, 0) * Fraction(1, 10), Fraction(1903, 10))
        assert bar.bpm == float(bpm)
        for row, click in enumerate(bar.clicks):
            exact = (time_s + Fraction(row, 3) * 60 / bpm) * 44100
            assert abs(int(click["sample"]) - exact) <= Fraction(1, 2)
        time_s += 3 * 60 / bpm
    assert bar.bpm == 190.3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+4/2..70", [60, 60, 64, 64, 68, 68, 70, 70, 70]),
        ("-10/1..45", [60, 50, 45, 45, 45, 45, 45, 45, 45]),
        ("alt:120/3", [60, 60, 60, 120, 120, 120, 60, 60, 60]),
    ],
)
def test_tempos_of_bars(text: str, expected: list[float]) -> None:
    program = MetronomeProgram(60.0, tempo_change=TempoChange.parse(text))
    assert [program.bpm_of_bar(bar) for bar in range(9)] == expected
    assert [program.bpm_of_bar(bar) for bar in (-3, -2, -1)] == [60, 60, 60]


def test_silent_bars_keep_their_clicks() -> None:
    program = MetronomeProgram(60.0, gap=GapClick.parse("2+1"), n_count_in_bars=1)
    played = first_bars(program, 8)
    audible = [bool(bar.clicks["is_audible"].all()) for bar in played]
    assert audible == [True, True, True, False, True, True, False, True]
    assert [bool(bar.clicks["is_audible"].any()) for bar in played] == audible
    assert [program.is_bar_audible(bar.index) for bar in played] == audible
    assert samples_of(played) == samples_of(first_bars(MetronomeProgram(60.0), 8))


def test_a_silent_program_has_no_audible_bar() -> None:
    for bar in first_bars(MetronomeProgram(60.0, is_silent=True), 5):
        assert len(bar.clicks) == 4
        assert not bar.clicks["is_audible"].any()


def test_drawn_silences_follow_the_seed_alone() -> None:
    gap = GapClick.parse("30%", seed=7)
    forwards = [gap.is_bar_audible(bar) for bar in range(4000)]
    backwards = [gap.is_bar_audible(bar) for bar in reversed(range(4000))]
    assert backwards[::-1] == forwards
    assert forwards[:12] == [GapClick.parse("30%", seed=7).is_bar_audible(k) for k in range(12)]
    assert forwards != [GapClick.parse("30%", seed=8).is_bar_audible(k) for k in range(4000)]
    # Four standard deviations of 4000 draws.
    assert forwards.count(False) / 4000 == pytest.approx(0.3, abs=0.029)


def test_neighbouring_bars_are_drawn_independently() -> None:
    gap = GapClick(share_off=0.5, seed=3)
    silent = np.array([not gap.is_bar_audible(bar) for bar in range(1, 4001)])
    assert np.mean(silent[1:] == silent[:-1]) == pytest.approx(0.5, abs=0.032)


def test_the_first_bar_and_the_count_in_are_never_drawn_silent() -> None:
    for seed in range(60):
        program = MetronomeProgram(60.0, gap=GapClick(share_off=0.99, seed=seed))
        assert all(program.is_bar_audible(bar) for bar in (-2, -1, 0))


changes = st.one_of(
    st.none(),
    st.builds(TempoChange, st.just("alternate"), st.integers(1, 4), st.sampled_from([70.5, 200.0])),
    st.builds(
        TempoChange,
        st.just("ramp"),
        st.integers(1, 4),
        st.sampled_from([150.0, 333.3]),
        st.sampled_from([0.7, 5.0, 60.0]),
    ),
)
programs = st.builds(
    MetronomeProgram,
    st.floats(20.0, 140.0),
    st.sampled_from([Meter.parse(text) for text in ("1", "4", "3+2+2")]),
    st.sampled_from([Subdivision.parse(text) for text in ("1", "3", "swing", "5")]),
    st.integers(0, 3),
    st.booleans(),
    tempo_change=changes,
)


@settings(max_examples=60, deadline=None)
@given(programs, st.integers(-1000, 10**9), st.integers(1, 30))
def test_the_rulers_of_a_take_agree_with_its_clicks(
    program: MetronomeProgram, first_sample: int, n_bars: int
) -> None:
    sections = section_grids(program, RATE_HZ, first_sample, n_bars)
    assert sum(section.n_bars for section in sections) == n_bars
    played = first_bars(program, program.n_count_in_bars + n_bars + 1, first_sample)
    bar_of = {bar.index: bar for bar in played}
    assert sections[0].first_bar == 0
    for section in sections:
        assert section.grid.first_beat_s == section.first_s
        next_bar = section.first_bar + section.n_bars
        assert section.first_s == bar_of[section.first_bar].start_s
        assert section.end_s == bar_of[next_bar].start_s
        for index in range(section.first_bar, next_bar):
            clicks = bar_of[index].clicks
            assert bar_of[index].bpm == section.grid.bpm
            beats = (index - section.first_bar) * program.meter.n_beats + clicks["beat"]
            slots = beats * program.subdivision.n_slots + clicks["slot"]
            due_samples = section.grid.slot_time_s(slots) * RATE_HZ
            assert np.abs(clicks["sample"] - due_samples).max() < 0.5 + 1e-3
            is_accent = clicks["kind"] == ClickKind.ACCENT
            assert np.array_equal(section.grid.is_accent(slots), is_accent)
    tempos = [section.grid.bpm for section in sections]
    assert all(a != b for a, b in pairwise(tempos))


@settings(max_examples=30, deadline=None)
@given(programs, st.integers(0, 10**9))
def test_a_later_start_moves_every_click_as_much(program: MetronomeProgram, shift: int) -> None:
    sooner, later = first_bars(program, 6), first_bars(program, 6, first_sample=shift)
    assert samples_of(later) == [sample + shift for sample in samples_of(sooner)]
    assert np.all(np.diff(samples_of(sooner)) > 0)


def test_no_bars_have_no_ruler() -> None:
    assert section_grids(MetronomeProgram(60.0), RATE_HZ, 0, 0) == []


def test_the_breath_goes_in_and_out() -> None:
    program = MetronomeProgram(60.0, breath=(4, 8))
    positions = [0.0, 1.0, 4.0, 6.0, 11.0, 12.0, 14.0]
    phases = [program.breath_phase(position) for position in positions]
    assert phases == [-1.0, -0.75, 0.0, 0.25, 0.875, -1.0, -0.5]
    assert program.breath_phase(-0.01) is None
    assert program.breath_phase(float("nan")) is None
    assert MetronomeProgram(60.0).breath_phase(3.0) is None


@given(st.integers(1, 32), st.integers(1, 32), st.floats(0.0, 1e6))
def test_the_breath_is_in_before_it_is_out(n_in: int, n_out: int, position: float) -> None:
    phase = MetronomeProgram(60.0, breath=(n_in, n_out)).breath_phase(position)
    assert phase is not None
    is_in = position % (n_in + n_out) < n_in
    assert (-1.0 <= phase < 0.0) if is_in else (0.0 <= phase < 1.0)


@pytest.mark.parametrize("text", ["+4/2..120", "-0.5/1..60.25", "alt:120/4", "alt:72.3/16"])
def test_a_tempo_change_reads_what_it_writes(text: str) -> None:
    assert str(TempoChange.parse(text)) == text


@pytest.mark.parametrize("text", ["2+2", "1+7", "30%", "12.5%"])
def test_a_gap_reads_what_it_writes(text: str) -> None:
    assert str(GapClick.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "4", "+4", "+4/2", "+4/2..", "+4/0..120", "+0/2..120", "4/2..900", "alt:120",
             "alt:10/4", "alt:120/0", "+4/2..120x", "+nan/2..120", "+4/2.5..120"],
)  # fmt: skip
def test_a_senseless_tempo_change_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        TempoChange.parse(text)
    assert caught.value.hint


@pytest.mark.parametrize("text", ["", "2", "2+", "0+2", "2+0", "0%", "100%", "-5%", "2+2+2", "x%"])
def test_a_senseless_gap_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        GapClick.parse(text)
    assert "2+2" in caught.value.hint
    assert "30%" in caught.value.hint


def test_an_unreadable_tempo_change_is_answered_with_an_example() -> None:
    with pytest.raises(UsageError, match="'faster'") as caught:
        TempoChange.parse("faster")
    assert "+4/2..120" in caught.value.hint


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: MetronomeProgram(19.0), "19 bpm"),
        (lambda: MetronomeProgram(float("nan")), "nan"),
        (lambda: MetronomeProgram(60.0, n_count_in_bars=9), "9 bars"),
        (lambda: MetronomeProgram(60.0, n_count_in_bars=-1), "-1 bars"),
        (lambda: MetronomeProgram(60.0, volume_db=0.5), "0.5 dB"),
        (lambda: MetronomeProgram(60.0, volume_db=-61.0), "-61 dB"),
        (lambda: MetronomeProgram(60.0, volume_db=float("nan")), "nan dB"),
        (lambda: MetronomeProgram(60.0, breath=(0, 4)), "(0, 4)"),
        (lambda: MetronomeProgram(60.0, breath=(4, 33)), "(4, 33)"),
        (lambda: GapClick(n_on=0), "0+2"),
        (lambda: GapClick(n_off=0), "2+0"),
        (lambda: GapClick(share_off=1.0), "100 %"),
        (lambda: GapClick(share_off=float("nan")), "nan"),
        (lambda: GapClick(seed=-1), "-1"),
        (lambda: TempoChange("ramp", 0, 120.0, 4.0), "every 0 bars"),
        (lambda: TempoChange("ramp", 1, 401.0, 4.0), "401"),
        (lambda: TempoChange("ramp", 1, 120.0), "0 bpm"),
        (lambda: TempoChange("ramp", 1, 120.0, float("inf")), "inf"),
        (lambda: TempoChange("alternate", 1, 120.0, 4.0), "4 bpm"),
        (lambda: TempoChange("jump", 1, 120.0), "'jump'"),  # type: ignore[arg-type]
    ],
)
def test_senseless_values_are_named(make: Callable[[], object], named: str) -> None:
    with pytest.raises(UsageError) as caught:
        make()
    assert named in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("change", ["+4/2..60", "-4/2..120", "+4/2..80", "-1/1..80"])
def test_a_ramp_must_lead_to_its_limit(change: str) -> None:
    with pytest.raises(UsageError, match="never lead from 80") as caught:
        MetronomeProgram(80.0, tempo_change=TempoChange.parse(change))
    assert "such as" in caught.value.hint


def test_clicks_cannot_be_changed() -> None:
    (bar,) = first_bars(MetronomeProgram(60.0), 1)
    with pytest.raises(ValueError, match="read-only"):
        bar.clicks["sample"][0] = 1
