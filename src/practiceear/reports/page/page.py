"""Puts a review and the sound of its take into one page."""

from __future__ import annotations

import base64
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from practiceear.analysis.review import TakeReview
from practiceear.analysis.snapshot import SessionSnapshot
from practiceear.audio.take_encoder import MIME_TYPE
from practiceear.instruments.profile import UNNAMED
from practiceear.moments import clock_words
from practiceear.plain_text import printable
from practiceear.reports.headline import finding
from practiceear.reports.html import html_page
from practiceear.reports.page import plots, tables
from practiceear.reports.page.sound import PageSound, spectrogram_png
from practiceear.reports.text import corrections_spoken, live_lines, long_tone_lines, review_text
from practiceear.reports.what_to_try import what_to_try
from practiceear.reports.words import (
    capitalised,
    note_name,
    number,
    place_name,
    positions_spoken,
    recording_remarks,
    runs_spoken,
)
from practiceear.units import samples_to_seconds

if TYPE_CHECKING:
    from pathlib import Path


SCRIPTS = ("marks.js", "sound.js", "closeup.js", "page.js")
NEAREST_S = 0.0055
"""No two marks may be put closer than 5 ms; the page keeps a little more, for rounding."""


def review_page(review: TakeReview, sound: PageSound) -> str:
    """Return the report on one take as an HTML document that needs nothing beside itself."""
    if review.name.endswith(sound.file_name):  # folders are nobody's business but the player's
        review = replace(review, name=sound.file_name)
    return html_page("page", SCRIPTS, **_content(review, sound))


def _content(review: TakeReview, sound: PageSound) -> dict[str, object]:
    snapshot = review.snapshot
    return {
        "name": printable(review.name),
        "instrument": _instrument(snapshot),
        "is_unnamed": snapshot.profile.name == UNNAMED.name,
        "length": clock_words(round(review.duration_s)),
        "duration_s": review.duration_s,
        "finding": finding(review),
        "what_to_try": what_to_try(review),
        "recording_remarks": recording_remarks(review),
        "corrected": _corrected(review),
        "remarks": _remarks(review),
        "facts": tables.facts(snapshot),
        "flags": tables.flags(snapshot),
        "measures": tables.measures(snapshot),
        "unmeasured": tables.unmeasured(snapshot),
        "notes": tables.note_rows(snapshot),
        "n_notes": len(snapshot.notes),
        "drawn_step": plots.drawn_step(len(snapshot.notes)),
        **_onset_errors(snapshot),
        "more": "\n".join([*live_lines(review), *long_tone_lines(review.long_tones)]).strip(),
        "text": review_text(review),
        "stream": _data_url(sound.stream, MIME_TYPE),
        "silence_reason": sound.silence_reason,
        "spectrogram": _data_url(spectrogram_png(sound.spectrogram), "image/png"),
        "data": _data(review, sound),
        **_pictures(review, sound),
    }


def _onset_errors(snapshot: SessionSnapshot) -> dict[str, str]:
    """Half the 95 % interval of an onset, of most notes and of nearly all."""
    if not len(snapshot.notes):
        return {}
    reach_ms = 1960.0 * snapshot.onset_error_s
    usual, large = (float(value_ms) for value_ms in np.quantile(reach_ms, (0.5, 0.95)))
    return {"usual_error_ms": number(usual), "large_error_ms": number(large)}


def _pictures(review: TakeReview, sound: PageSound) -> dict[str, object]:
    snapshot, duration_s = review.snapshot, review.duration_s
    n_notes = len(snapshot.notes)
    return {
        "overview": plots.overview(snapshot, sound, duration_s),
        "deviation": plots.deviation(snapshot, duration_s),
        "windows_ms": tuple(1000.0 * window_s for window_s in snapshot.windows_s),
        "grid_reason": snapshot.grid_fit.reason,
        "reference": "the click" if snapshot.is_click_known else "the player's own average",
        "is_click_known": snapshot.is_click_known,
        "positions": plots.positions(snapshot),
        "position_rows": _position_rows(snapshot),
        "positions_told": _positions_told(snapshot),
        "patterns": _patterns(snapshot),
        "runs_told": runs_spoken(snapshot.runs),
        "sound": plots.sound_panels(snapshot, duration_s) if n_notes else None,
        "has_gate": snapshot.profile.has_gate,
    }


def _instrument(snapshot: SessionSnapshot) -> str:
    is_unnamed = snapshot.profile.name == UNNAMED.name
    return "no instrument named" if is_unnamed else snapshot.profile.name


