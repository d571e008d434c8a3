"""``practiceear devices``: which microphones and loudspeakers there are."""

from __future__ import annotations

from practiceear.errors import ExitCode
from practiceear.plain_text import printable


def devices() -> int:
    """List microphones and loudspeakers.

    An asterisk marks what is used when none is named.
    """
    from practiceear.audio.devices import list_devices

    for direction, noun in (("input", "Microphones"), ("output", "Loudspeakers")):
        found = list_devices("input" if direction == "input" else "output")
        missing = ": none found. Plug one in, or check that the sound server runs"
        print(f"{noun}" + ("" if found else missing))
        for one in found:
            mark = "*" if one.is_default else " "
            wireless = "  wireless: its delay is long and changes" if one.is_bluetooth else ""
            print(f" {mark} {printable(one.label)}, {one.rate_hz:g} Hz{wireless}")
    return ExitCode.OK
