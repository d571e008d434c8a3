"""``practiceear instruments``: what can be listened to."""

from __future__ import annotations

from practiceear.errors import ExitCode


def instruments() -> int:
    """List the instruments that can be named."""
    from practiceear.instruments.registry import instrument_sources

    for name, package in instrument_sources().items():
        print(name if package == "practiceear" else f"{name}  (from {package})")
    return ExitCode.OK
