"""All pages come from the templates of one folder, in one environment, under one policy."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment


def html_page(template: str, scripts: Sequence[str] = (), **content: object) -> str:
    """Return an HTML document that needs nothing beside itself.

    ``template``: name of the template and of its style sheet, without their endings. ``scripts``:
    names of the scripts that the page holds, in order. ``content``: what the template is filled
    with; all text is escaped.
    """
    from markupsafe import Markup

    css = _template_text(f"{template}.css")
    codes = [_template_text(script) for script in scripts]
    page: str = (
        _environment()
        .get_template(f"{template}.html.j2")
        .render(
            policy=_content_policy([css], codes),
            css=Markup(css),
            scripts=[Markup(code) for code in codes],
            **content,
        )
    )
    return page


def moment(time_s: float) -> str:
    """A moment of the take, such as ``3.56 s`` or ``7:12.66``."""
    hundredths = round(100.0 * time_s)
    if hundredths < 6000:
        return f"{hundredths / 100:.2f} s"
    return f"{hundredths // 6000}:{hundredths % 6000 / 100:05.2f}"


def unbroken(text: str) -> str:
    """Text in which no line ends between a number and its unit or interval."""
    return re.sub(r"(?<=\d) (?=±|ms|dB|%)|(?<=±) ", "\N{NO-BREAK SPACE}", text)


def _template_text(name: str) -> str:
    return files(__package__).joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(_template_text),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"unbroken": unbroken, "moment": moment}
    return environment


def _content_policy(styles: Sequence[str], scripts: Sequence[str]) -> str:
    """Return a content security policy that names the page's code by its SHA-256.

    What the name of a take or a remark might smuggle in is none of it, so a browser runs none.
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src {_sources(styles)}",
            f"script-src {_sources(scripts)}",
            "img-src data:",
            "media-src data: blob:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _sources(texts: Sequence[str]) -> str:
    return " ".join(f"'sha256-{_digest(text)}'" for text in texts) or "'none'"


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page.

    ``title``: empty where it needs none. ``paragraphs``: text, escaped on the page. ``plot_svg``,
    ``plot_text``: a drawing made by this program, and what it shows in words; empty without one.
    ``table_head``, ``table_rows``: text; empty without a table.
    """

    title: str
    paragraphs: Sequence[str] = ()
    plot_svg: str = ""
    plot_text: str = ""
    table_head: Sequence[str] = ()
    table_rows: Sequence[Sequence[str]] = field(default_factory=tuple)


def sheet(title: str, lead: str, sections: Sequence[Section], closing: str = "") -> str:
    """Return the page as an HTML document.

    ``title``: of the page. ``lead``: the sentence that matters, said first. ``sections``: in order.
    ``closing``: what stands at its end, such as what it is not.
    """
    from markupsafe import Markup

    return html_page(
        "sheet",
        title=title,
        lead=lead,
        sections=[(section, Markup(section.plot_svg)) for section in sections],
        closing=closing,
    )
