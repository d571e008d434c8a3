"""How far off onsets typically are, by instrument: takes rendered from single notes in many rooms.

What profiles publish as ``onset_s`` is the median over such takes: a take is as likely better
as worse. What the detector says of each take's own errors is held against them:
``metrics/floor.py`` knows how far it is to be believed.

Examples
--------
    python -m benchmarks.typical_errors SAMPLES_FOLDER
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import mir_eval
import numpy as np

from benchmarks.report import number, publish, table
from practiceear.analysis.aligned_take import onset_errors_s
from practiceear.analysis.pipeline import NotePipeline
from practiceear.audio.blocks import AudioBlock, Samples
from practiceear.fixtures.check import MERGED_S, WINDOW_S
from practiceear.instruments.registry import instrument_names, load_profile
from practiceear.metrics.detector_error import usual_error_s
from practiceear.units import FloatArray
from training import render
from training.phrase import PhraseConfig
from training.room import Rng, practice_room
from training.truth import RATE_HZ

TAKE_S = 18.0
BLOCK_SAMPLES = 4096
FEWEST_INTERVALS = 6
PROFILE_NAMES = {"sax": "saxophone", "bass": "double-bass"}
PLUCKED_BANKS = "pizz"

ABOUT = """\
Every take: one bank of recorded notes (an instrument, an articulation, a source), 18 s of a random
phrase, in a room of RT60 0.2 to 1.2 s, direct to reverberant sound 4 to 18 dB, noise 24 to 60 dB
below the playing, filters of microphones. A true note and a heard one belong together within
50 ms of the moment when it comes within 20 dB of its loudest. The error of one onset is the SD of
the errors of intervals between neighbours, over √2; the bias is the mean error of a take. Times in
ms; *typical* is the median over takes, *1 in 10* what one take in ten exceeds. *said* is what the
detector said of the same onsets, in the median take; *real / said* the root mean square of the
errors, each over what was said of it, in the median take and in those that 5 and 95 % lie below."""


@dataclass(frozen=True, slots=True)
class TakeError:
    """What was off in one take, in seconds."""

    onset_s: float
    bias_s: float
    said_s: float
    over_said: float


def main(arguments: list[str] | None = None) -> int:
    """Render, hear, print; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("samples", type=Path, help="folder of dry notes with a samples.csv")
    parser.add_argument("--takes", type=int, default=10, help="of each bank")
    parser.add_argument("--markdown", type=Path, help="write the table here too")
    options = parser.parse_args(arguments)
    errors: dict[tuple[str, str], list[TakeError]] = defaultdict(list)
    for name, articulation, error in _all_errors(options.samples, options.takes):
        errors[name, articulation].append(error)
        errors[name, "all"].append(error)
        errors["all", "all"].append(error)
    rows = [
        [name, articulation, str(len(found)), *_figures(found)]
        for (name, articulation), found in sorted(errors.items())
    ]
    head = ["instrument", "articulation", "takes", "typical", "1 in 10", "bias", "bias, RMS",
            "said", "real / said", "5 %", "95 %"]  # fmt: skip
    lines = ["# How far off onsets typically are", "", ABOUT, "", *table(head, rows)]
    text = "\n".join(lines) + "\n"
    publish(text, options.markdown)
    return 0


def _figures(found: list[TakeError]) -> list[str]:
    onset_s = np.array([one.onset_s for one in found])
    bias_s = np.array([one.bias_s for one in found])
    said_s = np.array([one.said_s for one in found])
    figures = (
        np.median(onset_s),
        np.quantile(onset_s, 0.9),
        np.median(bias_s),
        np.sqrt(np.mean(bias_s**2)),
        np.median(said_s),
    )
    ratios = np.quantile([one.over_said for one in found], (0.5, 0.05, 0.95))
    return [
        *(number(1000.0 * float(x)) for x in figures),
        *(number(float(x), 2) for x in ratios),
    ]


def _all_errors(folder: Path, n_takes: int) -> Iterator[tuple[str, str, TakeError]]:
    with (folder / "samples.csv").open(newline="", encoding="utf-8") as lines:
        licences = tuple({row["licence"] for row in csv.DictReader(lines)})
    cache: dict[Path, Samples] = {}
    for (instrument, articulation), samples in render.banks(
        render.read_samples(folder, licences)
    ).items():
        name = PROFILE_NAMES.get(instrument, instrument)
        if name not in instrument_names():
            continue
        by_source: dict[str, list[render.Sample]] = defaultdict(list)
        for sample in samples:
            by_source[sample.source.split("/")[0]].append(sample)
        for source in sorted(by_source):
            for seed in range(n_takes):
                rng = np.random.default_rng([seed, *source.encode(), *articulation.encode()])
                error = _take_error(by_source[source], name, rng, cache)
                if error is not None:
                    yield name, articulation, error


def _take_error(
    bank: list[render.Sample], name: str, rng: Rng, cache: dict[Path, Samples]
) -> TakeError | None:
    config = PhraseConfig(0, 127, float(rng.choice([0.0, 0.0, 0.5])), TAKE_S, longest_s=0.9)
    dry, notes = render.render_take(bank, config, rng, cache)
    sound = practice_room(dry[: round(TAKE_S * RATE_HZ)], rng)
    true_s = np.sort(notes["t20_s"])
    true_s = true_s[np.concatenate([[True], np.diff(true_s) > MERGED_S])]
    heard_s, error_s = _onsets_s(sound, name)
    pairs = mir_eval.util.match_events(true_s, heard_s, WINDOW_S)
    if len(pairs) < FEWEST_INTERVALS:
        return None
    true, heard = np.array(pairs).T
    off_s = heard_s[heard] - true_s[true]
    is_neighbour = (np.diff(true) == 1) & (np.diff(heard) == 1)
    if np.count_nonzero(is_neighbour) < FEWEST_INTERVALS:
        return None
    said_s = error_s[heard]
    change_s = np.diff(off_s)[is_neighbour]
    change_s -= np.mean(change_s)
    said_of_change_s = np.hypot(said_s[1:], said_s[:-1])[is_neighbour]
    return TakeError(
        float(np.std(change_s, ddof=1)) / np.sqrt(2.0),
        float(np.mean(off_s)),
        usual_error_s(said_s),
        float(np.sqrt(np.sum((change_s / said_of_change_s) ** 2) / (change_s.size - 1))),
    )


def _onsets_s(sound: Samples, name: str) -> tuple[FloatArray, FloatArray]:
    ear = NotePipeline(RATE_HZ, load_profile(name), is_pitch_wanted=False)
    blocks = (
        AudioBlock(sound[first : first + BLOCK_SAMPLES], first)
        for first in range(0, len(sound), BLOCK_SAMPLES)
    )
    notes = ear.run(blocks).notes
    return notes["onset_sample"] / RATE_HZ, onset_errors_s(notes, ear.profile.detector_error)


if __name__ == "__main__":
    sys.exit(main())
