"""How files that may hold a take are named: one list for folders, screens and the command line."""

from __future__ import annotations

from pathlib import Path

_BY_ITSELF = (".wav", ".wave", ".bwf", ".rf64", ".w64", ".flac", ".ogg", ".oga", ".opus", ".mp3")
_ALSO_BY_ITSELF = (".mp2", ".aif", ".aiff", ".aifc", ".caf", ".au", ".snd")
_OF_PHONES = (".m4a", ".m4b", ".m4v", ".mp4", ".mov", ".3gp", ".3gpp", ".3g2", ".aac", ".amr")
_OF_COMPUTERS = (".wma", ".wmv", ".asf", ".webm", ".weba", ".mka", ".mkv", ".avi")
TAKE_ENDINGS = frozenset(_BY_ITSELF + _ALSO_BY_ITSELF + _OF_PHONES + _OF_COMPUTERS)
READABLE = "WAV, FLAC, AIFF, CAF, Ogg, Opus, MP3 or, where ffmpeg is installed, M4A, MP4 or WebM"


def may_be_take(path: Path) -> bool:
    """Whether a file is named like a take."""
    return path.suffix.lower() in TAKE_ENDINGS
