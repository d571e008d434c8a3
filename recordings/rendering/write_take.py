"""Write a take: take.flac, truth.csv (what was played) and take.toml (how, where, from what)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile

from .performer import SWING_RATIO
from .render_take import RenderedTake
from .source_note import Samples
from .truth import TRUTH, TruthTable

TomlValue = str | int | float | list[float]
_DECIMALS = {"onset_s": 7, "t20_s": 7, "offset_s": 7, "level_dbfs": 2}


def write_take(take: RenderedTake, folder: Path) -> None:
    """Write the three files of a take into `folder`, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    soundfile.write(
        folder / "take.flac",
        take.samples,
        take.recipe.recorder.samplerate_hz,
        subtype="PCM_16",
        compression_level=1.0,
    )
    with (folder / "truth.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(TRUTH.names or ())
        rows.writerows(_csv_row(note) for note in take.truth)
    lines = [f"{key} = {_toml(value)}" for key, value in _facts(take)]
    (folder / "take.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _csv_row(note: np.void) -> list[str]:
    return [_csv_cell(name, note[name]) for name in TRUTH.names or ()]


def _csv_cell(name: str, value: float | str) -> str:
    if name == "articulation":
        return str(value)
    if np.isnan(float(value)):
        return ""
    decimals = _DECIMALS.get(name, 0)
    return f"{float(value):.{decimals}f}"


def _toml(value: TomlValue) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, list):
        return "[" + ", ".join(f"{item:.7f}" for item in value) + "]"
    return str(value)


def _facts(take: RenderedTake) -> Iterator[tuple[str, TomlValue]]:
    recipe = take.recipe
    grid, room, recorder = recipe.grid, recipe.room, recipe.recorder
    yield "name", recipe.name
    yield "purpose", recipe.purpose
    if recipe.finding:
        yield "finding", recipe.finding
    yield "tier", recipe.tier
    yield "instrument", recipe.instrument
    yield "bpm", grid.bpm
    yield "beats", grid.beats
    yield "subdivision", grid.subdivision
    if grid.subdivision == "swing":
        yield "swing_ratio", SWING_RATIO
    yield "first_beat_s", round(grid.first_beat_s, 7)
    if recipe.score is not None and recipe.playing is not None:
        yield "articulation", "+".join(dict.fromkeys(take.truth["articulation"].tolist()))
        if recipe.playing.gate is not None:
            yield "gate_ratio", recipe.playing.gate.mean
            yield "gate_ratio_sd", recipe.playing.gate.sd
        yield from _played_figures(take)
    yield "n_notes", len(take.truth)
    yield "n_missed", len(recipe.score.missed_slots) if recipe.score else 0
    yield "n_extra", int(np.isnan(take.truth["slot"]).sum())
    if recipe.bleed is not None:
        yield "click_kind", recipe.bleed.kind
        yield "click_bleed_db", recipe.bleed.level_db
        yield "clicks_s", take.clicks_s.tolist()
    if room.drr_db is not None:
        yield "rt60_s", room.rt60_s
        yield "drr_db", room.drr_db
    yield "noise_dbfs", room.noise_dbfs
    yield "rate", recorder.samplerate_hz
    yield "channels", recorder.n_channels
    yield "duration_s", round(len(take.samples) / recorder.samplerate_hz, 3)
    yield "seed", recipe.seed
    yield "licence", take.licence
    yield "source", take.source


def _played_figures(take: RenderedTake) -> Iterator[tuple[str, TomlValue]]:
    """The figures that were really played, from the truth itself."""
    on_grid = take.truth[~np.isnan(take.truth["slot"])]
    grid = take.recipe.grid
    nominal_s = np.array([grid.slot_s(slot) for slot in on_grid["slot"]])
    deviation_ms = 1000 * (on_grid["onset_s"] - nominal_s)
    slope, _ = np.polyfit(nominal_s, deviation_ms, 1)
    yield "timing_bias_ms", _rounded(float(deviation_ms.mean()), 2)
    yield "timing_sd_ms", _rounded(float(deviation_ms.std(ddof=1)), 2)
    yield "drift_ms_per_s", _rounded(float(slope), 2)
    is_next = np.diff(on_grid["slot"]) == 1
    ioi_error_ms = np.diff(deviation_ms)[is_next]
    yield "sd_ioi_ms", _rounded(float(ioi_error_ms.std(ddof=1)), 2)
    gates = _gate_ratios(take.truth)
    yield "played_gate_ratio", _rounded(float(gates.mean()), 3)
    yield "played_gate_ratio_sd", _rounded(float(gates.std(ddof=1)), 3)
    yield "level_sd_db", _rounded(float(on_grid["level_dbfs"].std(ddof=1)), 2)


def _rounded(value: float, decimals: int) -> float:
    return round(value, decimals) + 0.0  # no -0.0


def _gate_ratios(truth: TruthTable) -> Samples:
    """Return sounding length over the time to the next note, where the next slot was played."""
    slots = truth["slot"]
    is_next = np.diff(slots) == 1  # NaN for extra notes, which compares false
    lengths_s = (truth["offset_s"] - truth["onset_s"])[:-1]
    return np.asarray((lengths_s / np.diff(truth["onset_s"]))[is_next], np.float64)
