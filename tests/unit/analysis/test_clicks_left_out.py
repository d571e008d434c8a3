"""A metronome beside the playing: one place leaves its clicks out, for files and live alike."""

from __future__ import annotations

import numpy as np
import pytest

from practiceear.analysis.pipeline import NotePipeline, PipelineOutput, join_outputs
from practiceear.analysis.snapshot import measure
from practiceear.audio.blocks import AudioBlock, Samples
from practiceear.audio.takefile import TakeArray
from practiceear.instruments.registry import load_instrument
from practiceear.live.snapshot import NoteState
from practiceear.live.tally import LiveTally
from practiceear.onset.event import N_SOUND, ONSET, OnsetArray, OnsetKind
from practiceear.reports.words import metronome_words
from practiceear.settings import Exercise
from tests.support.tones import tone_row

RATE_HZ = 44100
PERIOD_S, N_CLICKS = 0.625, 16
CLICK_S = 0.5 + PERIOD_S * np.arange(N_CLICKS)
NOTE_S = 2.75 + 0.41 * np.arange(18)
DELAY_S = 0.15


class DescribedDetector:
    """Confirms what it is told to, as long after each onset as the real one."""

    hop_samples = 256
    next_onset_id = 0

    def __init__(self, events: OnsetArray) -> None:
        self._events, self._n_samples, self._n_given = events, 0, 0

    def process(self, samples: Samples) -> OnsetArray:
        self._n_samples += len(samples)
        until = int(np.searchsorted(self._events["known_sample"], self._n_samples))
        given, self._n_given = self._events[self._n_given : until].copy(), until
        return given

    def finish(self) -> OnsetArray:
        return self._events[self._n_given :].copy()

    @property
    def confirmed_until_sample(self) -> int:
        return max(0, self._n_samples - round(1.1 * DELAY_S * RATE_HZ))


def described() -> OnsetArray:
    """Clicks and notes in order, confirmed, with what tells them apart."""
    rng = np.random.default_rng(1)
    events = np.zeros(len(CLICK_S) + len(NOTE_S), ONSET)
    is_click = np.arange(len(events)) < len(CLICK_S)
    onset_s = np.concatenate([CLICK_S, NOTE_S])
    events["onset_sample"] = np.round((onset_s + rng.normal(0, 0.0004, len(onset_s))) * RATE_HZ)
    events["known_sample"] = events["onset_sample"] + round(DELAY_S * RATE_HZ)
    events["detected_sample"] = events["known_sample"]
    events["kind"], events["strength"], events["error_s"] = OnsetKind.CONFIRMED, 1.5, 0.002
    events["click_like"] = np.where(is_click, 0.9, 0.1)
    events["sound"][is_click, 40:44] = 1.5
    events["sound"][~is_click, 20:26] = 1.5
    events["sound"] += rng.uniform(0.0, 0.05, (len(events), N_SOUND))
    events = events[np.argsort(events["onset_sample"])]
    events["onset_id"] = np.arange(len(events))
    return events


def pipeline(events: OnsetArray, instrument: str = "guitar") -> NotePipeline:
    made = NotePipeline(RATE_HZ, load_instrument(instrument))
    made._detector = DescribedDetector(events)  # type: ignore[assignment]
    return made


@pytest.fixture(scope="module")
def sound() -> Samples:
    return np.asarray(tone_row(NOTE_S, np.full(len(NOTE_S), 0.3)), np.float32)


def live(made: NotePipeline, sound: Samples, block_samples: int) -> PipelineOutput:
    outputs = [
        made.push(AudioBlock(sound[first : first + block_samples], first))
        for first in range(0, len(sound), block_samples)
    ]
    return join_outputs([*outputs, made.finish()])


