"""``plan`` and ``practise`` without a sound card: what they print, keep, and how they end."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from practiceear.cli import run
from practiceear.errors import ExitCode
from practiceear.journal.connection import FILE_NAME, open_journal
from practiceear.journal.reading import TakeFilter, list_sessions, list_takes, remarks_of
from practiceear.journal.records import RemarkKind, SessionKind, TakeState
from practiceear.live import opening
from practiceear.practice.steps import ASSESSMENT_TAG, PERFORMANCE_TAG
from tests.unit.practice.test_past_ladders import add_session

EXAMPLE = Path(__file__).parents[3] / "docs" / "plan-example.toml"
PLAN = """
name = "Short"
author = "R. Meyer"
instrument = "violin"
starts = 2026-03-02
[ceiling]
bpm = 72
[rest]
breath_seconds = 1
[[drill]]
name = "g-major-violin"
runs = 2
target_bpm = 66
[assessment]
drill = "g-major-violin"
bpm = 60
runs = 5
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PRACTICEEAR_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(opening, "prepare_live", lambda _tell=None: None)
    monkeypatch.setattr("sys.stdin", io.StringIO("1\n3\n0\n"))
    return tmp_path / "home"


def plan_file(folder: Path, text: str = PLAN) -> str:
    path = folder / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_plan_is_shown_step_by_step(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", plan_file(tmp_path), "--today", "2026-03-05"]) == ExitCode.OK
    shown = capsys.readouterr().out
    for words in (
        "Short, by R. Meyer, for violin: 2026-03-05",
        "0:00   2.0  warm-up: g-major-violin, 48 bpm",
        "assessment: g-major-violin, 60 bpm, 5 runs",
        "drill: g-major-violin, 60 bpm up to 66 (steady), 2 runs",
        "never faster than 72 bpm",
        "The baseline is due now",
        "This is a practice plan, not a diagnosis.",
    ):
        assert words in shown


def test_looking_at_a_plan_makes_no_journal(tmp_path: Path, home: Path) -> None:
    assert run(["plan", plan_file(tmp_path), "--today", "2026-03-05"]) == ExitCode.OK
    assert not (home / FILE_NAME).exists()


def test_the_example_is_a_plan(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", str(EXAMPLE)]) == ExitCode.OK
    assert "not a diagnosis" in capsys.readouterr().out


@pytest.mark.parametrize("verb", ["plan", "practise"])
@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        (("runs = 2", "rums = 2"), "Did you mean runs?"),
        (("target_bpm = 66", "target_bpm = 99"), "must be a number from 60 to 72"),
        (("starts = 2026-03-02", "starts = 2999-01-01"), "begins on 2999-01-01"),
        (("starts = 2026-03-02", "ends = 2020-01-01"), "Ask R. Meyer for a new one"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_kept(
    home: Path, capsys: pytest.CaptureFixture[str], verb: str, mistake: tuple[str, str], said: str
) -> None:
    path = plan_file(home.parent, PLAN.replace(*mistake))
    assert run([verb, path]) == ExitCode.USAGE
    complaint = capsys.readouterr().err
    assert said in complaint
    assert len(complaint.splitlines()) == 1
    if (home / FILE_NAME).exists():
        with open_journal(home) as journal:
            assert list_sessions(journal) == []


def test_a_plan_says_where_a_ladder_goes_on(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = plan_file(tmp_path, PLAN.replace("target_bpm = 66", "target_bpm = 72"))
    home.mkdir()
    with open_journal(home) as journal:
        add_session(journal, [60.0, 60.0, 60.0, 64.0, 64.0])
    assert run(["plan", path, "--today", "2026-03-05"]) == ExitCode.OK
    shown = capsys.readouterr().out
    assert "drill: g-major-violin, 68 bpm up to 72 (steady), 2 runs" in shown
    assert "g-major-violin goes on at 68, where you ended on Monday." in shown
    assert run(["plan", path, "--today", "2026-03-20"]) == ExitCode.OK
    shown = capsys.readouterr().out
    assert "begins at 64: you ended at 68 on 2026-03-02, more than a week ago." in shown


def test_a_day_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", plan_file(tmp_path), "--today", "soon"]) == ExitCode.USAGE
    assert "2026-03-05" in capsys.readouterr().err


def _is_finding(line: str) -> bool:
    """Whether it says how even a run was."""
    return re.search("(very|fairly|as) even|uneven", line, re.IGNORECASE) is not None


def test_a_demo_session_in_lines_is_kept_whole_and_its_baseline_is_played_once(
    tmp_path: Path,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["practise", plan_file(tmp_path), "--demo", "--plain"]) == ExitCode.OK
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("Assessment") and "run 5 of 5" in line for line in lines)
    assert sum(_is_finding(line) for line in lines) == 3  # the assessment's end, two runs
    assert lines[-1].startswith("The session is done")
    assert not (home / FILE_NAME).exists()  # a demo is nobody's practice
    with open_journal(home / "demo") as journal:
        ((number, session),) = list_sessions(journal)
        assert session.kind is SessionKind.BASELINE
        assert session.plan_name == "Short"
        assert session.ended_utc_s is not None
        takes = list_takes(journal)
        assert {one.state for one in takes} == {TakeState.COMPLETE}
        assert all(-100.0 < one.noise_dbfs < -40.0 for one in takes)  # the room was heard
        assert len(list_takes(journal, TakeFilter(tag=ASSESSMENT_TAG))) == 5
        said = [(one.kind, one.number) for one in remarks_of(journal, session_id=number)]
        answers = [one for one in said if one[0] is not RemarkKind.TAG]
        assert answers == [
            (RemarkKind.PAIN, 1.0),
            (RemarkKind.EFFORT, 3.0),
            (RemarkKind.PAIN, 0.0),
        ]
    monkeypatch.setattr("sys.stdin", io.StringIO("q\n"))
    assert run(["practise", plan_file(tmp_path), "--demo", "--plain"]) == ExitCode.OK
    with open_journal(home / "demo") as journal:
        assert list_sessions(journal)[-1][1].kind is SessionKind.PLAN


def test_a_performance_is_the_last_run_is_told_of_at_the_end_and_tagged(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = plan_file(tmp_path, "performance = true" + PLAN[: PLAN.index("[assessment]")])
    assert run(["practise", path, "--demo", "--plain"]) == ExitCode.OK
    lines = capsys.readouterr().out.splitlines()
    (begins,) = [at for at, line in enumerate(lines) if line.startswith("As in a concert")]
    told = [at for at, line in enumerate(lines) if _is_finding(line) and at > begins]
    assert told == [len(lines) - 2]
    with open_journal(home / "demo") as journal:
        takes = list_takes(journal)
        performed = list_takes(journal, TakeFilter(tag=PERFORMANCE_TAG))
    assert performed == [takes[-1]]


def test_pain_in_a_demo_is_nobodys_and_keeps_no_other_demo_from_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        monkeypatch.setattr("sys.stdin", io.StringIO("10\n"))
        assert run(["practise", plan_file(tmp_path), "--demo", "--plain"]) == ExitCode.OK
        assert "the pain has reached the plan's limit" in capsys.readouterr().out


def test_typed_keys_leave_steps_out_and_stop(
    tmp_path: Path,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("s\nq\n"))
    assert run(["practise", plan_file(tmp_path), "--demo", "--plain"]) == ExitCode.OK
    assert "you ended the session" in capsys.readouterr().out
    with open_journal(home / "demo") as journal:
        said = [(one.kind, one.text) for one in remarks_of(journal, session_id=1)]
    assert (RemarkKind.STOP, "player") in said


def test_a_journal_that_cannot_be_opened_stops_before_playing(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = home / "demo"
    folder.mkdir(parents=True)
    (folder / FILE_NAME).write_bytes(b"this is no journal at all " * 100)
    assert run(["practise", plan_file(tmp_path), "--demo", "--plain"]) == ExitCode.JOURNAL
    shown = capsys.readouterr()
    assert "Warm-up" not in shown.out
    assert len(shown.err.splitlines()) == 1
