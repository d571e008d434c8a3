"""One page of sections that needs nothing beside itself: no script, no network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files

from practiceear.reports.write import content_policy


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
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    css = _package_text("sheet.css")
    page: str = environment.from_string(_package_text("sheet.html.j2")).render(
        policy=content_policy([css]),
        css=Markup(css),
        title=title,
        lead=lead,
        sections=[(one, Markup(one.plot_svg)) for one in sections],
        closing=closing,
    )
    return page


def _package_text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