def test_a_take_has_its_notes_and_no_click_and_says_what_was_left_out(sound: Samples) -> None:
    made = pipeline(described())
    output = made.run(TakeArray(sound, RATE_HZ).blocks(4096))
    notes_s = output.notes["onset_sample"] / RATE_HZ
    np.testing.assert_allclose(notes_s, NOTE_S, atol=0.003)
    kinds = output.events["kind"]
    assert np.count_nonzero(kinds == OnsetKind.CLICK) == N_CLICKS
    assert np.count_nonzero(kinds == OnsetKind.CONFIRMED) == len(NOTE_S)
    snapshot = measure(output.notes, made, Exercise())
    (metronome,) = snapshot.metronomes
    assert metronome.n_clicks == N_CLICKS
    assert metronome.per_minute == pytest.approx(96.0, abs=0.1)
    words = metronome_words(snapshot)
    assert words == "left out: clicks of a metronome at 0:00 to 0:10, 96 a minute."


def test_live_only_the_first_clicks_are_notes_and_the_ended_take_is_that_of_the_file(
    sound: Samples,
) -> None:
    whole = pipeline(described()).run(TakeArray(sound, RATE_HZ).blocks(4096))
    for block_samples in (441, 4096):
        made = pipeline(described())
        heard = live(made, sound, block_samples)
        assert len(heard.notes) - len(NOTE_S) <= 4
        notes = made.notes_of_take(heard.notes)
        for name in set(notes.dtype.names or ()) - {"pitch_midi"}:
            np.testing.assert_array_equal(notes[name], whole.notes[name])


def test_a_note_is_as_long_as_if_no_click_had_sounded_into_it(sound: Samples) -> None:
    events = described()
    alone = pipeline(events[events["click_like"] < 0.5]).run(TakeArray(sound, RATE_HZ).blocks(4096))
    beside = pipeline(events).run(TakeArray(sound, RATE_HZ).blocks(4096))
    for name in ("offset_sample", "gate_ratio", "dip_db", "level_dbfs"):
        np.testing.assert_allclose(beside.notes[name], alone.notes[name], atol=0.02, rtol=0.02)


def test_live_a_click_is_taken_from_the_notes_that_are_shown() -> None:
    tally = LiveTally(RATE_HZ, None)
    event = np.zeros(1, ONSET)
    event["kind"], event["onset_sample"] = OnsetKind.PROVISIONAL, 4410
    tally.add_events(event, 0.1)
    (note,) = tally.notes()
    assert note.state is NoteState.PROVISIONAL
    event["kind"] = OnsetKind.CLICK
    assert tally.add_events(event, 0.2) == []
    assert tally.notes() == ()
    assert tally.n_confirmed == 0


def test_sounds_that_repeat_on_purpose_are_kept(sound: Samples) -> None:
    made = NotePipeline(RATE_HZ, load_instrument("guitar"), is_metronome_possible=False)
    made._detector = DescribedDetector(described())  # type: ignore[assignment]
    output = made.run(TakeArray(sound, RATE_HZ).blocks(4096))
    assert len(output.notes) == N_CLICKS + len(NOTE_S)
    assert made.metronomes == ()


def test_what_is_left_of_ones_own_click_is_no_note(sound: Samples) -> None:
    events = described()
    own = int(events["onset_sample"][events["click_like"] < 0.5][3])
    made = NotePipeline(
        RATE_HZ,
        load_instrument("guitar"),
        is_own_click=lambda onset: int(onset["onset_sample"]) == own,
    )
    made._detector = DescribedDetector(events)  # type: ignore[assignment]
    output = made.run(TakeArray(sound, RATE_HZ).blocks(4096))
    assert own not in output.notes["onset_sample"]
    assert len(output.notes) == len(NOTE_S) - 1


def test_only_instruments_that_are_blown_make_no_struck_tones() -> None:
    blown = ("flute", "clarinet", "oboe", "saxophone", "trumpet")
    assert not any(load_instrument(name).has_struck_tones for name in blown)
    struck = ("piano", "guitar", "violin", "viola", "cello", "double-bass", "tap")
    assert all(load_instrument(name).has_struck_tones for name in struck)
