"""``practiceear progress``: what weeks of practice changed, beyond chance or not."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from practiceear.app.chosen_journal import JournalOrArchive, journal_to_read
from practiceear.errors import ExitCode
from practiceear.plain_text import printable_lines

Drill = Annotated[str | None, typer.Option("--drill", metavar="NAME", help="Of this drill only.")]
HtmlTarget = Annotated[
    str | None, typer.Option("--html", metavar="FILE", help="One page, to print or to send.")
]


Details = Annotated[bool, typer.Option("--details", help="With the last days of every drill.")]


def progress(
    drill: Drill = None,
    html_target: HtmlTarget = None,
    details: Details = False,
    journal: JournalOrArchive = None,
) -> int:
    """Say what weeks of practice changed: pain and effort first, then evenness."""
    from practiceear.practice.progress import read_progress
    from practiceear.reports.progress_lines import progress_lines

    with journal_to_read(journal) as opened:
        found = read_progress(opened, date.today(), drill=drill)
    if html_target is not None:
        from practiceear.reports.sheet.progress_page import progress_page
        from practiceear.reports.write import write_report

        write_report(html_target, progress_page(found))
        return ExitCode.OK
    print(printable_lines(progress_lines(found, is_detailed=details)))
    return ExitCode.OK
