"""What stands beside each note in another program."""

from __future__ import annotations

import math

from practiceear.reports.words import note_name
from practiceear.session.snapshot import SessionSnapshot


def note_labels(snapshot: SessionSnapshot) -> list[str]:
    """A few words a note: its pitch, and how late (+) or early (-) it is against the grid.

    A note whose pitch is not known has its number, from 1, so that no label begins like a
    formula; one that was meant for no place of the grid says so.
    """
    alignment = snapshot.alignment
    labels = []
    for index, pitch_midi in enumerate(snapshot.notes["pitch_midi"]):
        is_pitched = math.isfinite(pitch_midi)
        parts = [note_name(float(pitch_midi)) if is_pitched else str(index + 1)]
        if alignment is not None:
            deviation_s = float(alignment.deviation_s[index])
            is_meant = bool(alignment.is_matched[index])
            parts.append(f"{round(1000 * deviation_s):+d} ms" if is_meant else "extra")
        labels.append(" ".join(parts))
    return labels