def _corrected(review: TakeReview) -> str:
    if review.correction is None:
        return ""
    return f"This report was made {corrections_spoken(review.correction.edits)}."


def _remarks(review: TakeReview) -> list[tuple[float, str]]:
    if review.correction is None:
        return []
    remarks = [(remark.time_s, remark.text) for remark in review.correction.edits.remarks]
    return sorted(remarks)


def _positions_told(snapshot: SessionSnapshot) -> str:
    grid = snapshot.grid_fit.grid
    if grid is None:
        return snapshot.positions.reason
    return capitalised(positions_spoken(snapshot.positions, grid))


def _position_rows(snapshot: SessionSnapshot) -> list[tuple[str, str, str, int, str]]:
    """Place, how late it is against the click, interval, n and floor in ms."""
    found, grid = snapshot.positions, snapshot.grid_fit.grid
    if grid is None:
        return []
    return [
        (
            place_name(place, grid),
            f"{1000.0 * late.value:+.1f}",
            f"{1000.0 * late.low:+.1f} to {1000.0 * late.high:+.1f}",
            late.n,
            number(1000.0 * late.detector_error),
        )
        for place, late in zip(found.positions, found.late, strict=True)
    ]


def _patterns(snapshot: SessionSnapshot) -> list[dict[str, object]]:
    """A picture and a table for each pattern that was played often enough."""
    habits = snapshot.runs.notes
    shown = []
    for (_, direction), members in groupby(
        habits, key=lambda habit: (habit.pattern, habit.direction)
    ):
        listed = tuple(members)
        rows = [
            (
                f"{habit.place + 1}",
                note_name(habit.pitch_midi) if np.isfinite(habit.pitch_midi) else "",
                f"{1000.0 * habit.late_s:+.1f}",
                f"{1000.0 * habit.low_s:+.1f} to {1000.0 * habit.high_s:+.1f}",
                habit.n_runs,
            )
            for habit in listed
        ]
        shown.append(
            {
                "direction": direction,
                "n_runs": max(habit.n_runs for habit in listed),
                "plot": plots.pattern(listed),
                "rows": rows,
                "has_named": any(habit.stands_out for habit in listed),
            }
        )
    return shown


def _data(review: TakeReview, sound: PageSound) -> dict[str, object]:
    """What the page's scripts work on."""
    snapshot, correction = review.snapshot, review.correction
    heard_s = snapshot.heard_s
    if correction is not None:
        heard_s = samples_to_seconds(correction.heard["onset_sample"], snapshot.rate_hz)
    edits = None if correction is None else correction.edits
    return {
        "take": {"name": printable(sound.file_name), "sha256": sound.sha256},
        "duration_s": review.duration_s,
        "nearest_s": NEAREST_S,
        "heard_s": [round(time_s, 6) for time_s in heard_s.tolist()],
        "marks": []
        if edits is None
        else [
            {"do": mark.do.value, "time_s": mark.time_s}
            | ({} if mark.to_s is None else {"to_s": mark.to_s})
            for mark in edits.marks
        ],
        "remarks": []
        if edits is None
        else [{"time_s": remark.time_s, "text": remark.text} for remark in edits.remarks],
        "late_ms": _late_ms(snapshot),
        "outline": base64.b64encode(sound.outline.tobytes()).decode("ascii"),
    }


def _late_ms(snapshot: SessionSnapshot) -> list[list[float | None]]:
    """Onset and lateness of each note, to be said beside its mark."""
    alignment = snapshot.alignment
    if alignment is None:
        return []
    return [
        [round(float(time_s), 6), round(1000.0 * float(late_s), 1) if np.isfinite(late_s) else None]
        for time_s, late_s in zip(snapshot.onset_s, alignment.deviation_s, strict=True)
    ]


def _data_url(content: bytes | None, mime_type: str) -> str:
    if content is None:
        return ""
    return f"data:{mime_type};base64,{base64.b64encode(content).decode('ascii')}"


def write_review_page(
    target: str, review: TakeReview, take_path: Path, channel: int | None, *, has_audio: bool
) -> None:
    """Read the take once more and write its page."""
    from practiceear.audio.takefile import TakeFile
    from practiceear.files import sha256_of
    from practiceear.reports.page.sound import hear_for_page
    from practiceear.reports.write import write_report

    sound = hear_for_page(
        TakeFile(take_path, channel=channel),
        review.duration_s,
        file_name=take_path.name,
        sha256=sha256_of(take_path),
        has_audio=has_audio,
    )
    write_report(target, review_page(review, sound))
