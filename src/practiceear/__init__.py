"""PracticeEar: how even your notes are, heard through one microphone.

Two names are public and stay stable: :func:`detect_onsets` and
:class:`PracticeEarError`. Importing this package loads nothing heavy; the
detector's machinery is loaded on first use (PEP 562).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from practiceear.errors import PracticeEarError

if TYPE_CHECKING:
    from practiceear.analysis.detect_onsets import detect_onsets

__version__ = "0.1.0"
__all__ = ["PracticeEarError", "__version__", "detect_onsets"]


def __getattr__(name: str) -> object:
    """Load :func:`detect_onsets` when it is first asked for."""
    if name == "detect_onsets":
        from practiceear.analysis.detect_onsets import detect_onsets

        return detect_onsets
    raise AttributeError(f"module 'practiceear' has no attribute {name!r}")
