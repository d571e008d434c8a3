"""Killed at random moments, the journal opens and has all that was safe."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from practiceear.journal.connection import open_journal
from practiceear.journal.reading import list_takes, notes_of
from practiceear.journal.records import TakeState
from practiceear.journal.running_take import EVERY_S, LONGEST_TAKE_S
from practiceear.journal.writing import cut_off_takes

N_KILLS = 200
N_PLAYERS = 6
PATIENCE_S = 1.0
"""A busy machine may write a second's notes a little later."""


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
        number, state, notes = line.split()
        safe[int(number)] = (state, int(notes))
    with open_journal(tmp_path) as journal:
        assert journal.connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        kept = {one.take_id: one for one in list_takes(journal)}
        for take_id, (state, n_notes) in safe.items():
            assert kept[take_id].n_notes >= n_notes
            assert len(notes_of(journal, take_id)) == kept[take_id].n_notes
            if state == "complete":
                assert kept[take_id].state is TakeState.COMPLETE
    assert len(safe) > N_KILLS / 2  # the children did get somewhere before they were killed


@pytest.mark.skipif(not hasattr(os, "fork"), reason="children are made by fork")
def test_a_run_that_is_killed_misses_its_last_second_at_most(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("player.py")), str(tmp_path), str(N_PLAYERS)],
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    )
    n_seen = []
    for line in done.stdout.splitlines():
        number, killed_s = line.split()
        folder = tmp_path / number
        with open_journal(folder) as journal:
            assert journal.connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            (take,) = list_takes(journal)
            n_heard = notes_heard(folder / "heard", float(killed_s) - EVERY_S - PATIENCE_S)
            onsets_s = [one.onset_s for one in notes_of(journal, take.take_id)]
            assert len(onsets_s) == take.n_notes >= n_heard
            assert onsets_s == sorted(onsets_s)
            n_seen.append(n_heard)
            assert take.state is TakeState.RUNNING  # until nobody can play it any more
            cut_off_takes(journal, take.setup.started.utc_s + LONGEST_TAKE_S)
            assert list_takes(journal)[0].state is TakeState.CUT_OFF
    assert len(n_seen) == N_PLAYERS
    assert max(n_seen) > 0  # some did get somewhere before they were killed


def notes_heard(path: Path, until_s: float) -> int:
    """How many notes had been heard by then; a last line that was cut off is left out."""
    lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    seen = [line.split() for line in lines]
    return max((int(n_notes) for at_s, n_notes in seen if float(at_s) <= until_s), default=0)
