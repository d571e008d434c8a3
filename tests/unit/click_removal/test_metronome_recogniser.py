"""Clicks of a metronome among notes: what is recognised, and what is never taken for one."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from practiceear.click_removal.metronome_recogniser import (
    FEWEST_CLICKS,
    MetronomeRecogniser,
    difference,
)
from practiceear.onset.event import ONSET, OnsetKind
from practiceear.rhythm.grid import BoolArray
from practiceear.units import FloatArray

RATE_HZ = 44100
N_BANDS = 67


def tone(band: int, seed: int = 0) -> FloatArray:
    """Levels of a short sound with its loudest partial in ``band``."""
    magnitude = 10.0 ** np.random.default_rng(seed).normal(-3.5, 0.3, N_BANDS)
    for partial in range(1, 5):
        at = band + round(12 * np.log2(partial))
        if at < N_BANDS:
            magnitude[at] += 0.1 / partial
            magnitude[max(0, at - 1)] += 0.01 / partial
    return np.asarray(np.log10(1.0 + 1000.0 * magnitude))


def louder(levels: FloatArray, gain: float) -> FloatArray:
    """The same sound, louder by so many powers of ten."""
    return np.asarray(np.log10(1.0 + 10.0**gain * (10.0**levels - 1.0)))


PLAIN, ACCENT, OTHER = tone(40), tone(45), tone(30, seed=5)


@dataclass
class Heard:
    """Onsets of one take, in any order; what the detector says of each is drawn by chance."""

    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(3))
    rows: list[tuple[float, float, FloatArray, bool, OnsetKind]] = field(default_factory=list)

    def add(
        self,
        time_s: float,
        levels: FloatArray,
        click_like: tuple[float, float],
        *,
        jitter_s: float = 0.0,
        is_click: bool = False,
        kind: OnsetKind = OnsetKind.CONFIRMED,
    ) -> None:
        at_s = time_s + self.rng.normal(0.0, jitter_s)
        sound = louder(levels, self.rng.normal(0.0, 0.1)) + self.rng.normal(0.0, 0.02, N_BANDS)
        likeness = self.rng.uniform(*click_like)
        self.rows.append((at_s, likeness, np.maximum(sound, 0.0), is_click, kind))

    def metronome(
        self,
        first_s: float,
        period_s: float,
        n: int,
        *,
        plain: FloatArray = PLAIN,
        accent: FloatArray = ACCENT,
        without: tuple[int, ...] = (),
    ) -> None:
        for beat in range(n):
            levels = accent if beat % 4 == 0 else plain
            if beat not in without:
                self.add(
                    first_s + beat * period_s, levels, (0.5, 1.0), jitter_s=0.0006, is_click=True
                )

    def recognised(self, **settings: bool) -> tuple[BoolArray, BoolArray, BoolArray]:
        """Of each onset in order: whether it is a click, known at once, known in the end."""
        rows = sorted(self.rows, key=lambda row: row[0])
        onsets = np.zeros(len(rows), dtype=ONSET)
        onsets["kind"] = [row[4] for row in rows]
        samples = np.round(np.array([row[0] for row in rows]) * RATE_HZ).astype(np.int64)
        onsets["onset_sample"], onsets["click_like"] = samples, [row[1] for row in rows]
        onsets["sound"] = np.array([row[2] for row in rows], np.float32)
        self.recogniser = MetronomeRecogniser(RATE_HZ, **settings)
        at_once = self.recogniser.add(onsets)
        in_the_end = self.recogniser.is_click(samples)
        return np.array([row[3] for row in rows]), at_once, in_the_end


def test_a_metronome_alone_is_known_by_its_fourth_click_and_in_the_end_from_its_first() -> None:
    heard = Heard()
    heard.metronome(0.5, 0.625, 40)
    _, at_once, in_the_end = heard.recognised()
    assert np.all(in_the_end)
    assert np.count_nonzero(~at_once) <= FEWEST_CLICKS + 1
    (metronome,) = heard.recogniser.metronomes()
    assert metronome.per_minute == pytest.approx(96.0, abs=0.1)
    assert metronome.n_clicks == 40
    assert metronome.first_s == pytest.approx(0.5, abs=0.003)
    assert metronome.last_s == pytest.approx(0.5 + 39 * 0.625, abs=0.003)


def test_fewer_than_four_clicks_show_no_metronome() -> None:
    heard = Heard()
    heard.metronome(0.5, 0.5, FEWEST_CLICKS - 1)
    assert not heard.recognised()[2].any()
    assert heard.recogniser.metronomes() == ()


def test_clicks_go_on_by_their_grid_after_a_pause_and_beside_notes() -> None:
    heard = Heard()
    heard.metronome(0.5, 0.5, 60, without=(7, *range(20, 32)))
    for k in range(50):
        heard.add(0.71 + 0.53 * k, OTHER, (0.0, 0.4), jitter_s=0.01)
    is_click, _, in_the_end = heard.recognised()
    np.testing.assert_array_equal(in_the_end, is_click)


def test_a_note_on_the_grid_stays_a_note() -> None:
    heard = Heard()
    heard.metronome(0.5, 0.5, 40, without=(20, 30))
    heard.add(0.5 + 20 * 0.5, OTHER, (0.6, 0.7))  # like a click, of another sound
    heard.add(0.5 + 30 * 0.5, PLAIN, (0.05, 0.1))  # of its sound, and nothing like a click
    is_click, _, in_the_end = heard.recognised()
    np.testing.assert_array_equal(in_the_end, is_click)


def test_a_click_within_a_held_note_is_a_click() -> None:
    heard = Heard()
    heard.metronome(0.5, 0.5, 20)
    heard.add(10.2, OTHER, (0.0, 0.2))
    both = np.log10(10.0**OTHER + 10.0**PLAIN - 1.0)
    heard.add(10.5, both, (0.7, 0.9), is_click=True)
    is_click, _, in_the_end = heard.recognised()
    np.testing.assert_array_equal(in_the_end, is_click)


def test_a_new_note_together_with_a_click_is_a_note() -> None:
    heard = Heard()
    heard.metronome(0.5, 0.5, 20)
    heard.add(10.2, OTHER, (0.0, 0.2))
    both = np.log10(10.0 ** tone(25, seed=2) + 10.0**PLAIN - 1.0)
    heard.add(10.5, both, (0.5, 0.7))
    is_click, _, in_the_end = heard.recognised()
    np.testing.assert_array_equal(in_the_end, is_click)


def test_two_metronomes_are_told_apart() -> None:
    heard = Heard()
    heard.metronome(0.5, 0.5, 50)
    heard.metronome(0.83, 0.7, 35, plain=tone(52, seed=8), accent=tone(52, seed=8))
    _, _, in_the_end = heard.recognised()
    assert np.count_nonzero(~in_the_end) <= 2  # two at one moment sound like neither
    assert sorted(round(found.per_minute) for found in heard.recogniser.metronomes()) == [86, 120]


def test_a_change_of_tempo_and_of_sound_is_learned() -> None:
    heard = Heard()
    heard.metronome(0.5, 0.5, 20)
    heard.metronome(10.7, 0.4, 20)
    heard.metronome(19.0, 0.4, 20, plain=OTHER, accent=OTHER)
    _, at_once, in_the_end = heard.recognised()
    assert np.count_nonzero(~at_once) <= 3 * (FEWEST_CLICKS + 1)
    assert np.all(in_the_end)


def test_a_click_that_is_detected_twice_is_one_click() -> None:
    heard = Heard()
    heard.metronome(0.5, 0.6, 30)
    for beat in range(30):
        heard.add(0.58 + 0.6 * beat, louder(PLAIN, -0.7), (0.2, 0.5), is_click=True)
    _, _, in_the_end = heard.recognised()
    assert np.count_nonzero(~in_the_end) <= 1


@pytest.mark.parametrize("spread_s", [0.003, 0.006, 0.012])
@pytest.mark.parametrize("seed", range(4))
def test_repeated_notes_of_a_good_player_are_notes(spread_s: float, seed: int) -> None:
    heard = Heard(np.random.default_rng(seed))
    period_s = heard.rng.uniform(0.15, 0.6)
    for k in range(80):
        heard.add(0.5 + k * period_s, tone(48, seed=k % 3), (0.2, 0.9), jitter_s=spread_s)
    assert not heard.recognised()[2].any()


def test_a_scale_at_exactly_equal_intervals_is_no_metronome() -> None:
    heard = Heard()
    for k in range(100):
        heard.add(0.5 + 0.3 * k, tone(36 + min(k % 24, 24 - k % 24)), (0.5, 1.0))
    assert not heard.recognised()[2].any()


def test_exactly_repeated_notes_that_sound_like_notes_are_no_metronome() -> None:
    heard = Heard()
    for k in range(100):
        heard.add(0.5 + 0.3 * k, PLAIN, (0.0, 0.4))
    assert not heard.recognised()[2].any()


def test_what_sounds_like_a_click_is_no_note_of_a_flute_even_alone() -> None:
    heard = Heard()
    heard.add(0.4, OTHER, (0.9, 0.95))  # the first note of a take comes out of silence
    heard.add(1.0, PLAIN, (0.9, 0.95), is_click=True)
    heard.add(2.3, OTHER, (0.1, 0.3))
    is_click, at_once, _ = heard.recognised(has_struck_tones=False)
    np.testing.assert_array_equal(at_once, is_click)
    (sound,) = heard.recogniser.metronomes()
    assert np.isnan(sound.per_minute)
    assert sound.n_clicks == 1
    assert not heard.recognised()[2].any()


def test_the_end_knows_all_that_was_known_at_once() -> None:
    heard = Heard()
    heard.metronome(0.5, 0.47, 60, without=(4, 5, 6, 33))
    for k in range(70):
        heard.add(0.71 + 0.41 * k, tone(30 + k % 7), (0.0, 0.6), jitter_s=0.01)
    _, at_once, in_the_end = heard.recognised()
    assert np.all(in_the_end[at_once])


def test_onsets_without_a_description_are_notes() -> None:
    onsets = np.zeros(20, dtype=ONSET)
    onsets["kind"], onsets["click_like"] = OnsetKind.CONFIRMED, np.nan
    onsets["onset_sample"] = np.arange(20) * 22050
    assert not MetronomeRecogniser(RATE_HZ).add(onsets).any()


def test_clicks_that_were_half_heard_show_what_the_others_are() -> None:
    heard, without = Heard(), Heard()
    for beat in range(24):
        is_heard = beat % 7 == 0
        kind = OnsetKind.CONFIRMED if is_heard else OnsetKind.HALF_HEARD
        heard.add(0.5 + 0.4 * beat, PLAIN, (0.6, 1.0), jitter_s=6e-4, is_click=True, kind=kind)
        if is_heard:
            without.add(0.5 + 0.4 * beat, PLAIN, (0.6, 1.0), jitter_s=6e-4)
    assert heard.recognised()[2].all()
    assert not without.recognised()[2].any()  # 2.8 s apart, they are no metronome's


def test_a_sound_differs_from_itself_by_nothing_at_any_loudness() -> None:
    plain = PLAIN.astype(np.float32)
    for gain in (-1.0, -0.35, 0.6):
        assert difference(louder(PLAIN, gain).astype(np.float32), plain) < 0.06
    assert difference(tone(41).astype(np.float32), plain) > 0.3
    assert difference(ACCENT.astype(np.float32), plain) > 0.3
