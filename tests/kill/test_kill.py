"""Killed at 200 random moments while writing, the journal opens and has all that was safe."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from practiceear.journal.connection import open_journal
from practiceear.journal.reading import list_takes, notes_of
from practiceear.journal.records import TakeState

N_KILLS = 200


@pytest.mark.skipif(not hasattr(os, "fork"), reason="children are made by fork")
def test_nothing_that_was_committed_is_lost(tmp_path: Path) -> None:
    writer = Path(__file__).with_name("writer.py")
    done = subprocess.run(
        [sys.executable, str(writer), str(tmp_path), str(N_KILLS)],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    safe: dict[int, tuple[str, int]] = {}
    for line in done.stdout.splitlines():
        take_id, state, n_notes = line.split()
        safe[int(take_id)] = (state, int(n_notes))
    with open_journal(tmp_path) as journal:
        assert journal.connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        kept = {one.take_id: one for one in list_takes(journal)}
        for take_id, (state, n_notes) in safe.items():
            assert kept[take_id].n_notes >= n_notes
            assert len(notes_of(journal, take_id)) == kept[take_id].n_notes
            if state == "complete":
                assert kept[take_id].state is TakeState.COMPLETE
    assert len(safe) > N_KILLS / 2  # the children did get somewhere before they were killed
