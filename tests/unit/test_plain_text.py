"""Text of others: nothing in it controls a terminal, adds a line or becomes a formula."""

from __future__ import annotations

import io
import unicodedata

import pytest

from practiceear.plain_text import (
    PrintableStream,
    csv_cell,
    is_controlling,
    printable,
    printable_lines,
    raw_stream,
)

HOSTILE = [
    "\x1b[31mred",
    "\x9b31m",
    "\x1b]0;title\x07",
    "\x07",
    "a\u202eb",
    "\u2066x\u2069",
    "row\n    99  2026-01-01  fake",
    "row\rover",
    "a\x85b\u2028c\u2029d\x0be",
    "\x00\x7f\ufeff\u200b",
    "\udcff",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_controls_the_terminal(text: str) -> None:
    shown = printable(text)
    assert not any(unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp") for one in shown)
    assert len(shown.splitlines()) == 1
    assert printable(shown) == shown


def test_names_stay_as_they_are_written() -> None:
    assert printable("a\x1b[31m\nb.wav") == r"a\x1b[31m\nb.wav"
    for name in (
        "Übung 1.wav",
        "10\xa0Takte",
        "می\u200cخواهم",
        "👩\u200d🎤",
        "練習\u3000一",
        "[red]x",
    ):
        assert printable(name) == name


def test_a_line_break_in_a_name_makes_no_row() -> None:
    assert printable_lines(["a\nb", "c"]) == "a\\nb\nc"


def test_a_stream_keeps_lines_and_tabs_only() -> None:
    raw = io.StringIO()
    stream = PrintableStream(raw)
    assert stream.write("a\tb\n\x1b[1m\r\u202e") == len("a\tb\n\x1b[1m\r\u202e")
    stream.writelines(["\x9b", "\n"])
    assert raw.getvalue() == "a\tb\n\\x1b[1m\\r\\u202e\\x9b\n"
    assert raw_stream(stream) is raw  # type: ignore[arg-type]
    assert raw_stream(raw) is raw


@pytest.mark.parametrize("start", list("=+-@＝＋－＠"))
def test_no_text_is_a_formula(start: str) -> None:
    assert csv_cell(f"{start}HYPERLINK(1)") == f"'{start}HYPERLINK(1)"
    assert csv_cell(f" {start}1").startswith("'")


def test_plain_text_is_the_same_cell() -> None:
    assert csv_cell("Übung 1 = schön") == "Übung 1 = schön"
    assert csv_cell("a\nb") == r"a\nb"
    assert csv_cell("") == ""


def test_joiners_are_letters() -> None:
    assert not is_controlling("\u200d")
    assert is_controlling("\u200e")
