"""How well our detector and its peers hear when notes begin: `make bench`.

Examples
--------
    python -m benchmarks.onsets
    python -m benchmarks.onsets --folders "my takes=takes/a,takes/b" --markdown out.md
    python -m benchmarks.onsets --peers "practiceear confirmed,aubio" --no-negatives --no-cpu
    python -m benchmarks.onsets --held samples --json out.json
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from benchmarks.cpu import RATE_HZ, CpuCost, measure_cpu
from benchmarks.held import held_notes
from benchmarks.negatives import NegativeScore, NegativeSet, negative_sets, score_negatives
from benchmarks.peers import CONFIRMED, PEERS, Peer
from benchmarks.profiles import OWN_PROFILE, detect_settled, profile_of
from benchmarks.report import ALL_NOTES, GROUPS, BenchResult, FolderResult, as_json, as_markdown
from benchmarks.rules import Figures, Hearing, constant_bias_s, false_s, figures_of, hear, missed_s
from benchmarks.takes import Take, TakeGroup, TakeOptions
from benchmarks.treatments import Treatment, treatments
from practiceear.audio.blocks import Samples
from practiceear.errors import PracticeEarError, UsageError
from practiceear.instruments.profile import UNNAMED

FIXTURES = Path(__file__).resolve().parent.parent / "recordings" / "fixtures"
CPU_SOUND_S = 30.0


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark as the command line says; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        result = _run(options)
    except PracticeEarError as error:
        sys.stderr.write(f"{error.message}\n{error.hint}\n")
        return 2
    text = as_markdown(result)
    if options.markdown:
        options.markdown.write_text(text, encoding="utf-8")
    if options.json:
        options.json.write_text(as_json(result), encoding="utf-8")
    sys.stdout.write(text)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--folders", nargs="+", default=[f"recordings/fixtures={FIXTURES}"], metavar="[LABEL=]DIR",
        help="folders of takes; several behind one label (A,B) share one constant bias",
    )  # fmt: skip
    parser.add_argument("--peers", default="", help="names, joined by commas; default: all")
    parser.add_argument(
        "--family", action="append", default=[], metavar="PART=FAMILY",
        help="family of the takes whose folder/name holds PART",
    )  # fmt: skip
    parser.add_argument(
        "--skip", action="append", default=[], metavar="PART:FROM-TO",
        help="seconds that are not scored in takes whose name holds PART",
    )  # fmt: skip
    parser.add_argument(
        "--held", type=Path, metavar="SAMPLES",
        help="folder of single notes with a samples.csv: held ones are to be heard once",
    )  # fmt: skip
    parser.add_argument("--note", action="append", default=[], help="a line for the report's head")
    parser.add_argument("--markdown", type=Path, help="write the report here too")
    parser.add_argument("--json", type=Path, help="write everything here")
    parser.add_argument("--errors", action="store_true", help="list misses and false ones")
    parser.add_argument("--no-treatments", action="store_true")
    parser.add_argument("--no-negatives", action="store_true")
    parser.add_argument("--no-cpu", action="store_true")
    return parser


def _run(options: argparse.Namespace) -> BenchResult:
    wanted = _chosen(options.peers)
    present = tuple(peer for peer in wanted if peer.is_installed)
    if not present:
        raise UsageError("none of the peers is installed", "make bench installs aubio")
    groups = [_group(text, _take_options(options)) for text in options.folders]
    changes = () if options.no_treatments else treatments()
    folders, sounds = [], []
    for group in groups:
        takes = group.read()
        sounds += [take for take in takes if take.rate_hz == RATE_HZ][:4]
        hearings = _hearings(takes, present)
        if options.errors:
            _write_errors(hearings)
        folders.append(_folder(group.label, hearings, _treated(takes, changes, present)))
    negatives = [] if options.no_negatives else negative_sets()
    held = held_notes(options.held) if options.held else []
    return BenchResult(
        peers=present,
        absent=tuple(peer.name for peer in wanted if not peer.is_installed),
        folders=tuple(folders),
        negatives=_scored(present, negatives),
        held=_scored(present, held),
        cpu=() if options.no_cpu else tuple(_cpu(present, sounds)),
        notes=tuple(options.note),
    )


def _chosen(names: str) -> tuple[Peer, ...]:
    if not names:
        return PEERS
    known = {peer.name: peer for peer in PEERS}
    wanted = [name.strip() for name in names.split(",")]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise UsageError(f"no peer {', '.join(unknown)}", f"One of {', '.join(known)}")
    return tuple(known[name] for name in wanted)


def _group(text: str, options: TakeOptions) -> TakeGroup:
    label, separator, paths = text.partition("=")
    folders = tuple(Path(path) for path in (paths if separator else text).split(","))
    return TakeGroup(label if separator else folders[0].name, folders, options)


def _take_options(options: argparse.Namespace) -> TakeOptions:
    families, skipped = [], []
    try:
        for text in options.family:
            part, family = text.rsplit("=", 1)
            families.append((part, family))
        for text in options.skip:
            part, stretch = text.rsplit(":", 1)
            start, end = stretch.split("-")
            skipped.append((part, float(start), float(end)))
    except ValueError as error:
        raise UsageError(f"{text!r} cannot be understood", "See --help") from error
    return TakeOptions(tuple(families), tuple(skipped))


def _hearings(takes: list[Take], peers: tuple[Peer, ...]) -> dict[str, list[Hearing]]:
    """Every detector on every take, with ours under each take's own profile if any is known."""
    hearings = {}
    profiles = [profile_of(take) for take in takes]
    for peer in peers:
        hearings[peer.name] = [_heard_by(peer, take) for take in takes]
        if peer is CONFIRMED and any(profiles):
            hearings[OWN_PROFILE] = [
                hear(take, detect_settled(take, profile or UNNAMED))
                for take, profile in zip(takes, profiles, strict=True)
            ]
    return hearings


