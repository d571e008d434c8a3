"""Which note or place of a pattern is said to be late, of players who are late with none.

Then the same takes with one note moved: how often is it named, where it is late by so much?

Examples
--------
    python -m benchmarks.named_notes takes/samples --markdown benchmarks/results/named_notes.md
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import mir_eval
import numpy as np

from benchmarks.exercises import PlayedExercise, in_a_room, play_patterns
from benchmarks.measures import GROUPS, TrueEar, set_out
from benchmarks.report import number, publish, table
from practiceear.analysis.pipeline import NotePipeline
from practiceear.analysis.snapshot import SessionSnapshot, measure
from practiceear.audio.blocks import AudioBlock
from practiceear.fixtures.check import WINDOW_S
from practiceear.instruments.registry import load_profile
from practiceear.metrics.catalogue import MetricKey
from practiceear.notes.tracker import NoteArray
from practiceear.units import FloatArray, IntArray
from training.truth import RATE_HZ

LATE_S = (0.0, 0.015, 0.02, 0.025, 0.035)
FEWEST_NOTES = 4

ABOUT = """\
Every take: one pattern of a bar, 8 notes up or 16 up and down, 140 to 450 ms a note, played 8 to 16
times in rooms as of typical_errors.md by a player whose notes spread at random by 2 to 15 ms. Every
pitch is one recorded note, so that what the detector makes of it, it makes of it in every bar.
The metronome is given, pitches are those that were played, and each note comes within 20 dB of its
loudest when the player meant it to.

*said* is the median of what the detector says of one onset, *bias* that of how far apart its mean
errors of the pitches are (SD), both in ms. *over said* is the largest of a take's mean errors
over what was said of that note, or of the take where that is more: in the median take, and what
one take in ten and in twenty exceeds. *false* counts takes in which a note, a place of the bar or
every second note was said to be late or early, and those in which the whole was said to be late of
who was early, or early of who was late. *found* is the share of takes, in %, in which one note that
was moved by so much, as a late hand moves it, was named as late: as a note of the pattern or as a
place of the bar; *other*, how many takes named another note or place then, over all of these."""


@dataclass(frozen=True, slots=True)
class NamedTake:
    """What was said of one take.

    Attributes
    ----------
    group, source
        Of the instrument, and of the recorded notes.
    said_s, bias_s, over_said
        What the detector said of one onset, how far apart its mean errors of pitches are, and the
        largest of those over what was said.
    false
        Which kinds of statement were made of a player who is late with no note.
    is_found, is_other
        For each of ``LATE_S``: whether that note was named, and whether another was.
    """

    group: str
    said_s: float
    bias_s: float
    over_said: float
    false: tuple[str, ...]
    is_found: tuple[bool, ...]
    is_other: tuple[bool, ...]


def main(arguments: list[str] | None = None) -> int:
    """Render, hear, measure, print; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("samples", type=Path, help="folder of dry notes with a samples.csv")
    parser.add_argument("--takes", type=int, default=200)
    parser.add_argument("--seed", type=int, default=4711)
    parser.add_argument("--markdown", type=Path, help="write the table here too")
    options = parser.parse_args(arguments)
    found: dict[str, list[NamedTake]] = defaultdict(list)
    for take in _takes(options.samples, options.takes, options.seed):
        found[take.group].append(take)
        found["all"].append(take)
    head = [
        "instruments",
        "takes",
        "said",
        "bias",
        "over said",
        "1 in 10",
        "1 in 20",
        "false: note",
    ]
    head += ["place", "every second", "direction", "any"]
    head += [f"found: {1000 * late_s:.0f} ms" for late_s in LATE_S[1:]] + ["other"]
    rows = [[group, *_figures(takes)] for group, takes in sorted(found.items())]
    lines = ["# Notes that are named", "", *ABOUT.splitlines(), "", f"Seed {options.seed}."]
    text = "\n".join([*lines, "", *table(head, rows)]) + "\n"
    publish(text, options.markdown)
    return 0


def _figures(takes: list[NamedTake]) -> list[str]:
    medians = [1000.0 * float(np.median([getattr(one, name) for one in takes]))
               for name in ("said_s", "bias_s")]  # fmt: skip
    over = np.quantile([one.over_said for one in takes], (0.5, 0.9, 0.95))
    kinds = ("note", "place", "every second", "direction")
    counts = [sum(kind in one.false for one in takes) for kind in kinds]
    shares = 100.0 * np.mean([one.is_found for one in takes], axis=0)
    n_other = sum(sum(one.is_other) for one in takes)
    return [
        str(len(takes)),
        *(number(x) for x in medians),
        *(number(float(x), 2) for x in over),
        *map(str, counts),
        str(sum(bool(one.false) for one in takes)),
        *(number(float(x), 0) for x in shares[1:]),
        str(n_other),
    ]


def _takes(folder: Path, n_takes: int, seed: int) -> Iterator[NamedTake]:
    for number_, played in enumerate(play_patterns(folder, n_takes, seed)):
        rng = np.random.default_rng([seed, number_, 1])
        ear = NotePipeline(RATE_HZ, load_profile(played.name), is_pitch_wanted=False)
        notes = ear.run([AudioBlock(in_a_room(played, rng), 0)]).notes
        take = named_take(played, notes, rng)
        if take is not None:
            yield take


