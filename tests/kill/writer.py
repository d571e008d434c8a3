"""Writes takes into a journal until it is killed; says on standard output what is safe.

Run as ``python writer.py FOLDER N``: N times a child is made and killed at a random moment,
and each line that the child got out before is printed.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

from practiceear.journal.connection import open_journal
from practiceear.journal.records import Moment, NoteRow, SessionRecord, TakeResult, TakeSetup
from practiceear.journal.writing import add_notes, begin_session, begin_take, end_take

LONGEST_LIFE_S = 0.08
BATCH = 10


def write_until_killed(folder: Path, safe: int) -> None:
    with open_journal(folder) as journal:
        session_id = begin_session(journal, SessionRecord(started=Moment.now()))
        while True:
            setup = TakeSetup(started=Moment.now(), instrument="violin", heard_by="test")
            take_id = begin_take(journal, session_id, setup)
            notes: list[NoteRow] = []
            for _ in range(5):
                more = [NoteRow(0.1 * (len(notes) + at)) for at in range(BATCH)]
                add_notes(journal, take_id, len(notes), more)
                notes += more
                os.write(safe, f"{take_id} running {len(notes)}\n".encode())
            end_take(journal, take_id, TakeResult(5.0, 4.0, 0.0, "", tuple(notes), (), ()))
            os.write(safe, f"{take_id} complete {len(notes)}\n".encode())


def main() -> None:
    folder, n_kills = Path(sys.argv[1]), int(sys.argv[2])
    chance = random.Random(4)
    open_journal(folder).close()
    for _ in range(n_kills):
        child = os.fork()
        if child == 0:
            write_until_killed(folder, sys.stdout.fileno())
        time.sleep(chance.uniform(0.0, LONGEST_LIFE_S))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
