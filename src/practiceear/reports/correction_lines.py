"""What was corrected by hand, and what was said about a take: in words, and for JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from practiceear.plain_text import printable
from practiceear.reports.note_table import heard_rows
from practiceear.session.correct import Correction
from practiceear.session.edits import MarkEdit, TakeEdits

_DONE = {MarkEdit.ADD: "added", MarkEdit.MOVE: "moved", MarkEdit.DELETE: "deleted"}


def corrections_spoken(edits: TakeEdits) -> str:
    """How many notes were corrected, such as ``with 1 correction by hand (1 moved)``."""
    n_marks = len(edits.marks)
    if not n_marks:
        return "without corrections"
    kinds = [f"{edits.count(do)} {done}" for do, done in _DONE.items() if edits.count(do)]
    plural = "" if n_marks == 1 else "s"
    return f"with {n_marks} correction{plural} by hand ({', '.join(kinds)})"


def correction_lines(correction: Correction | None) -> list[str]:
    """The line for a review whose notes were corrected; none for all others."""
    if correction is None or not correction.edits.marks:
        return []
    spoken = corrections_spoken(correction.edits)
    return [f"  {spoken[0].upper()}{spoken[1:]}; the floors are the detector's."]


def remark_lines(correction: Correction | None) -> list[str]:
    """The remarks in order of time, under a heading; nothing where there are none."""
    if correction is None or not correction.edits.remarks:
        return []
    in_order = sorted(correction.edits.remarks, key=lambda one: one.time_s)
    return [
        "Remarks",
        *(f"  {one.time_s:8.2f} s  {printable(' '.join(one.text.split()))}" for one in in_order),
    ]


def correction_record(correction: Correction | None, rate_hz: int) -> dict[str, Any] | None:
    """The corrections for JSON, and the notes as the detector had heard them."""
    if correction is None:
        return None
    edits = correction.edits
    return {
        "take_name": edits.take_name,
        "sha256": edits.sha256,
        **{f"n_{done}": edits.count(do) for do, done in _DONE.items()},
        "marks": [
            {key: value for key, value in asdict(mark).items() if value is not None}
            for mark in edits.marks
        ],
        "remarks": [asdict(remark) for remark in edits.remarks],
        "heard_notes": heard_rows(correction.heard, rate_hz),
    }