def named_take(
    played: PlayedExercise, notes: NoteArray, rng: np.random.Generator
) -> NamedTake | None:
    """What is said of a take that was heard; None where too little was heard to say it."""
    true_at, heard_at = _pairs(played, notes)
    if true_at.size < FEWEST_NOTES:
        return None
    notes = notes.copy()
    notes["pitch_midi"][heard_at] = played.notes["pitch_midi"][true_at]
    notes["onset_sample"][heard_at] -= _speaking_samples(played)[true_at]
    place = np.full(len(notes), -1)
    n_places = 4 * played.n_slots
    place[heard_at] = true_at % n_places
    moved = int(rng.integers(1, n_places - 1))
    snapshots = [_measured(played, notes, place == moved, late_s) for late_s in LATE_S]
    named = [_named(snapshot, place, moved) for snapshot in snapshots]
    hand_s = (played.due_s + played.player_late_s)[true_at]
    off_s = notes["onset_sample"][heard_at] / RATE_HZ - hand_s
    its_pitch, said_s = notes["pitch_midi"][heard_at], snapshots[0].onset_error_s[heard_at]
    bias_s, over_said = _biases(off_s, its_pitch, said_s)
    return NamedTake(
        group=GROUPS[load_profile(played.name).family.value],
        said_s=float(np.median(snapshots[0].onset_error_s)),
        bias_s=bias_s,
        over_said=over_said,
        false=_false(snapshots[0], played),
        is_found=tuple(right for right, _ in named),
        is_other=tuple(other for _, other in named),
    )


def _pairs(played: PlayedExercise, notes: NoteArray) -> tuple[IntArray, IntArray]:
    true_s = played.notes["onset_sample"] / RATE_HZ
    order = np.argsort(true_s, kind="stable")
    pairs = mir_eval.util.match_events(true_s[order], notes["onset_sample"] / RATE_HZ, WINDOW_S)
    columns = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
    return order[columns[:, 0]], columns[:, 1]


def _speaking_samples(played: PlayedExercise) -> IntArray:
    """How much later than the hand moved each note came within 20 dB of its loudest."""
    hand_s = played.due_s + played.player_late_s
    return np.round(played.notes["onset_sample"] - hand_s * RATE_HZ).astype(np.int64)


def _measured(
    played: PlayedExercise, notes: NoteArray, is_moved: FloatArray, late_s: float
) -> SessionSnapshot:
    notes = notes.copy()
    notes["onset_sample"][is_moved] += round(late_s * RATE_HZ)
    ear = TrueEar(RATE_HZ, load_profile(played.name))
    return measure(notes, ear, set_out(played))  # type: ignore[arg-type]


def _named(snapshot: SessionSnapshot, place: IntArray, moved: int) -> tuple[bool, bool]:
    """Whether the note at the place that was moved is named as late, and whether another is."""
    said: list[tuple[int, bool]] = []
    habit, runs = snapshot.runs.standing_out, snapshot.runs
    if habit is not None:
        pattern = next(one for one in runs.patterns if one.pattern == habit.pattern)
        its_notes = pattern.note[pattern.is_heard[:, habit.place], habit.place]
        its_place = int(np.bincount(np.maximum(place[its_notes], 0)).argmax())
        said.append((its_place, habit.late_s > 0.0))
    lean = snapshot.positions.lean
    if lean is not None:
        said += [(place, lean.apart.value > 0.0) for place in lean.places]
    return (moved, True) in said, any(one != (moved, True) for one in said)


def _false(snapshot: SessionSnapshot, played: PlayedExercise) -> tuple[str, ...]:
    """The statements about a note, place, stroke or direction, none of which is true."""
    runs, bias = snapshot.runs, snapshot.metrics[MetricKey.DEVIATION_BIAS]
    strokes = runs.alternate_offset
    true_late_s = float(np.mean(played.player_late_s))
    is_wrong = (
        not bias.is_unavailable and not bias.is_at_detector_error and bias.value * true_late_s < 0.0
    )
    said = {
        "note": runs.standing_out is not None,
        "place": snapshot.positions.lean is not None,
        "every second": not strokes.is_unavailable and not strokes.is_at_detector_error,
        "direction": is_wrong,
    }
    return tuple(kind for kind, is_said in said.items() if is_said)


def _biases(off_s: FloatArray, pitch: FloatArray, said_s: FloatArray) -> tuple[float, float]:
    """How far apart the mean errors of pitches are, and the largest over what was said of it."""
    each = [pitch == one for one in np.unique(pitch) if np.sum(pitch == one) >= FEWEST_NOTES]
    if len(each) < 2:
        return np.nan, np.nan
    mean_s = np.array([off_s[one].mean() for one in each])
    chance = np.mean([off_s[one].var(ddof=1) / np.sum(one) for one in each])
    usual_s = float(np.sqrt(np.mean(np.square(said_s))))
    its_s = np.array([max(usual_s, np.sqrt(np.mean(said_s[one] ** 2))) for one in each])
    bias_s = float(np.sqrt(max(0.0, np.var(mean_s, ddof=1) - chance)))
    return bias_s, float(np.max(np.abs(mean_s - mean_s.mean()) / its_s))


if __name__ == "__main__":
    sys.exit(main())
