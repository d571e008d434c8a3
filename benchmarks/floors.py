"""The detector's own error on each instrument, beside what its profile promises.

Examples
--------
    python -m benchmarks.floors
    python -m benchmarks.floors --folders takes/rendered --notes takes/samples
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import mir_eval
import numpy as np

from benchmarks.attacks import attack_changes_s
from benchmarks.report import milliseconds, number, publish, table
from benchmarks.takes import Take, TakeGroup
from practiceear.analysis.pipeline import NotePipeline
from practiceear.audio.blocks import AudioBlock
from practiceear.errors import PracticeEarError, TakeError
from practiceear.fixtures.check import MERGED_S, WINDOW_S
from practiceear.instruments.profile import InstrumentProfile
from practiceear.instruments.registry import instrument_names, load_instrument
from practiceear.metrics.reliability import MAD_TO_SD
from practiceear.notes.tracker import NoteArray
from practiceear.units import FloatArray, IntArray

FIXTURES = Path(__file__).resolve().parent.parent / "recordings" / "fixtures"

ABOUT = f"""\
Only takes whose truth is exact count. A true note and a heard one belong together within
±{1000 * WINDOW_S:.0f} ms of the -20 dB point (mir_eval); true notes less than
{1000 * MERGED_S:.0f} ms after another are left out. Every spread is taken within a take and
pooled over the takes of an instrument as the root of the mean square, weighted by degrees of
freedom, so constants of a take do not count.

- *-20 dB*, *-40 dB*: SD of heard onset minus the moment the note reaches that level of its peak.
  Pooled takes are worse than the median one, which the profile promises (`typical_errors.py`).
- *IOI/√2*: SD of the error of intervals between neighbours that were both found, over √2.
- *bias*: median of heard minus true (-40 dB); *bias of takes*: root mean square over takes of
  the mean of it.
- *level*: SD of heard minus true level; true ones are known for fixtures only.
- *gate*: SD of heard minus true gate ratio, where the next note was found too; *gate bias*:
  root mean square over takes of its mean.
