"""Parts of every report: tables of markdown, and numbers as people read them."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from pathlib import Path


def publish(text: str, markdown: Path | None) -> None:
    """Print a report, and write it to a file where one is named."""
    if markdown:
        markdown.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """Lines of a markdown table; the first column is text, the others are numbers."""
    names = list(head)
    lines = ["| " + " | ".join(names) + " |", "|---" + "|---:" * (len(names) - 1) + "|"]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def number(value: float, digits: int = 1, scale: float = 1.0) -> str:
    """A number with so many digits, or a dash where there is none."""
    return f"{scale * value:.{digits}f}" if math.isfinite(value) else "–"


def share(value: float) -> str:
    """A share of 1 as `.912`."""
    if not math.isfinite(value):
        return "–"
    return f"{value:.3f}".removeprefix("0") if value < 1 else "1.00"


def milliseconds(value_s: float) -> str:
    """Seconds as milliseconds with one digit."""
    return number(value_s, 1, 1000.0)
