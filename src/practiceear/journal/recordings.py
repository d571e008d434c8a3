"""The recordings beside the journal, kept within a size."""

from __future__ import annotations

from practiceear.audio.take_writer import is_being_recorded
from practiceear.journal.connection import Journal
from practiceear.journal.reading import list_takes, tagged_takes
from practiceear.journal.records import TakeRecord, TakeState
from practiceear.journal.writing import transaction

MOST_GB = 10.0
"""Recordings are kept up to so much: some sixty hours of FLAC; chosen, not measured."""


def unfinished_recordings(journal: Journal) -> list[TakeRecord]:
    """Return the takes whose recording nobody ended, without those that are being recorded now."""
    return [
        take
        for take in list_takes(journal)
        if take.state is TakeState.RUNNING
        and take.audio_name
        and not is_being_recorded(journal.audio_folder / take.audio_name)
    ]


def remove_oldest(
    journal: Journal, most_bytes: float, *, spared_take_id: int | None = None
) -> tuple[int, int]:
    """Remove the oldest recordings until the rest is small enough.

    The takes stay, with all that was measured. What is tagged was chosen by the player and
    stays whole, though the rest may then be too large. The row is changed first: a kill
    between leaves a file without a row, never a row whose file is gone.

    Parameters
    ----------
    spared_take_id
        A take whose recording stays too, such as the one just played.

    Returns
    -------
    tuple of int
        How many were removed, and how many bytes are left.
    """
    takes = [one for one in list_takes(journal) if one.audio_name]
    sizes = []
    for one in takes:
        path = journal.audio_folder / str(one.audio_name)
        sizes.append(path.stat().st_size if path.is_file() else 0)
    left_bytes, n_removed = sum(sizes), 0
    spared = tagged_takes(journal) | {spared_take_id}
    for take, n_bytes in zip(takes, sizes, strict=True):
        if left_bytes <= most_bytes:
            break
        if take.take_id in spared or take.state is TakeState.RUNNING:
            continue
        with transaction(journal) as connection:
            connection.execute(
                "UPDATE take SET audio_name = NULL, audio_bytes = NULL WHERE take_id = ?",
                (take.take_id,),
            )
        try:
            (journal.audio_folder / str(take.audio_name)).unlink(missing_ok=True)
        except OSError:  # another program holds it: no reason to end a session
            continue
        left_bytes, n_removed = left_bytes - n_bytes, n_removed + 1
    return n_removed, left_bytes
