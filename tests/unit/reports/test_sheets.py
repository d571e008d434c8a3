"""Pages of comparisons and of progress: whole, escaped, without a network."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from practiceear.analysis.compare import compare_reviews
from practiceear.analysis.review import TakeReview, review_take
from practiceear.audio.takefile import TakeFile
from practiceear.cli import run
from practiceear.errors import ExitCode
from practiceear.fixtures.fixture import demo_take
from practiceear.instruments.registry import load_profile
from practiceear.journal.connection import open_journal
from practiceear.practice.progress import read_progress
from practiceear.reports.comparison import compare_page
from practiceear.reports.progress_lines import EMPTY, NO_DIAGNOSIS
from practiceear.reports.progress_page import progress_page
from tests.unit.journal.made_up import add_day
from tests.unit.practice.test_progress import play
from tests.unit.reports.test_content_policy import assert_closed


@pytest.fixture(scope="module")
def review() -> TakeReview:
    with demo_take() as fixture:
        take = TakeFile(fixture.take_path)
        return review_take(take, take, load_profile(fixture.instrument), fixture.exercise)


def assert_alone(page: str) -> None:
    """Nothing is fetched, and nothing but drawings holds an address."""
    assert not re.search(r'(?:src|href)="(?!#)', page)
    assert "<script" not in page
    assert_closed(page)


def test_two_takes_on_one_page(review: TakeReview) -> None:
    evil = '<script>alert("x")</script>.wav'
    page = compare_page(compare_reviews([review, replace(review, name=evil)]))
    assert_alone(page)
    assert "No difference beyond chance" in page
    assert page.count("<figure><svg") == 1
    assert "Evenness: between notes, heard (SD)" in page


def test_the_same_takes_give_the_same_page(review: TakeReview) -> None:
    compared = compare_reviews([review, review])
    assert compare_page(compared) == compare_page(compared)


def test_progress_on_one_page(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        for day in range(1, 21):
            play(journal, day, 0.02 * 0.97**day)
        add_day(journal, 21, pain=1.0)
        page = progress_page(read_progress(journal, date(2026, 3, 21)))
    assert_alone(page)
    assert "less uneven each week" in page
    assert NO_DIAGNOSIS in page
    assert "2026-03-20" in page


def test_an_empty_journal_is_a_page_too(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        page = progress_page(read_progress(journal, date(2026, 3, 1)))
    assert EMPTY in page


def test_pages_are_written_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PRACTICEEAR_HOME", str(tmp_path / "home"))
    assert run(["progress", "--html", str(tmp_path / "p.html")]) == ExitCode.OK
    assert (tmp_path / "p.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert run(["progress"]) == ExitCode.OK
    assert NO_DIAGNOSIS in capsys.readouterr().out
    with demo_take() as fixture:
        take = str(fixture.take_path)
        target = str(tmp_path / "c.html")
        assert run(["compare", take, take, "--html", target, "-i", "violin"]) == ExitCode.OK
    assert "</html>" in Path(target).read_text(encoding="utf-8")
