"""One page of sections that needs nothing beside itself: no script, no network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from practiceear.reports.html import html_page


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page.

    Attributes
    ----------
    title
        Empty where it needs none.
    paragraphs
        Text, escaped on the page.
    plot_svg, plot_text
        A drawing made by this program, and what it shows in words; empty without one.
    table_head, table_rows
        Text; empty without a table.
    """

    title: str
    paragraphs: Sequence[str] = ()
    plot_svg: str = ""
    plot_text: str = ""
    table_head: Sequence[str] = ()
    table_rows: Sequence[Sequence[str]] = field(default_factory=tuple)


def sheet(title: str, lead: str, sections: Sequence[Section], closing: str = "") -> str:
    """Return the page as an HTML document.

    Parameters
    ----------
    title
        Of the page.
    lead
        The sentence that matters, said first.
    sections
        In order.
    closing
        What stands at its end, such as what it is not.
    """
    from markupsafe import Markup

    return html_page(
        "sheet",
        title=title,
        lead=lead,
        sections=[(section, Markup(section.plot_svg)) for section in sections],
        closing=closing,
    )