def _heard_by(peer: Peer, take: Take) -> Hearing:
    return hear(take, peer.detect(take.samples, take.rate_hz))


def _treated(
    takes: list[Take], changes: tuple[Treatment, ...], peers: tuple[Peer, ...]
) -> dict[str, dict[str, Figures]]:
    """Figures of the notes by treatment, then by detector."""
    figures: dict[str, dict[str, Figures]] = {}
    notes = [take for take in takes if take.family != "tap"] or takes
    for treatment in changes:
        changed = [treatment.change(take) for take in notes]
        hearings = {peer.name: [_heard_by(peer, take) for take in changed] for peer in peers}
        figures[treatment.name] = {
            name: figures_of(heard, constant_bias_s(heard)) for name, heard in hearings.items()
        }
    return figures


def _folder(
    label: str, hearings: dict[str, list[Hearing]], treated: dict[str, dict[str, Figures]]
) -> FolderResult:
    takes = [one.take for one in next(iter(hearings.values()))]
    tiers = sorted({take.tier for take in takes if len(take.reference_s) and take.is_exact})
    false_per_min = {name: _false_per_min(heard) for name, heard in hearings.items()}
    return FolderResult(
        label=label,
        n_takes=len(takes),
        duration_s=sum(take.duration_s for take in takes),
        figures={name: _by_group(heard, tiers) for name, heard in hearings.items()},
        tiers=tuple(tiers),
        treated=treated,
        false_per_min={name: rate for name, rate in false_per_min.items() if np.isfinite(rate)},
    )


def _false_per_min(hearings: list[Hearing]) -> float:
    """In the takes in which nobody plays; NaN where there is none."""
    unplayed = [one for one in hearings if not len(one.take.reference_s)]
    minutes = sum(one.take.duration_s for one in unplayed) / 60.0
    return sum(len(false_s(one)) for one in unplayed) / minutes if unplayed else float("nan")


def _by_group(hearings: list[Hearing], tiers: list[str]) -> dict[str, Figures]:
    """Figures of one detector: all notes, each family, each tier."""
    notes = [one for one in hearings if one.take.family != "tap"]
    taps = [one for one in hearings if one.take.family == "tap"]
    note_bias_s, tap_bias_s = constant_bias_s(notes), constant_bias_s(taps)
    grouped = {}
    for name, families in GROUPS:
        members = [one for one in hearings if one.take.family in families]
        if name == ALL_NOTES:  # with the takes in which only clicks sound
            members = notes
        grouped[name] = figures_of(members, tap_bias_s if name == "tap" else note_bias_s)
    for tier in tiers:
        grouped[tier] = figures_of([one for one in notes if one.take.tier == tier], note_bias_s)
    return grouped


def _write_errors(hearings: dict[str, list[Hearing]]) -> None:
    for name, heard in hearings.items():
        for one in heard:
            missed = " ".join(f"{time_s:.2f}" for time_s in missed_s(one))
            false = " ".join(f"{time_s:.2f}" for time_s in false_s(one))
            sys.stderr.write(f"{name}: {one.take.name}: missed {missed}; false {false}\n")


def _scored(peers: tuple[Peer, ...], sets: list[NegativeSet]) -> dict[str, list[NegativeScore]]:
    return {peer.name: score_negatives(peer, sets) for peer in peers} if sets else {}


def _cpu(peers: tuple[Peer, ...], takes: list[Take]) -> list[CpuCost]:
    sound: Samples = np.concatenate([take.samples for take in takes])
    sound = np.ascontiguousarray(sound[: round(CPU_SOUND_S * RATE_HZ)])
    return measure_cpu(list(peers), sound)


if __name__ == "__main__":
    sys.exit(main())
