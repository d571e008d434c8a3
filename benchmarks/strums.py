"""How exactly the spread of a strum can be told, from its first string to its last.

Chords of three to six recorded guitar notes, spread by a known 0 to 55 ms, dry and in a practice
room. What is tried is the best of fifteen variants: the last rise of the 1 ms energies of the sound
differenced twice, less the first. Single notes are given to it too: a melody must not read as
strums.

Usage: python -m benchmarks.strums FOLDER [--chords N]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from benchmarks import noises
from benchmarks.report import publish
from benchmarks.takes import read_sample_rows, read_sound
from practiceear.units import FloatArray

WIDEST_S, FEWEST_STRINGS, MOST_STRINGS = 0.055, 3, 6
LEAST_RISE_DB, RISE_STEPS = 2.0, (1, 5)
"""A string is struck where the energy of 1 ms exceeds that of the 2 to 5 ms before by so much."""

STEP_S, LEAD_S, NOTE_S, EARLY_S, LATE_S = 0.001, 0.1, 0.5, 0.003, 0.075
DRR_DB, RT60_S, NOISE_DB = 8.0, 0.5, -55.0
N_NOTES, SEED = 20, 83


def read_notes(folder: Path, rng: np.random.Generator) -> list[FloatArray]:
    """Some of the folder's plucked guitar notes from their onset on, lowest first, of peak 1."""
    rows = [row for row in read_sample_rows(folder) if row["instrument"] == "guitar"]
    chosen = [rows[k] for k in rng.permutation(len(rows))[:N_NOTES]]
    notes = []
    for row in sorted(chosen, key=lambda row: float(row["pitch_midi"])):
        samples, rate_hz = read_sound(folder / row["file"])
        first = round(float(row["onset_s"]) * rate_hz)
        if rate_hz == noises.RATE_HZ:
            note = samples[first : first + round(NOTE_S * rate_hz)].astype(np.float64)
            notes.append(noises.of_peak_one(note))
    return notes


def strum(
    notes: list[FloatArray], n_strings: int, spread_s: float, rng: np.random.Generator
) -> FloatArray:
    """A chord of the notes, most often from the lowest up, ``LEAD_S`` after the beginning."""
    strings = np.sort(rng.choice(len(notes), n_strings, replace=False))
    if rng.random() < 0.3:
        strings = strings[::-1]
    at_s = np.sort(np.concatenate(([0.0, spread_s], rng.uniform(0.0, spread_s, n_strings))))
    at_s = at_s[np.linspace(0, at_s.size - 1, n_strings).round().astype(int)]
    sound = np.zeros(round((LEAD_S + NOTE_S + 0.2) * noises.RATE_HZ))
    for string, string_s in zip(strings, at_s, strict=True):
        at = round((LEAD_S + string_s) * noises.RATE_HZ)
        note = notes[string][: sound.size - at]
        sound[at : at + note.size] += 10 ** (-rng.uniform(0, 8) / 20) * note
    return noises.of_peak_one(sound)


def spread_of(sound: FloatArray) -> float:
    """From the first rise to the last, in seconds; NaN where nothing rises."""
    n_step = round(STEP_S * noises.RATE_HZ)
    fine = np.diff(sound, 2)
    n_steps = fine.size // n_step
    energy = np.mean(fine[: n_steps * n_step].reshape(n_steps, n_step) ** 2, axis=1)
    level_db = 10.0 * np.log10(energy + 1e-12)
    nearest, furthest = RISE_STEPS
    before = np.lib.stride_tricks.sliding_window_view(level_db, furthest - nearest)
    rise_db = np.zeros(n_steps)
    rise_db[furthest:] = level_db[furthest:] - before[: n_steps - furthest].max(axis=1)
    first, last = round((LEAD_S - EARLY_S) / STEP_S), round((LEAD_S + LATE_S) / STEP_S)
    here, earlier, later = (rise_db[first + k : last + k] for k in (0, -1, 1))
    peaks = np.flatnonzero((here >= LEAST_RISE_DB) & (here >= earlier) & (here > later))
    return float(peaks[-1] - peaks[0]) * STEP_S if peaks.size else float("nan")


def figures(told_s: FloatArray, true_s: FloatArray) -> str:
    """Bias, mean and standard deviation of the error in ms, and the correlation."""
    is_told = np.isfinite(told_s)
    off_ms = 1000.0 * (told_s - true_s)[is_told]
    together = np.corrcoef(told_s[is_told], true_s[is_told])[0, 1]
    return (
        f"bias {np.median(off_ms):+.1f}, mean error {np.mean(np.abs(off_ms)):.1f},"
        f" SD {np.std(off_ms):.1f} ms, r {together:.2f}, n {off_ms.size}"
    )


def main() -> None:
    """Print how exactly spreads are told, and what single notes read as."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", type=Path, help="single notes with a samples.csv")
    parser.add_argument("--chords", type=int, default=120)
    args = parser.parse_args()
    rng = np.random.default_rng(SEED)
    notes = read_notes(args.folder, rng)
    true_s = rng.uniform(0.0, WIDEST_S, args.chords)
    n_strings = rng.integers(FEWEST_STRINGS, MOST_STRINGS + 1, args.chords)
    dry = [strum(notes, int(n), s, rng) for n, s in zip(n_strings, true_s, strict=True)]
    alone = [strum(notes, 1, 0.0, rng) for _ in range(args.chords)]
    wet, wet_alone = (
        [noises.in_room(sound, RT60_S, DRR_DB, np.random.default_rng(SEED)) for sound in sounds]
        for sounds in (dry, alone)
    )
    lines = [f"Truth: 0 to {1000 * WIDEST_S:.0f} ms, SD {1000 * np.std(true_s):.1f} ms"]
    for name, chords, singles in (("dry", dry, alone), ("room", wet, wet_alone)):
        noise = 10 ** (NOISE_DB / 20) * rng.standard_normal(chords[0].size)
        told_s = np.array([spread_of(sound[: noise.size] + noise) for sound in chords])
        single_s = np.array([spread_of(sound[: noise.size] + noise) for sound in singles])
        of_singles = 1000.0 * np.nanpercentile(single_s, [50, 90])
        lines.append(f"{name}: {figures(told_s, true_s)}")
        lines.append(
            f"{name}, single notes read as {of_singles[0]:.0f} ms, one in ten as"
            f" {of_singles[1]:.0f} ms and more"
        )
    publish("\n".join(lines) + "\n", None)


if __name__ == "__main__":
    main()
