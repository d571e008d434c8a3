"""The command as a user types it: one line on stderr, the documented exit code, no traceback."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from practiceear.cli import run
from practiceear.cli.app import with_values
from practiceear.errors import ExitCode, UsageError
from practiceear.units import FloatArray
from tests.support.tones import tone_row

RATE_HZ = 44100


def scale(n_notes: int = 24) -> np.ndarray:
    onset_s = 0.5 + 0.25 * np.arange(n_notes)
    hz = 330.0 * 2 ** (np.arange(n_notes) % 8 / 12)
    sound = tone_row(onset_s, 0.18, pitch_hz=hz)
    noise = np.random.default_rng(0).standard_normal(len(sound)).astype(np.float32)
    return sound + 1e-4 * noise


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("takes") / "scale.wav"
    soundfile.write(path, scale(), RATE_HZ)
    return path


def complaint(capsys: pytest.CaptureFixture[str]) -> str:
    """The single line that a failing command leaves on stderr."""
    error = capsys.readouterr().err
    assert "Traceback" not in error
    lines = error.strip().splitlines()
    assert len(lines) == 1, error
    assert lines[0].startswith("practiceear: ")
    return lines[0]


def test_onsets_are_printed_one_a_line(take: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["onsets", str(take)]) == ExitCode.OK
    lines = capsys.readouterr().out.splitlines()
    assert np.array(lines, dtype=float) == pytest.approx(0.5 + 0.25 * np.arange(24), abs=0.012)


def test_onsets_as_json(take: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["onsets", str(take), "--json"]) == ExitCode.OK
    content = json.loads(capsys.readouterr().out)
    assert content["schema"] == 1
    assert len(content["onsets"]) == 24
    for onset in content["onsets"]:
        assert set(onset) == {"onset_s", "error_s", "detected_s", "level_dbfs", "strength"}
        assert onset["onset_s"] < onset["detected_s"] < onset["onset_s"] + 0.3
        assert onset["level_dbfs"] == pytest.approx(-20, abs=1.0)
        assert onset["strength"] > 0


def test_review_says_what_matters_first(take: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["review", str(take), "--instrument", "flute", "--bpm", "120"]) == ExitCode.OK
    captured = capsys.readouterr()
    first = captured.out.splitlines()[0]
    assert "from note to note" in first
    assert "(n 23, " in captured.out
    assert captured.err == ""


def test_json_and_csv_of_a_review_agree(take: Path, tmp_path: Path) -> None:
    json_path, csv_path = tmp_path / "r.json", tmp_path / "r.csv"
    code = run(["review", str(take), "--json", str(json_path), "--csv", str(csv_path)])
    assert code == ExitCode.OK
    notes = json.loads(json_path.read_text())["takes"][0]["notes"]
    rows = list(csv.DictReader(io.StringIO(csv_path.read_text())))
    assert len(rows) == len(notes) == 24
    for row, note in zip(rows, notes, strict=True):
        assert float(row["onset_s"]) == pytest.approx(note["onset_s"], abs=1e-6)
        assert (row["gate_ratio"] == "") == (note["gate_ratio"] is None)


def test_a_take_after_json_is_a_take_and_not_the_target(
    take: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = take.read_bytes()
    assert run(["review", "--json", str(take)]) == ExitCode.OK
    assert json.loads(capsys.readouterr().out)["takes"][0]["take"] == str(take)
    assert take.read_bytes() == before


@pytest.mark.parametrize(
    ("given", "completed"),
    [
        (["--json"], ["--json=-"]),
        (["--json", "a.wav"], ["--json=-", "a.wav"]),
        (["--json", "a.json"], ["--json", "a.json"]),
        (["--json", "-"], ["--json", "-"]),
        (["--csv", "--json", "b.JSON", "a.flac"], ["--csv=-", "--json", "b.JSON", "a.flac"]),
        (["--json=x.txt", "--csv", "x.wav"], ["--json=x.txt", "--csv=-", "x.wav"]),
    ],
)
def test_options_with_an_optional_file(given: list[str], completed: list[str]) -> None:
    assert with_values(given) == completed


@pytest.mark.parametrize("following", ["x.txt", "/dev/full", "r.csv"])
def test_what_is_neither_take_nor_report_is_not_guessed(following: str) -> None:
    with pytest.raises(UsageError, match=f"--json={following}"):
        with_values(["--json", following])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--bpm", "0"], r"0 bpm.* 20 to 400"),
        (["--bpm", "10000"], r"10000 bpm.* 20 to 400"),
        (["--bpm", "nan"], r"nan bpm.* 20 to 400"),
        (["--bpm", "fast"], "'--bpm'.*is not a number"),
        (["--subdivision", "0"], "'0' is not a subdivision"),
        (["--subdivision", "7"], "'7' is not a subdivision"),
        (["--beats", "3+x"], "beats per bar"),
        (["--beats", "0"], "beats per bar"),
        (["--instrument", "violn"], "violn.*Did you mean violin"),
        (["--instrument", "theremin"], "theremin.*Choose one of .*violin"),
        (["--channel", "2"], "no channel 2"),
        (["--channel", "0"], "channel"),
        (["--first-beat", "inf"], "first beat"),
        (["--second-opinion", "madmom"], "madmom.*Ask for aubio"),
        (["--no-such-option"], "no-such-option"),
        (["--demo"], "recordings or --demo"),
    ],
)
def test_options_that_make_no_sense(
    take: Path, capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    if options[0] == "--first-beat":
        options = [*options, "--bpm", "100"]
    assert run(["review", str(take), *options]) == ExitCode.USAGE
    assert re.search(words, complaint(capsys), re.IGNORECASE)


def test_review_without_a_take(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["review"]) == ExitCode.USAGE
    assert "Name one or more recordings" in complaint(capsys)


def bad_takes(folder: Path) -> dict[str, Path]:
    """One file of every kind that cannot be reviewed, by what is said of it."""
    nan = scale()
    nan[1000] = np.nan
    whole = {
        "every sample is zero": np.zeros(RATE_HZ),
        "not a number": nan,
        "too short": np.zeros(3),
    }
    paths = {}
    for position, (words, samples) in enumerate(whole.items()):
        paths[words] = folder / f"bad{position}.wav"
        soundfile.write(paths[words], samples, RATE_HZ, subtype="FLOAT")
    paths["1000 Hz"] = folder / "slow.wav"
    soundfile.write(paths["1000 Hz"], scale()[:5000], 1000)
    paths["not an audio file"] = folder / "text.wav"
    paths["not an audio file"].write_text("dear diary " * 100)
    paths["empty"] = folder / "empty.wav"
    paths["empty"].write_bytes(b"")
    paths["there is no file"] = folder / "missing.wav"
    paths["is a folder"] = folder
    return paths


@pytest.mark.parametrize("verb", ["onsets", "review"])
def test_takes_that_cannot_be_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    for words, path in bad_takes(tmp_path).items():
        if verb == "review" and path.is_dir():
            continue  # stands for the takes in it
        assert run([verb, str(path)]) == ExitCode.TAKE, words
        captured = capsys.readouterr()
        assert captured.out == "", words
        assert len(captured.err.strip().splitlines()) == 1, captured.err
        assert words in captured.err
        assert str(path) in captured.err


def test_a_bad_take_does_not_stop_the_rest(
    take: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "missing.wav"
    assert run(["review", str(missing), str(take), "--json"]) == ExitCode.PARTIAL
    captured = capsys.readouterr()
    content = json.loads(captured.out)
    assert [one["take"] for one in content["takes"]] == [str(take)]
    assert [(one["take"], one["exit_code"]) for one in content["failed"]] == [(str(missing), 3)]
    assert len(captured.err.strip().splitlines()) == 1


def test_a_take_cut_short_is_reported_as_far_as_it_goes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cut.flac"
    soundfile.write(path, scale(), RATE_HZ)
    content = path.read_bytes()
    path.write_bytes(content[: 2 * len(content) // 3])
    assert run(["onsets", str(path)]) == ExitCode.PARTIAL
    captured = capsys.readouterr()
    assert 8 < len(captured.out.splitlines()) < 20
    assert re.search(r"cut off or damaged: only \d\d % of it could be read", captured.err)


@pytest.mark.parametrize(
    ("name", "change", "remark"),
    [
        ("clipped", lambda x: np.clip(15 * x, -1, 1), "clipped"),
        ("dc", lambda x: x + 0.2, r"\(DC\) offset"),
        ("quiet", lambda x: 0.01 * x, "very quiet"),
    ],
)
def test_flaws_of_the_recording_are_told(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    change: Callable[[FloatArray], FloatArray],
    remark: str,
) -> None:
    path = tmp_path / f"{name}.wav"
    soundfile.write(path, change(scale()), RATE_HZ, subtype="FLOAT")
    assert run(["review", str(path), "--bpm", "120"]) == ExitCode.OK
    assert re.search(remark, capsys.readouterr().out)


def test_reports_that_cannot_be_written(
    take: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "no" / "such" / "folder" / "r.json"
    assert run(["review", str(take), "--json", str(target)]) == ExitCode.OUTPUT
    assert "there is no folder" in complaint(capsys)
    assert run(["review", str(take), f"--json={take}"]) == ExitCode.USAGE
    assert "would be overwritten" in complaint(capsys)


def test_a_fault_of_the_program_is_one_line(
    take: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from practiceear.audio import takefile

    def broken(*_args: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.delenv("PRACTICEEAR_DEBUG", raising=False)
    monkeypatch.setattr(takefile.TakeFile, "blocks", broken)
    assert run(["onsets", str(take)]) == ExitCode.INTERNAL
    assert "ZeroDivisionError: oops" in complaint(capsys)


def test_instruments_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["instruments"]) == ExitCode.OK
    listed = capsys.readouterr().out.split()
    assert {"violin", "double-bass", "tap", "piano"} <= set(listed)


def test_second_opinion(take: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("aubio")
    assert run(["review", str(take), "--second-opinion", "aubio"]) == ExitCode.OK
    out = capsys.readouterr().out
    assert re.search(r"aubio: \d+ onsets heard by both", out)
    assert "only PracticeEar:" in out
    assert "only aubio:" in out


def test_a_missing_second_opinion_names_what_to_install(
    take: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "aubio", None)
    assert run(["review", str(take), "--second-opinion", "aubio"]) == ExitCode.MISSING
    assert "pip install 'practiceear[aubio]'" in complaint(capsys)


HEAVY = ("numba", "librosa", "textual", "sounddevice", "scipy", "soundfile")


@pytest.mark.parametrize(
    "code",
    [
        "import practiceear",
        "from practiceear.cli import run; run(['--help'])",
        "from practiceear.cli import run; run(['review', '--help'])",
        "from practiceear.cli import run; run(['instruments'])",
        "from practiceear.cli import run; run(['--version'])",
    ],
)
def test_a_light_command_loads_nothing_heavy(code: str) -> None:
    probe = f"{code}\nimport sys; sys.exit(','.join(m for m in {HEAVY} if m in sys.modules) or 0)"
    done = subprocess.run(
        [sys.executable, "-c", probe], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_a_reader_that_has_had_enough_is_no_error(take: Path) -> None:
    command = f"{sys.executable} -m practiceear onsets {take} | head -n 1"
    done = subprocess.run(["bash", "-c", command], check=False, capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 1


def test_reports_are_written_even_if_nobody_reads_the_text(take: Path, tmp_path: Path) -> None:
    target = tmp_path / "r.json"
    command = f"{sys.executable} -m practiceear review {take} {take} --json {target} | head -c 1"
    done = subprocess.run(["bash", "-c", command], check=False, capture_output=True, text=True)
    assert done.stderr == ""
    assert len(json.loads(target.read_text())["takes"]) == 2


def test_a_full_standard_output_is_no_fault_of_the_program(take: Path) -> None:
    command = f"{sys.executable} -m practiceear onsets {take} > /dev/full"
    done = subprocess.run(["bash", "-c", command], check=False, capture_output=True, text=True)
    assert done.returncode == ExitCode.OUTPUT
    assert "No space left" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_names_and_terminals_that_are_not_utf8(take: Path, tmp_path: Path) -> None:
    odd = os.fsencode(tmp_path) + b"/t\xe4ke \xff.wav"
    Path(os.fsdecode(odd)).write_bytes(take.read_bytes())
    command: list[str | bytes] = [sys.executable, "-m", "practiceear", "review", odd]
    plain = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, check=False, capture_output=True, env=plain)
    assert done.returncode == 0, done.stderr
    done = subprocess.run([*command, "--json"], check=False, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["takes"][0]["notes"]) == 24


def test_a_name_that_is_too_long_is_a_take_that_is_not_there(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["onsets", "x" * 5000 + ".wav"]) == ExitCode.TAKE
    assert "too long" in complaint(capsys)


def test_two_reports_in_one_place_are_refused(
    take: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["review", str(take), "--json", "--csv"]) == ExitCode.USAGE
    assert "same place" in complaint(capsys)
    place = tmp_path / "x"
    assert run(["review", str(take), f"--json={place}", f"--csv={place}"]) == ExitCode.USAGE
    assert "same place" in complaint(capsys)
    assert not place.exists()


def test_a_second_opinion_is_in_the_json_too(
    take: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("aubio")
    assert run(["review", str(take), "--second-opinion", "aubio", "--json"]) == ExitCode.OK
    opinion = json.loads(capsys.readouterr().out)["takes"][0]["second_opinion"]
    assert opinion["name"] == "aubio"
    assert opinion["n_agreed"] + len(opinion["only_ours_s"]) == 24
