"""How well our detector and its peers hear when notes begin: `make bench`.

Examples
--------
    python benchmarks/onsets.py
    python benchmarks/onsets.py --folders "my takes=takes/a,takes/b" --markdown out.md
    python benchmarks/onsets.py --peers "practiceear settled,aubio" --no-negatives --no-cpu
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from cpu import RATE_HZ, CpuCost, measure_cpu
from negatives import NegativeScore, negative_sets, score_negatives
from peers import PEERS, Peer
from practiceear.audio.block import Samples
from practiceear.errors import PracticeEarError, UsageError
from report import ALL_NOTES, GROUPS, BenchResult, FolderResult, as_json, as_markdown
from rules import Figures, Hearing, constant_bias_s, false_s, figures_of, hear, missed_s
from takes import Take, TakeGroup, TakeOptions

FIXTURES = Path(__file__).resolve().parent.parent / "recordings" / "fixtures"
TELEPHONED = (
    "violin_detached",
    "clarinet_crescendo",
    "guitar_missed_notes",
    "trumpet_staccato_click",
)
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
        "--gain-db", type=float, default=0.0, help="play all takes so much louder (or softer)"
    )
    parser.add_argument("--note", action="append", default=[], help="a line for the report's head")
    parser.add_argument("--markdown", type=Path, help="write the report here too")
    parser.add_argument("--json", type=Path, help="write everything here")
    parser.add_argument("--errors", action="store_true", help="list misses and false ones")
    parser.add_argument("--no-negatives", action="store_true")
    parser.add_argument("--no-cpu", action="store_true")
    return parser


def _run(options: argparse.Namespace) -> BenchResult:
    wanted = _chosen(options.peers)
    present = tuple(peer for peer in wanted if peer.is_installed)
    if not present:
        raise UsageError("none of the peers is installed", "make bench installs aubio")
    groups = [_group(text, _take_options(options)) for text in options.folders]
    folders, sounds = [], []
    for group in groups:
        takes = [_amplified(take, options.gain_db) for take in group.read()]
        sounds += [take for take in takes if take.rate_hz == RATE_HZ][:4]
        folders.append(_folder(group.label, takes, present, is_verbose=options.errors))
    return BenchResult(
        peers=present,
        absent=tuple(peer.name for peer in wanted if not peer.is_installed),
        folders=tuple(folders),
        negatives={} if options.no_negatives else _negatives(present),
        cpu=() if options.no_cpu else tuple(_cpu(present, sounds)),
        notes=(*options.note, *_gain_note(options.gain_db)),
    )


def _gain_note(gain_db: float) -> tuple[str, ...]:
    return (f"All takes were played at {gain_db:+g} dB.",) if gain_db else ()


def _amplified(take: Take, gain_db: float) -> Take:
    if gain_db == 0.0:
        return take
    samples: Samples = take.samples * np.float32(10 ** (gain_db / 20))
    return replace(take, samples=samples)


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


def _folder(
    label: str, takes: list[Take], peers: tuple[Peer, ...], *, is_verbose: bool
) -> FolderResult:
    figures: dict[str, dict[str, Figures]] = {}
    false_per_min: dict[str, float] = {}
    tiers = sorted({take.tier for take in takes if len(take.reference_s) and take.is_exact})
    for peer in peers:
        hearings = [hear(take, peer.detect(take.samples, take.rate_hz)) for take in takes]
        figures[peer.name] = _by_group(hearings, tiers)
        unplayed = [one for one in hearings if not len(one.take.reference_s)]
        if unplayed:
            n_false = sum(len(false_s(one)) for one in unplayed)
            minutes = sum(one.take.duration_s for one in unplayed) / 60.0
            false_per_min[peer.name] = n_false / minutes
        if is_verbose:
            _write_errors(peer, hearings)
    duration_s = sum(take.duration_s for take in takes)
    return FolderResult(label, len(takes), duration_s, figures, tuple(tiers), false_per_min)


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


def _write_errors(peer: Peer, hearings: list[Hearing]) -> None:
    for one in hearings:
        missed = " ".join(f"{time_s:.2f}" for time_s in missed_s(one))
        false = " ".join(f"{time_s:.2f}" for time_s in false_s(one))
        sys.stderr.write(f"{peer.name}: {one.take.name}: missed {missed}; false {false}\n")


def _negatives(peers: tuple[Peer, ...]) -> dict[str, list[NegativeScore]]:
    fixtures = TakeGroup("", tuple(FIXTURES / name for name in TELEPHONED)).read()
    sets = negative_sets(fixtures)
    return {peer.name: score_negatives(peer, sets) for peer in peers}


def _cpu(peers: tuple[Peer, ...], takes: list[Take]) -> list[CpuCost]:
    sound: Samples = np.concatenate([take.samples for take in takes])
    sound = np.ascontiguousarray(sound[: round(CPU_SOUND_S * RATE_HZ)])
    return measure_cpu(list(peers), sound)


if __name__ == "__main__":
    sys.exit(main())