- *attack*: SD of how much the measured attack of one note changes when a room is added
  (direct to reverberant +7 dB, RT60 0.5 s), noise 50 dB below the note, and an onset that is
  as wrong as the profile says; in brackets 1.4826 times the median absolute deviation, which
  a few notes whose top wanders cannot move."""


@dataclass(frozen=True, slots=True, eq=False)
class TakeErrors:
    """PipelineOutput minus true in one take: arrays of what could be compared.

    Attributes
    ----------
    from_t20_s, from_onset_s
        Of the onset, against -20 and -40 dB, shape (n_found,).
    interval_s
        Of intervals between found neighbours.
    level_db, gate_ratio
        Of level and gate ratio.
    """

    from_t20_s: FloatArray
    from_onset_s: FloatArray
    interval_s: FloatArray
    level_db: FloatArray
    gate_ratio: FloatArray


@dataclass(frozen=True, slots=True)
class Floor:
    """Pooled errors on one instrument; NaN where nothing could be compared."""

    n_takes: int
    n_played: int
    n_found: int
    from_t20_s: float
    from_onset_s: float
    interval_s: float
    bias_s: float
    take_bias_s: float
    level_db: float
    gate_ratio: float
    gate_bias: float
    attack_s: float
    attack_robust_s: float


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folders", nargs="+", type=Path, default=[FIXTURES])
    parser.add_argument("--notes", type=Path, help="folder of dry notes with a samples.csv")
    parser.add_argument("--note", action="append", default=[], help="a line for the report's head")
    parser.add_argument("--markdown", type=Path, help="write the table here too")
    options = parser.parse_args(arguments)
    try:
        text = _report(options.folders, options.notes, options.note)
    except PracticeEarError as error:
        sys.stderr.write(f"{error.message}\n{error.hint}\n")
        return 2
    publish(text, options.markdown)
    return 0


def _report(folders: list[Path], notes: Path | None, remarks: list[str]) -> str:
    takes = [one for one in TakeGroup("the folders", tuple(folders)).read() if one.is_exact]
    rows = []
    for name in instrument_names():
        members = [one for one in takes if one.instrument == name and len(one.onset_s)]
        profile = load_instrument(name)
        changes_s = attack_changes_s(notes, profile) if notes else np.zeros(0)
        if members or len(changes_s):
            rows.append(_row(profile, measure_floor(profile, members, changes_s)))
    if not rows:
        raise TakeError("no take with exact truth", "See benchmarks/README.md for the formats")
    lines = ["# The detector's own error, by instrument", "", *ABOUT.splitlines(), ""]
    lines += [line for remark in remarks for line in (remark, "")]
    lines += ["Times in ms; what the profile promises stands behind each slash.", ""]
    return "\n".join([*lines, *table(_HEAD, rows)]) + "\n"


def measure_floor(profile: InstrumentProfile, takes: list[Take], changes_s: FloatArray) -> Floor:
    """Hear all takes of one instrument and pool the errors."""
    errors = [errors_in(take, profile) for take in takes]
    from_onset_s = np.concatenate([one.from_onset_s for one in errors] or [np.zeros(0)])
    return Floor(
        n_takes=len(takes),
        n_played=sum(len(take.onset_s) for take in takes),
        n_found=len(from_onset_s),
        from_t20_s=_pooled_sd([one.from_t20_s for one in errors]),
        from_onset_s=_pooled_sd([one.from_onset_s for one in errors]),
        interval_s=_pooled_sd([one.interval_s for one in errors]) / np.sqrt(2.0),
        bias_s=float(np.median(from_onset_s)) if len(from_onset_s) else np.nan,
        take_bias_s=_rms_of_means([one.from_onset_s for one in errors]),
        level_db=_pooled_sd([one.level_db for one in errors]),
        gate_ratio=_pooled_sd([one.gate_ratio for one in errors]),
        gate_bias=_rms_of_means([one.gate_ratio for one in errors]),
        attack_s=_pooled_sd([changes_s]),
        attack_robust_s=_robust_sd(changes_s),
    )


def errors_in(take: Take, profile: InstrumentProfile) -> TakeErrors:
    """Hear one take as the program does and compare every note with the truth."""
    ear = NotePipeline(take.rate_hz, profile, is_pitch_wanted=False)
    notes = ear.run([AudioBlock(take.samples, 0)]).notes
    order = np.argsort(take.reference_s, kind="stable")
    is_apart = np.diff(take.reference_s[order], prepend=-np.inf) >= MERGED_S
    true_at = order[is_apart]
    heard_s = notes["onset_sample"] / take.rate_hz
    pairs = sorted(mir_eval.util.match_events(take.reference_s[true_at], heard_s, WINDOW_S))
    columns = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    place, heard_at = columns[:, 0], columns[:, 1]
    played_at = true_at[place]
    from_onset_s = heard_s[heard_at] - take.onset_s[played_at]
    return TakeErrors(
        from_t20_s=heard_s[heard_at] - take.reference_s[played_at],
        from_onset_s=from_onset_s,
        interval_s=np.diff(from_onset_s)[np.diff(place) == 1],
        level_db=_finite(notes["level_dbfs"][heard_at] - take.level_dbfs[played_at]),
        gate_ratio=_gate_errors(take, notes, played_at, heard_at),
    )


def _gate_errors(
    take: Take, notes: NoteArray, played_at: IntArray, heard_at: IntArray
) -> FloatArray:
    """Errors of gate ratios where neither a note nor an extra one came between."""
    is_next = (np.diff(played_at) == 1) & (np.diff(heard_at) == 1)
    first = played_at[:-1][is_next]
    interval_s = np.diff(take.onset_s)[first]
    length_s = np.minimum(take.offset_s[first] - take.onset_s[first], interval_s)
    return _finite(notes["gate_ratio"][heard_at[:-1][is_next]] - length_s / interval_s)


def _finite(values: FloatArray) -> FloatArray:
    return values[np.isfinite(values)]


def _pooled_sd(groups: list[FloatArray]) -> float:
    """Root of the mean square about the mean of each group."""
    squares = sum(float(np.sum((group - group.mean()) ** 2)) for group in groups if len(group) > 1)
    freedom = sum(len(group) - 1 for group in groups if len(group) > 1)
    return float(np.sqrt(squares / freedom)) if freedom else float("nan")


def _robust_sd(values: FloatArray) -> float:
    if not len(values):
        return float("nan")
    return MAD_TO_SD * float(np.median(np.abs(values - np.median(values))))


def _rms_of_means(groups: list[FloatArray]) -> float:
    means = [float(group.mean()) for group in groups if len(group)]
    return float(np.sqrt(np.mean(np.square(means)))) if means else float("nan")


_HEAD = (
    "instrument", "takes", "found", "-20 dB", "-40 dB", "IOI/√2", "bias", "bias of takes",
    "level dB", "gate", "gate bias", "attack",
)  # fmt: skip


def _row(profile: InstrumentProfile, measured: Floor) -> list[str]:
    promised = profile.detector_error
    return [
        profile.name,
        str(measured.n_takes),
        f"{measured.n_found} of {measured.n_played}",
        f"{milliseconds(measured.from_t20_s)} / {milliseconds(promised.onset_s)}",
        milliseconds(measured.from_onset_s),
        milliseconds(measured.interval_s),
        milliseconds(measured.bias_s),
        f"{milliseconds(measured.take_bias_s)} / {milliseconds(promised.bias_s)}",
        f"{number(measured.level_db)} / {number(promised.level_db)}",
        f"{number(measured.gate_ratio, 2)} / {number(promised.gate_sd, 2)}",
        f"{number(measured.gate_bias, 2)} / {number(promised.gate_bias, 2)}",
        f"{milliseconds(measured.attack_s)} ({milliseconds(measured.attack_robust_s)})"
        f" / {milliseconds(promised.attack_s)}",
    ]


if __name__ == "__main__":
    sys.exit(main())
