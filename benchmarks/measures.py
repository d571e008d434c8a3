"""What is reported of takes with known truth, beside what the truth itself would give.

The same measures are taken from the heard notes and from the true ones: moments at which notes
come within 20 dB of their loudest, true ends, true levels. Then single phrases are heard in ten
rooms, noises and gains: how far apart are the reports?

Examples
--------
    python benchmarks/measures.py --folders takes/rendered --samples takes/samples
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from training import render
from training.phrase import PhraseConfig
from training.room import practice_room
from training.truth import RATE_HZ

from practiceear.audio.block import AudioBlock, Samples
from practiceear.instruments.profile import InstrumentProfile
from practiceear.instruments.registry import instrument_names
from practiceear.metrics.metric import Metric
from practiceear.notes.note import NOTE
from practiceear.session.ear import Ear, listen
from practiceear.session.review import load_profile
from practiceear.session.snapshot import Exercise, SessionSnapshot, measure
from report import number, table
from takes import Take, TakeGroup
from typical_errors import PROFILE_NAMES, TAKE_S

FIXTURES = Path(__file__).resolve().parent.parent / "recordings" / "fixtures"
GROUPS = {
    "bowed": "bowed",
    "plucked": "plucked and piano",
    "struck": "plucked and piano",
    "reed": "winds",
    "flute": "winds",
    "brass": "winds",
}
COMPARED = {  # key: name, unit, factor
    "sd_ioi_s": ("SD-IOI, floor in", "ms", 1000.0),
    "true_sd_ioi_s": ("SD-IOI, floor out", "ms", 1000.0),
    "deviation_spread_s": ("spread about the beat", "ms", 1000.0),
    "drift_s_per_s": ("drift", "ms/s", 1000.0),
    "gate_ratio": ("gate ratio", "", 1.0),
    "loudness_sd_db": ("loudness SD", "dB", 1.0),
}
NEEDS = {"gate_ratio": "offset_s", "loudness_sd_db": "level_dbfs"}
"""What must be known of the true notes; of the rest, when they begin."""

N_ROOMS = 10
N_PHRASES = 3

ABOUT = """\
*error* is the mean of |reported - true| over takes, *covered* how many of the 95 % intervals hold
the truth, *at the floor* how many reports said so. Levels and ends are those of the takes that
know them."""


@dataclass(frozen=True, slots=True)
class TrueEar:
    """What `measure` asks an ear for."""

    rate_hz: int
    profile: InstrumentProfile
    gaps: tuple[()] = ()


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folders", nargs="+", type=Path, default=[FIXTURES])
    parser.add_argument("--samples", type=Path, help="folder of dry notes with a samples.csv")
    parser.add_argument("--markdown", type=Path, help="write the tables here too")
    options = parser.parse_args(arguments)
    lines = ["# Reported beside true", "", *ABOUT.splitlines(), "", *_truth_table(options.folders)]
    if options.samples:
        lines += ["", *_room_table(options.samples)]
    text = "\n".join(lines) + "\n"
    if options.markdown:
        options.markdown.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


def _truth_table(folders: list[Path]) -> list[str]:
    found: dict[tuple[str, str], list[tuple[Metric, Metric]]] = defaultdict(list)
    for take in TakeGroup("the folders", tuple(folders)).read():
        if not take.is_exact or len(take.reference_s) < 2 or take.family not in GROUPS:
            continue
        heard, true = _heard(take), _true(take)
        for key in COMPARED:
            if not np.all(np.isfinite(getattr(take, NEEDS.get(key, "onset_s")))):
                continue
            pair = heard.metric(key), true.metric(key.removeprefix("true_"))
            if not pair[0].is_refused and not pair[1].is_refused:
                found[key, GROUPS[take.family]].append(pair)
    rows = []
    for key, (name, unit, factor) in COMPARED.items():
        for group in sorted(set(GROUPS.values())):
            pairs = found[key, group]
            if pairs:
                rows.append([f"{name}, {group}", *_figures(pairs, factor), unit])
    return table(["measure", "takes", "error", "worst", "covered", "at the floor", "unit"], rows)


def _figures(pairs: list[tuple[Metric, Metric]], factor: float) -> list[str]:
    error = np.array([factor * abs(heard.value - true.value) for heard, true in pairs])
    n_covered = sum(heard.low <= true.value <= heard.high for heard, true in pairs)
    n_floor = sum(heard.is_at_floor for heard, _ in pairs)
    errors = (float(np.mean(error)), float(np.max(error)))
    return [str(len(pairs)), *(number(x, 2) for x in errors), str(n_covered), str(n_floor)]


def _profile(take: Take) -> InstrumentProfile:
    return load_profile(take.instrument if take.instrument in instrument_names() else None)


def _heard(take: Take) -> SessionSnapshot:
    ear = Ear(take.rate_hz, _profile(take), is_pitch_wanted=False)
    return measure(listen(ear, [AudioBlock(take.samples, 0)]).notes, ear, Exercise())


def _true(take: Take) -> SessionSnapshot:
    """The measures of the true notes; those of what a take does not know mean nothing."""
    order = np.argsort(take.reference_s)
    notes = np.zeros(len(order), NOTE)
    onset_s = take.reference_s[order]
    notes["onset_sample"] = np.round(onset_s * take.rate_hz)
    interval_s = np.diff(onset_s, append=np.inf)
    length_s = np.minimum(take.offset_s[order] - take.onset_s[order], interval_s)
    known_s = np.where(np.isfinite(length_s), length_s, 0.0)
    notes["offset_sample"] = notes["onset_sample"] + np.round(known_s * take.rate_hz).astype(int)
    notes["gate_ratio"] = length_s / interval_s
    notes["level_dbfs"] = np.nan_to_num(take.level_dbfs[order])
    for name in ("attack_s", "dip_db", "pitch_midi"):
        notes[name] = np.nan
    ear = TrueEar(take.rate_hz, _profile(take))
    return measure(notes, ear, Exercise())  # type: ignore[arg-type]


def _room_table(folder: Path) -> list[str]:
    """The same playing in ten rooms: how far the reports lie apart."""
    apart: dict[str, list[float]] = defaultdict(list)
    for name, dry in _phrases(folder):
        profile = load_profile(name)
        values = []
        for room in range(N_ROOMS):
            sound = practice_room(dry, np.random.default_rng(room))
            metric = _measured(sound, profile).metric("sd_ioi_s")
            if not metric.is_refused:
                values.append(1000.0 * metric.value)
        if len(values) >= N_ROOMS // 2:
            apart[GROUPS[profile.family.value]].append(float(np.std(values, ddof=1)))
    rows = [
        [group, str(len(sds)), number(float(np.median(sds)), 2), number(float(np.max(sds)), 2)]
        for group, sds in sorted(apart.items())
    ]
    head = ["one phrase in ten rooms", "phrases", "SD of SD-IOI, ms, median", "worst"]
    return table(head, rows)


def _measured(sound: Samples, profile: InstrumentProfile) -> SessionSnapshot:
    ear = Ear(RATE_HZ, profile, is_pitch_wanted=False)
    return measure(listen(ear, [AudioBlock(sound, 0)]).notes, ear, Exercise())


def _phrases(folder: Path) -> Iterator[tuple[str, Samples]]:
    """Dry phrases of every instrument that has samples."""
    with (folder / "samples.csv").open(newline="", encoding="utf-8") as lines:
        licences = tuple({row["licence"] for row in csv.DictReader(lines)})
    cache: dict[Path, render.FloatArray] = {}
    for (instrument, _), samples in render.banks(render.read_samples(folder, licences)).items():
        for seed in range(N_PHRASES):
            rng = np.random.default_rng([seed, *instrument.encode()])
            config = PhraseConfig(0, 127, 0.0, TAKE_S, longest_s=0.9)
            dry, _ = render.render_take(samples, config, rng, cache)
            yield PROFILE_NAMES.get(instrument, instrument), dry[: round(TAKE_S * RATE_HZ)]


if __name__ == "__main__":
    sys.exit(main())
