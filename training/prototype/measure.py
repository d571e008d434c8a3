"""Figures of the streaming detector (kernels) on takes with known onsets and on negatives.

Usage: python -m training.prototype.measure WEIGHTS.npz [--takes FOLDER ...] [--negatives]

A take is X.flac, at any depth of a folder, with its onsets in X.onsets.txt (seconds, first
column) or in X.json ("notes" with t20_s; "clicks_s", "family", "tier" and
"articulation").
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from .. import held_out, negatives
from ..evaluate import by_group
from ..room import recorded
from ..scoring import Scored, table
from ..truth import RATE_HZ
from .records import CALLED, SETTLED, TAP_CALLED, TAP_SETTLED
from .streaming import Detector, Weights, read_weights

LOG = logging.getLogger(__name__)
KIND_NAMES = {CALLED: "called", SETTLED: "settled"}
TAP_NAMES = {TAP_CALLED: "tap called", TAP_SETTLED: "tap settled"}
FLUSH_S = 0.2  # of silence, so that the last notes settle
N_BLOCK = 4096
# groups of the real takes, by file or folder; a name not found is its own group
GROUPS = {
    "arme_violin": "bowed",
    "violin2": "bowed",
    "clarinet1": "winds",
    "sax_mini": "winds",
    "piano1": "plucked and piano",
    "guitar3": "plucked and piano",
    "guitar_pitched": "plucked and piano",
    "violin_pizz_iowa": "plucked and piano",
    "guitar_body": "tap",
}
RESTS_S = {"VN1-Q-JH-VN1-NR-1": (30.69, 33.17), "VN1-Q-JH-VN1-SP-1": (30.28, 32.88)}  # unannotated
FAMILIES = {"strings": "bowed", "brass": "winds"}


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What a take holds."""

    group: str
    onset_s: np.ndarray
    clicks_s: np.ndarray


def _rendered_truth(path: Path) -> Truth:
    meta = json.loads(path.read_text())
    is_plucked = "pizz" in meta["articulation"]
    family = "plucked" if is_plucked else FAMILIES.get(meta["family"], meta["family"])
    onset_s = np.array([note["t20_s"] for note in meta["notes"]])
    return Truth(f"{family}|{meta['tier']}", onset_s, np.array(meta["clicks_s"]))


def read_truth(path: Path) -> Truth | None:
    """The truth beside a take; None where there is none."""
    if path.with_suffix(".json").exists():
        return _rendered_truth(path.with_suffix(".json"))
    onsets = path.with_name(path.stem + ".onsets.txt")
    if not onsets.exists():
        return None
    onset_s = np.loadtxt(onsets, ndmin=2)[:, 0]
    group = GROUPS.get(path.stem) or GROUPS.get(path.parent.name, path.parent.name)
    return Truth(group, onset_s, np.zeros(0))


class Ear:
    """Detectors by rate; a whole take at once."""

    def __init__(self, weights: Weights) -> None:
        self.weights, self.detectors = weights, {}

    def hear(self, audio: np.ndarray, rate_hz: int) -> np.ndarray:
        """All events of a take."""
        if rate_hz not in self.detectors:
            self.detectors[rate_hz] = Detector(rate_hz, self.weights)
        detector = self.detectors[rate_hz]
        detector.reset()
        flush = np.zeros(int(FLUSH_S * rate_hz), np.float32)
        sound = np.concatenate([audio.astype(np.float32), flush])
        blocks = [sound[i : i + N_BLOCK] for i in range(0, sound.size, N_BLOCK)]
        return np.concatenate([detector.process(block) for block in blocks])


def scored(name: str, truth: Truth, events: np.ndarray, rate_hz: int) -> Scored:
    """Events of one kind beside the truth, rests nobody annotated left out."""
    time_s, known_s = events["onset_samples"] / rate_hz, events["known_samples"] / rate_hz
    onset_s = truth.onset_s
    if name in RESTS_S:
        start_s, stop_s = RESTS_S[name]
        keep = (time_s < start_s) | (time_s > stop_s)
        time_s, known_s = time_s[keep], known_s[keep]
        onset_s = onset_s[(onset_s < start_s) | (onset_s > stop_s)]
    return Scored(name, truth.group, onset_s, time_s, truth.clicks_s, known_s)


def takes_of(folder: Path, gain_db: float, rate_hz: int) -> Iterator[tuple[Path, np.ndarray, int]]:
    """(path, mono audio, rate) of every take, changed in level and resampled where asked."""
    for path in sorted(folder.rglob("*.flac")):
        audio, own_hz = soundfile.read(path, dtype="float32", always_2d=True)
        sound = audio.mean(axis=1) * 10 ** (gain_db / 20)
        if rate_hz and rate_hz != own_hz:
            sound, own_hz = soxr.resample(sound, own_hz, rate_hz), rate_hz
        yield path, sound, own_hz


def measure_takes(ear: Ear, folder: Path, gain_db: float, rate_hz: int) -> None:
    """Tables of called and settled notes, and of taps, over one folder."""
    rows: dict[str, list[Scored]] = {}
    for path, sound, own_hz in takes_of(folder, gain_db, rate_hz):
        truth = read_truth(path)
        if truth is None:
            LOG.info("%s: no truth, left out", path.name)
            continue
        events = ear.hear(sound, own_hz)
        for kind, name in (TAP_NAMES if truth.group == "tap" else KIND_NAMES).items():
            one = scored(path.stem, truth, events[events["kind"] == kind], own_hz)
            rows.setdefault(name, []).append(one)
    for name, takes in rows.items():
        keys = sorted({key for take in takes for key in take.group.split("|")})
        LOG.info("\n%s\n%s", name, table(by_group(takes, keys)))


def measure_negatives(ear: Ear) -> None:
    """Settled events a minute on sounds without a note."""
    takes = [("clicks", n, x) for n, x in held_out.click_takes().items()]
    takes += [("second clicks", n, x) for n, x in held_out.click_takes(is_second=True).items()]
    takes += [("room", n, x) for n, x in held_out.room_takes().items()]
    makers = {
        "breath": negatives.breaths,
        "handling": negatives.handling,
        "talk": negatives.babble,
    }
    for group, maker in makers.items():
        for seed in range(6):
            rng = np.random.default_rng(4_000_000 + seed)
            takes.append((group, group, recorded(maker(25.0, rng), rng)))
    total: dict[str, tuple[int, float]] = {}
    for group, name, audio in takes:
        n_events = int(np.sum(ear.hear(audio, RATE_HZ)["kind"] == SETTLED))
        n, minutes = total.get(group, (0, 0.0))
        total[group] = n + n_events, minutes + audio.size / RATE_HZ / 60
        if n_events and group.endswith("clicks"):
            LOG.info("%s: %d", name, n_events)
    for group, (n, minutes) in total.items():
        LOG.info("%s: %.1f a minute over %.1f minutes", group, n / minutes, minutes)


def main() -> None:
    """Measure exported weights."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--takes", type=Path, nargs="*", default=[], help="folders of takes")
    parser.add_argument("--gain-db", type=float, default=0.0)
    parser.add_argument("--rate-hz", type=int, default=0, help="resample the takes first")
    parser.add_argument("--negatives", action="store_true")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    ear = Ear(read_weights(args.weights))
    for folder in args.takes:
        measure_takes(ear, folder, args.gain_db, args.rate_hz)
    if args.negatives:
        measure_negatives(ear)


if __name__ == "__main__":
    main()
