"""Colours and styles. A colour never says anything that a shape or a word does not say too.

Blue, white and amber stay apart for all common kinds of colour blindness; red against green
would not. All are of the 256 that every terminal has: nothing runs into one where true
colours are missing.
"""

from __future__ import annotations

from rich.style import Style

TEXT = Style(color="#e4e4e4")
STRONG = Style(color="#ffffff", bold=True)
DIM = Style(color="#9e9e9e")
FAINT = Style(color="#6c6c6c")
WARNING = Style(color="#ffaf00", bold=True)

EARLY = Style(color="#5fafff", bold=True)
ON_TIME = Style(color="#ffffff", bold=True)
LATE = Style(color="#ffaf00", bold=True)

EARLY_BAND = Style(color="#ffffff", bgcolor="#005fd7", bold=True)
ON_TIME_BAND = Style(color="#080808", bgcolor="#eeeeee", bold=True)
LATE_BAND = Style(color="#080808", bgcolor="#ffaf00", bold=True)
UNEVEN_BAND = Style(color="#ffffff", bgcolor="#875faf", bold=True)
NEUTRAL_BAND = Style(color="#c6c6c6", bgcolor="#262626", bold=True)

BEAT_NOW = Style(color="#ffffff", bold=True)
BEAT_INSIDE = Style(color="#080808", bgcolor="#ffffff", bold=True)
BEAT_IDLE = Style(color="#6c6c6c")

INNER_WINDOW = Style(bgcolor="#4e4e4e")
OUTER_WINDOW = Style(bgcolor="#303030")
BEYOND_WINDOWS = Style(bgcolor="#1c1c1c")

LEVEL = Style(color="#c6c6c6")
LEVEL_EMPTY = Style(color="#4e4e4e")
BREATH = Style(color="#87afd7")
