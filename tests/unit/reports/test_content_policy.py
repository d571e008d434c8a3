"""What a browser may run of a page: its own code, named by its hash, and nothing in the text."""

from __future__ import annotations

import base64
import hashlib
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from practiceear.batch.index_page import index_page
from practiceear.batch.many_takes import TakeDone
from practiceear.reports.html import Section, sheet
from practiceear.reports.page.drawing import INK, Axes, picture


def drawn() -> str:
    axes = Axes("plot", (0.0, 1.0), (0.0, 1.0), 9.0, "ms")
    ends = np.array([0.0, 1.0])
    axes.line(ends, ends, INK, 0.1)
    axes.level(0.5, INK, 0.1, dashes="5 4")
    axes.marks("cross", ends, ends, INK, 0.5)
    return picture(axes, x_ticks=[(0.0, "a < b")], x_label="seconds")


def policy_of(page: str) -> dict[str, list[str]]:
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert found is not None
    text = found[1].replace("&#39;", "'")
    return {name: values for name, *values in (one.split() for one in text.split(";"))}


def hashes(page: str, tag: str) -> set[str]:
    """The sources that allow just the elements of a page that hold code."""
    texts = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
    digests = (hashlib.sha256(one.encode()).digest() for one in texts)
    return {f"'sha256-{base64.b64encode(one).decode()}'" for one in digests}


def assert_closed(page: str) -> None:
    """Only what is in the page's own elements may run or be drawn, and all of that may."""
    policy = policy_of(page)
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == ["'none'"]
    assert set(policy["style-src"]) == hashes(page, "style")
    assert set(policy["script-src"]) == (hashes(page, "script") or {"'none'"})
    assert "unsafe" not in page
    assert not re.search(r"<[^>]*\s(?:style|on\w+)=", page)
    assert page.index("Content-Security-Policy") < page.index("<style")


@pytest.mark.parametrize(
    "page",
    [
        index_page([TakeDone("/takes/a.wav", "k", finding="Even.")]),
        index_page([TakeDone("/takes/a.wav", "", error="no")]),
        sheet("two takes", "Even.", [Section("a drawing", plot_svg=drawn(), plot_text="up")]),
    ],
)
def test_a_page_allows_its_own_code_and_no_other(page: str) -> None:
    assert_closed(page)


def test_a_drawing_keeps_its_looks_without_styles() -> None:
    svg = drawn()
    assert "style" not in svg
    root = ET.fromstring(svg)  # an attribute that came twice would be refused
    assert root.attrib["stroke-linejoin"] == "round"
    lines = next(one for one in root.iter() if one.find("path[@stroke-dasharray]") is not None)
    dashed = lines.find("path[@stroke-dasharray]")
    assert dashed is not None
    assert dashed.attrib["stroke"] == "var(--ink)"
    assert lines.attrib["fill"] == "none"
