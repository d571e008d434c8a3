"""Folders of takes: their sets, pitches, what is left out, and what is kept of detectors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from benchmarks.kept_detections import keeping
from benchmarks.known_peers import find_known, known_detections
from benchmarks.peers import Peer
from benchmarks.rules import Detections
from benchmarks.scales import NOTE_S, RATE_HZ, TWO_OCTAVES, sampled_scales
from benchmarks.sets import OTHERS, groups_of
from benchmarks.takes import TakeOptions
from practiceear.audio.blocks import Samples
from practiceear.errors import TakeError
from tests.support.bench_takes import silent_take
from tests.support.tones import tone_row

SETS = """
[groups]
"first" = ["violins", "flutes", "absent"]

[[left_out]]
take = "flutes/anna"
from_s = 0.5
to_s = 0.75
"""


def _write_take(folder: Path, name: str, rows: str = "") -> None:
    folder.mkdir(exist_ok=True)
    soundfile.write(folder / f"{name}.flac", np.full(44100, 0.25), 44100)
    (folder / f"{name}.onsets.txt").write_text("0.200\n0.600\n", encoding="utf-8")
    if rows:
        header = "onset_s,offset_s,pitch_midi,velocity\n"
        (folder / f"{name}.csv").write_text(header + rows, encoding="utf-8")


def test_sets_in_a_group_are_judged_together_and_the_others_apart(tmp_path: Path) -> None:
    for dataset in ("violins", "flutes", "drums"):
        _write_take(tmp_path / dataset, "anna")
    (tmp_path / "empty").mkdir()
    (tmp_path / "sets.toml").write_text(SETS, encoding="utf-8")
    first, others = groups_of(tmp_path, TakeOptions())
    assert (first.label, others.label) == ("first", OTHERS)
    takes = {take.name: take for take in first.read()}
    assert takes.keys() == {"violins/anna", "flutes/anna"}
    assert takes["flutes/anna"].left_out_s == ((0.5, 0.75),)
    assert takes["violins/anna"].left_out_s == ()
    assert [take.dataset for take in others.read()] == ["drums"]


def test_a_folder_of_which_nothing_is_said_is_one_group(tmp_path: Path) -> None:
    _write_take(tmp_path / "violins", "anna")
    (group,) = groups_of(tmp_path, TakeOptions())
    assert (group.label, group.folders) == (tmp_path.name, (tmp_path,))


@pytest.mark.parametrize("text", ["[groups", '[group]\n"a" = ["b"]', '[groups]\n"a" = "b"'])
def test_a_file_of_sets_that_cannot_be_understood_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "sets.toml").write_text(text, encoding="utf-8")
    with pytest.raises(TakeError):
        groups_of(tmp_path, TakeOptions())


def test_labels_take_the_lowest_pitch_that_begins_with_them(tmp_path: Path) -> None:
    _write_take(tmp_path, "anna", "0.1996,,72,\n0.21,,60,\n0.231,,40,\n0.6,,,\n")
    (group,) = groups_of(tmp_path, TakeOptions())
    np.testing.assert_array_equal(group.read()[0].pitch_midi, [60.0, np.nan])


def test_what_was_heard_elsewhere_is_found_by_set_and_take(tmp_path: Path) -> None:
    text = '{"real/set/a": {"x": [2.0, 1.0], "y": [3.0]}, "real/set/b": {"x": []}}'
    (tmp_path / "peers").mkdir()
    (tmp_path / "peers" / "onsets.json").write_text(text, encoding="utf-8")
    known = find_known(tmp_path / "real")
    heard = known_detections(known, [silent_take([], name="set/a"), silent_take([], name="set/b")])
    assert heard.keys() == {"x"}  # y did not hear both
    assert [list(one.onset_s) for one in heard["x"]] == [[1.0, 2.0], []]
    assert known_detections(known, [silent_take([], name="set/c")]) == {}
    assert find_known(tmp_path / "a" / "b" / "c") == {}


def test_no_sound_is_heard_twice_by_the_same_detector(tmp_path: Path) -> None:
    calls = []

    def detect(samples: Samples, rate_hz: int) -> Detections:
        calls.append(rate_hz)
        onset_s = np.array([float(samples[0])])
        return Detections(onset_s, onset_s + np.nan)

    peer = keeping(Peer("fake", "", "numpy", detect), tmp_path)
    sound, other = np.full(10, 0.5, np.float32), np.full(10, 0.25, np.float32)
    first, again = peer.detect(sound, 44100), peer.detect(sound.copy(), 44100)
    assert calls == [44100]
    np.testing.assert_array_equal(first.onset_s, again.onset_s)
    assert np.isnan(again.known_s).all()
    assert list(peer.detect(other, 44100).onset_s) == [0.25]
    peer.detect(sound, 48000)
    keeping(Peer("another", "", "numpy", detect), tmp_path).detect(sound, 44100)
    assert calls == [44100, 44100, 48000, 44100]


def test_a_scale_goes_up_to_the_highest_recorded_note_and_down_again(tmp_path: Path) -> None:
    lines = ["file,instrument,articulation,pitch_midi,onset_s,source"]
    for pitch_midi in (60, 64, 68, 72, 76, 80):
        note = tone_row([0.05], [0.6], pitch_hz=[440.0 * 2 ** ((pitch_midi - 69) / 12)])
        soundfile.write(tmp_path / f"{pitch_midi}.flac", note, RATE_HZ)
        lines.append(f"{pitch_midi}.flac,harp,pluck,{pitch_midi},0.05,somebody")
    (tmp_path / "samples.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (scale,) = sampled_scales(tmp_path)
    up = [*range(80 - TWO_OCTAVES, 81)]
    assert list(scale.pitch_midi) == [*up, *up[-2::-1]]
    np.testing.assert_allclose(np.diff(scale.onset_s), NOTE_S, atol=0.001)
    assert (scale.reference_s >= scale.onset_s).all()
    level = [
        np.abs(scale.samples[round(at_s * RATE_HZ) :][: round(0.05 * RATE_HZ)]).max()
        for at_s in scale.onset_s
    ]
    assert min(level) > 0.02
