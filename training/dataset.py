"""Make takes, turn them into features, keep both on disk."""

from __future__ import annotations

import argparse
import dataclasses
import logging
import multiprocessing
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .features import band_levels, make_analysis
from .material import KINDS, Bank, MaterialConfig, make_takes
from .render import banks, read_samples
from .soundfont import read_held_out, read_sounds
from .truth import RATE_HZ

LOG = logging.getLogger(__name__)
HELD_OUT_SOURCES = ("FluidR3_GM",)  # for choosing thresholds, never trained on
N_PARTS = 2
HELD_OUT_LEAVES_OUT = ("clarinet",)  # of them: trained on, from the SoundFont itself


def write_dataset(
    folder: Path, config: MaterialConfig, bank: Bank, part: int = 0, n_parts: int = 1
) -> int:
    """Every n_parts-th take: levels (float16), notes, frame offsets by take, audio as float16."""
    folder.mkdir(parents=True, exist_ok=True)
    analysis = make_analysis(RATE_HZ)
    levels, notes, names, audio, clicks = [], [], [], [], []
    started = time.time()
    for i, take in enumerate(make_takes(config, bank, KINDS, part, n_parts)):
        levels.append(band_levels(take.audio, analysis).astype(np.float16))
        notes.append(take.notes)
        names.append(take.name)
        clicks.append(take.clicks_s)
        audio.append((take.audio / (np.max(np.abs(take.audio)) + 1e-9)).astype(np.float16))
        if i % 50 == 0:
            LOG.info("%d %s %.0f s", i, take.name, time.time() - started)
    np.save(folder / "levels.npy", np.concatenate(levels))
    np.save(folder / "audio.npy", np.concatenate(audio))
    np.savez(
        folder / "truth.npz",
        names=np.array(names),
        n_frames=np.array([len(x) for x in levels]),
        n_samples=np.array([x.size for x in audio]),
        n_notes=np.array([len(x) for x in notes]),
        notes=np.concatenate(notes),
        n_clicks=np.array([x.size for x in clicks]),
        clicks=np.concatenate(clicks),
    )
    n_frames = sum(map(len, levels))
    LOG.info("%d takes, %d frames, %.0f s", len(names), n_frames, time.time() - started)
    return n_frames


# Held-out recorded notes; what is made from nothing has seeds of its own.
VALIDATION = MaterialConfig(
    seed=778,
    n_bowed=14,
    n_wind=12,
    n_plucked=9,
    n_piano=3,
    n_tap=4,
    n_rendered=32,
    n_legato=8,
    n_sparse=12,
    n_pizzicato=6,
    n_long=6,
    n_held=8,
    n_clicks=12,
    n_breath=5,
    n_handling=8,
    n_babble=4,
    n_room=3,
    n_tongued=6,
    n_bells=6,
    n_beeps=6,
    n_short=12,
    n_swaying=8,
    n_fast=24,
    n_high=14,
    n_strum=8,
    n_waveguide=8,
)


def scaled(config: MaterialConfig, share: float) -> MaterialConfig:
    """The same kinds of takes, but only a share of their number: at least one of each."""
    if share >= 1:
        return config
    names = [f.name for f in dataclasses.fields(config) if f.name.startswith("n_")]
    numbers = {name: max(1, round(share * getattr(config, name))) for name in names}
    return dataclasses.replace(config, **numbers)


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """Recorded notes to train on, others to choose thresholds by, and where the first are from."""

    seen: Bank
    unseen: Bank
    sources: str


def read_material(samples_folder: Path | None, work: Path) -> Material:
    """Read all recorded notes; without a folder of them, those of the SoundFont alone."""
    more = read_sounds(work / "packages")
    if samples_folder is None:
        seen = more.samples
        unseen, held_out = read_held_out(work / "packages")
    else:
        samples, held_out = read_samples(samples_folder), {}
        seen = [s for s in samples if s.source not in HELD_OUT_SOURCES] + more.samples
        unseen = [
            s
            for s in samples
            if s.source in HELD_OUT_SOURCES and s.instrument not in HELD_OUT_LEAVES_OUT
        ]
    bank = Bank(banks(seen), more.cache, more.tremolo, more.clicks, more.bells, more.frets)
    sources = ", ".join(sorted({f"{s.source} ({s.licence})" for s in seen}))
    return Material(bank, Bank(banks(unseen), held_out), sources)


def training_folders(work: Path) -> list[Path]:
    """Where the parts of the training set lie, each made by a process of its own."""
    return [work / f"train{part}" for part in range(N_PARTS)]


def make_datasets(
    material: Material, work: Path, seed: int, share: float = 1.0
) -> dict[str, object]:
    """Training and validation sets; returns facts for the card."""
    config = scaled(dataclasses.replace(MaterialConfig(), seed=seed), share)
    with multiprocessing.get_context("fork").Pool(N_PARTS) as pool:
        jobs = [
            pool.apply_async(write_dataset, (folder, config, material.seen, part, N_PARTS))
            for part, folder in enumerate(training_folders(work))
        ]
        n_frames = sum(job.get() for job in jobs)
    write_dataset(work / "validation", scaled(VALIDATION, share), material.unseen)
    return {
        "n_minutes": n_frames * 256 / RATE_HZ / 60,
        "material_seed": seed,
        "sources": material.sources,
    }


def main() -> None:
    """Make the material only."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--samples", type=Path, help="folder of single notes with a samples.csv")
    parser.add_argument("--seed", type=int, default=MaterialConfig().seed)
    parser.add_argument("--share", type=float, default=1.0, help="of the number of takes")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    make_datasets(read_material(args.samples, args.out), args.out, args.seed, args.share)


if __name__ == "__main__":
    main()
