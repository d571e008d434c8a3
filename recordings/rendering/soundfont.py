"""A short reader of SoundFont 2 files: the recorded notes of one preset.

After the SoundFont Technical Specification 2.01: a RIFF file of form `sfbk` whose `sdta`
list holds 16-bit samples and whose `pdta` list holds presets, instruments, zones
("bags"), generators and sample headers. Modulators, filters and envelopes are not read:
the renderer wants the recordings, not the synthesizer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from .source_note import SourceNote

_PHDR = np.dtype([("name", "S20"), ("preset", "<u2"), ("bank", "<u2"), ("bag", "<u2"),
                  ("library", "<u4"), ("genre", "<u4"), ("morphology", "<u4")])  # fmt: skip
_INST = np.dtype([("name", "S20"), ("bag", "<u2")])
_BAG = np.dtype([("generator", "<u2"), ("modulator", "<u2")])
_GENERATOR = np.dtype([("operator", "<u2"), ("amount", "<i2")])
_SHDR = np.dtype([("name", "S20"), ("start", "<u4"), ("end", "<u4"), ("loop_start", "<u4"),
                  ("loop_end", "<u4"), ("samplerate", "<u4"), ("pitch", "u1"),
                  ("correction", "i1"), ("link", "<u2"), ("type", "<u2")])  # fmt: skip
_TABLES = {b"phdr": _PHDR, b"pbag": _BAG, b"pgen": _GENERATOR, b"inst": _INST,
           b"ibag": _BAG, b"igen": _GENERATOR, b"shdr": _SHDR}  # fmt: skip

# Generator operators of the specification, section 8.1.2.
_LOOP_START_OFFSET, _LOOP_END_OFFSET, _INSTRUMENT = 2, 3, 41
_LOOP_START_COARSE, _LOOP_END_COARSE = 45, 50
_COARSE_TUNE, _FINE_TUNE, _SAMPLE_ID, _SAMPLE_MODES, _ROOT_KEY = 51, 52, 53, 54, 58
_RIGHT_CHANNEL = 2

Zone = dict[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class SoundFont:
    """An opened SoundFont: its tables, and its samples mapped from the file."""

    path: Path
    tables: dict[bytes, np.ndarray]
    samples: np.memmap

    def preset_notes(self, preset: int, bank: int = 0) -> tuple[SourceNote, ...]:
        """Return every recording that the General MIDI `preset` plays, lowest first."""
        found: dict[int, SourceNote] = {}
        for instrument in sorted(set(self._instruments_of(preset, bank))):
            for zone in self._zones(b"inst", b"ibag", b"igen", instrument):
                sample = zone.get(_SAMPLE_ID)
                if sample is None or sample in found:
                    continue
                header = self.tables[b"shdr"][sample]
                # A stereo pair is two mono samples: the left one stands for both.
                if int(header["type"]) & 0x7FFF != _RIGHT_CHANNEL:
                    found[sample] = self._note(header, zone)
        return tuple(sorted(found.values(), key=lambda note: (note.pitch_midi, note.name)))

    def _instruments_of(self, preset: int, bank: int) -> Iterator[int]:
        headers = self.tables[b"phdr"]
        chosen = np.flatnonzero((headers["preset"] == preset) & (headers["bank"] == bank))
        if not len(chosen):
            raise ValueError(f"{self.path.name}: no preset {preset} in bank {bank}")
        for zone in self._zones(b"phdr", b"pbag", b"pgen", int(chosen[0])):
            if _INSTRUMENT in zone:
                yield zone[_INSTRUMENT]

    def _zones(self, owner: bytes, bag: bytes, gen: bytes, index: int) -> Iterator[Zone]:
        owners, bags, generators = (self.tables[name] for name in (owner, bag, gen))
        shared: Zone = {}
        edges = range(int(owners["bag"][index]), int(owners["bag"][index + 1]) + 1)
        for first, last in pairwise(edges):
            rows = generators[int(bags["generator"][first]) : int(bags["generator"][last])]
            zone = {int(row["operator"]): int(row["amount"]) for row in rows}
            if first == edges[0] and not {_SAMPLE_ID, _INSTRUMENT} & zone.keys():
                shared = zone  # the global zone: defaults for the others
                continue
            yield shared | zone

    def _note(self, header: np.void, zone: Zone) -> SourceNote:
        start, end = int(header["start"]), int(header["end"])
        root = zone.get(_ROOT_KEY, -1)
        root = int(header["pitch"]) if root < 0 else root
        cents = int(header["correction"]) + zone.get(_FINE_TUNE, 0)
        loop = None
        if zone.get(_SAMPLE_MODES, 0) & 1:
            loop_start = int(header["loop_start"]) - start + zone.get(_LOOP_START_OFFSET, 0)
            loop_end = int(header["loop_end"]) - start + zone.get(_LOOP_END_OFFSET, 0)
            loop_start += 32768 * zone.get(_LOOP_START_COARSE, 0)
            loop_end += 32768 * zone.get(_LOOP_END_COARSE, 0)
            if 0 <= loop_start < loop_end <= end - start:
                loop = (loop_start, loop_end)
        return SourceNote(
            name=header["name"].decode("latin-1").strip("\x00 "),
            samples=np.asarray(self.samples[start:end], np.float64) / 32768.0,
            samplerate_hz=float(header["samplerate"]),
            pitch_midi=root - zone.get(_COARSE_TUNE, 0) - cents / 100.0,
            loop_samples=loop,
        )


def open_soundfont(path: Path) -> SoundFont:
    """Open the SoundFont 2 file at `path`; ValueError where it is not one."""
    tables: dict[bytes, np.ndarray] = {}
    samples: np.memmap | None = None
    with path.open("rb") as file:
        riff = file.read(12)
        if riff[:4] != b"RIFF" or riff[8:] != b"sfbk":
            raise ValueError(f"{path}: not a SoundFont 2 file")
        while len(head := file.read(8)) == 8:
            name, n_bytes = head[:4], int.from_bytes(head[4:], "little")
            if name == b"LIST":
                file.read(4)  # go on inside the list
                continue
            if name == b"smpl":
                samples = np.memmap(path, "<i2", "r", file.tell(), (n_bytes // 2,))
            if name in _TABLES:
                tables[name] = np.frombuffer(file.read(n_bytes), _TABLES[name])
                continue
            file.seek(n_bytes + n_bytes % 2, 1)
    if samples is None or tables.keys() != _TABLES.keys():
        raise ValueError(f"{path}: a chunk of the SoundFont is missing")
    return SoundFont(path, tables, samples)
