"""A folder of takes from the command line: pages, an index, a table, and again without work."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from practiceear.batch import many_takes, take_pool
from practiceear.batch.many_takes import TakeDone, TakeJob
from practiceear.cli import many, run
from practiceear.errors import ExitCode
from tests.support.recordings import beginning


@pytest.fixture
def lesson(tmp_path: Path) -> Path:
    folder = tmp_path / "lesson"
    folder.mkdir()
    for name in ("tap_table", "guitar_missed_notes"):
        beginning(name, folder / f"{name}.flac")
    return folder


def test_a_folder_becomes_pages_an_index_and_a_table(
    lesson: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out, table = tmp_path / "out", tmp_path / "all.csv"
    arguments = ["review", str(lesson), "--html", f"{out}/", "--csv", str(table), "--no-audio"]
    assert run(arguments) == ExitCode.OK
    assert "2 of 2 takes" in capsys.readouterr().err
    index = (out / "index.html").read_text(encoding="utf-8")
    for name in ("tap_table", "guitar_missed_notes"):
        assert f'href="{name}.html"' in index
        assert (out / f"{name}.html").stat().st_size > 10_000
    rows = list(csv.DictReader(table.open()))
    assert {Path(row["take"]).stem for row in rows} == {"tap_table", "guitar_missed_notes"}

    def fail(*_: object) -> None:
        raise AssertionError("an unchanged take was done again")

    monkeypatch.setattr(many_takes, "_reviewed", fail)
    first = index
    assert run(arguments) == ExitCode.OK
    assert (out / "index.html").read_text(encoding="utf-8") == first


def test_the_table_is_that_of_single_reviews(lesson: Path, tmp_path: Path) -> None:
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"
    assert run(["review", str(lesson), "--csv", str(one)]) == ExitCode.OK
    takes = [str(path) for path in sorted(lesson.iterdir())]
    assert run(["review", *takes, "--csv", str(other)]) == ExitCode.OK
    assert one.read_text() == other.read_text()


def test_a_bad_take_is_told_and_the_rest_is_done(
    lesson: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (lesson / "bad.wav").write_text("no sound")
    out = tmp_path / "out"
    arguments = ["review", str(lesson), "--html", f"{out}/", "--no-audio"]
    assert run(arguments) == ExitCode.PARTIAL
    assert "bad.wav" in capsys.readouterr().err
    assert "bad.wav" in (out / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--dask", "tcp://127.0.0.1:1"], ExitCode.MISSING),
        (["--json"], ExitCode.USAGE),
        (["--edits", "x.json"], ExitCode.USAGE),
        (["--jobs", "0"], ExitCode.USAGE),
    ],
)
def test_what_cannot_be_done_is_one_line(
    lesson: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: ExitCode,
) -> None:
    monkeypatch.setattr(take_pool, "ANSWER_S", 1.0)
    assert run(["review", str(lesson), *arguments]) == code
    lines = capsys.readouterr().err.strip().splitlines()
    assert lines[-1].startswith("practiceear: ")


def test_an_empty_folder_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["review", str(tmp_path)]) == ExitCode.USAGE
    assert "holds no take" in capsys.readouterr().err


def test_a_take_is_never_overwritten_by_the_table(
    lesson: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    take = lesson / "tap_table.flac"
    before = take.read_bytes()
    assert run(["review", str(lesson), f"--csv={take}"]) == ExitCode.USAGE
    assert "would be overwritten" in capsys.readouterr().err
    assert take.read_bytes() == before


def test_a_table_that_cannot_be_written_is_said_before_anything_is_heard(
    lesson: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("a take was heard")

    monkeypatch.setattr(take_pool, "do_job", fail)
    target = tmp_path / "no" / "folder.csv"
    assert run(["review", str(lesson), "--csv", str(target)]) == ExitCode.OUTPUT
    inside = tmp_path / "out" / "all.csv"  # the folder of pages is made first
    monkeypatch.undo()
    arguments = ["--html", f"{tmp_path / 'out'}/", "--csv", str(inside), "--no-audio"]
    assert run(["review", str(lesson), *arguments]) == ExitCode.OK
    assert inside.is_file()


def test_a_file_named_in_several_ways_is_one_take(lesson: Path) -> None:
    take = lesson / "tap_table.flac"
    link = lesson / "link.flac"
    link.symlink_to(take)
    round_about = lesson / ".." / lesson.name / take.name
    assert many.takes_among([take, round_about, link]) == [take]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"key": "other"}, (ExitCode.PARTIAL, "another version")),
        ({"key": "", "error": "no", "exit_code": 3}, (ExitCode.TAKE, "the same path")),
    ],
)
def test_a_cluster_that_gives_something_else_is_said(
    lesson: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    changed: dict[str, Any],
    told: tuple[ExitCode, str],
) -> None:
    def elsewhere(jobs: list[many_takes.TakeJob], _address: str) -> Iterator[many_takes.TakeDone]:
        yield from (replace(many_takes.do_job(job), **changed) for job in jobs)

    code, words = told
    monkeypatch.setattr(take_pool, "done_by_dask", elsewhere)
    assert run(["review", str(lesson), "--dask", "tcp://far:8786"]) == code
    assert words in capsys.readouterr().err


def test_who_stops_it_keeps_what_is_done(
    lesson: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def stopped_after_one(jobs: Sequence[TakeJob], _n_processes: int) -> Iterator[TakeDone]:
        yield many_takes.do_job(jobs[0])
        raise KeyboardInterrupt

    monkeypatch.setattr(take_pool, "done_here", stopped_after_one)
    out, table = tmp_path / "out", tmp_path / "all.csv"
    assert run(["review", str(lesson), "--html", f"{out}/", "--csv", str(table)]) == 130
    assert "guitar_missed_notes.html" in (out / "index.html").read_text()
    assert len(table.read_text().splitlines()) > 2
    told = capsys.readouterr().err
    assert "1 of 2 takes reviewed" in told
    assert told.endswith("practiceear: interrupted; what is done is kept.\n")


def test_a_fault_in_one_take_is_told_and_the_rest_is_done(
    lesson: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = many_takes._reviewed

    def faulty(job: TakeJob, key: str) -> TakeDone:
        return whole(job, key) if "tap_table" in job.path else TakeDone(str(1 / 0), key)

    monkeypatch.setattr(many_takes, "_reviewed", faulty)
    monkeypatch.delenv("PRACTICEEAR_DEBUG", raising=False)
    assert run(["review", str(lesson)]) == ExitCode.PARTIAL
    told = capsys.readouterr()
    assert told.out.startswith("tap_table.flac: ")
    assert "a fault of the program (ZeroDivisionError: " in told.err
    assert "1 of 2 takes reviewed" in told.err
