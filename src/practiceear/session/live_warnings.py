"""What is wrong during a take, in one line: what it is, and what to do."""

from __future__ import annotations

from practiceear.session.level_meter import LevelMeter

LAG_MOVED_S = 0.003
"""Half of what is heard as late: from here on the calibration no longer holds."""


def worst_warning(*warnings: str) -> str:
    """Return the first that says anything; empty where none does."""
    return next((one for one in warnings if one), "")


def gap_warning(n_gaps: int) -> str:
    """Say that sound did not arrive."""
    if not n_gaps:
        return ""
    times = "once" if n_gaps == 1 else f"{n_gaps} times"
    return f"sound was lost {times}: the take is split there"


def level_warning(level: LevelMeter, *, has_notes: bool) -> str:
    """Say that the microphone is too loud or mute."""
    if level.is_clipping:
        return "too loud: turn the microphone down"
    if level.is_digitally_silent and not has_notes:
        return "not a sound arrives: is the microphone muted?"
    return ""


def gain_warning(*, is_controlled: bool) -> str:
    """Say that something turns the microphone up while nobody plays."""
    if not is_controlled:
        return ""
    return "the level moves by itself: switch off automatic gain in the sound settings"


def lag_warning(known_s: float | None, heard_s: float | None) -> str:
    """Say that the delay heard in this take is not that of the calibration."""
    if known_s is None or heard_s is None or abs(heard_s - known_s) <= LAG_MOVED_S:
        return ""
    moved_ms = 1000 * (heard_s - known_s)
    return f"the delay moved by {moved_ms:+.0f} ms since the calibration: taken as heard"
