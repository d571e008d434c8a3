"""What becomes of a live take when something goes wrong: what there is of it is kept, and said."""

from __future__ import annotations

import errno
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from practiceear.app.take_saving import played_notes
from practiceear.audio.blocks import Samples
from practiceear.audio.shared_buffer import SharedAudioBuffer
from practiceear.audio.take_writer import TakeWriter
from practiceear.audio.takefile import TakeFile
from practiceear.audio.virtual_player import VirtualPlayer
from practiceear.cli import live as live_verb
from practiceear.cli import run
from practiceear.errors import ExitCode
from practiceear.instruments.registry import load_instrument
from practiceear.journal.connection import FILE_NAME, open_journal
from practiceear.journal.reading import list_takes
from practiceear.journal.records import TakeRecord, TakeState
from practiceear.live import finished_take, opening
from practiceear.live.pipeline import LivePlan
from practiceear.live.session import LiveSession
from practiceear.metronome.click import click_sounds
from tests.support.sounds import take as plucked_take

RATE_HZ = 44100
N_NOTES = 10
LENGTH_S = 6.0
ARGUMENTS = ["live", "--plain", "--instrument", "guitar"]


def played() -> Samples:
    return plucked_take(list(0.5 + 0.5 * np.arange(N_NOTES)), LENGTH_S, RATE_HZ)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a recorded take of ten notes is kept that `run` plays, as fast as it can."""
    monkeypatch.setenv("PRACTICEEAR_HOME", str(tmp_path))
    monkeypatch.setattr(live_verb, "_is_demo_due", lambda _wish: False)
    monkeypatch.setattr(opening, "prepare_live", lambda: None)
    monkeypatch.setattr(opening, "open_live", lambda _wish: session_in(tmp_path))
    return tmp_path


def session_in(home: Path) -> LiveSession:
    (home / "takes").mkdir(exist_ok=True)
    writer = TakeWriter(home / "takes" / "take.flac", RATE_HZ)
    exchange = SharedAudioBuffer(RATE_HZ, click_sounds(RATE_HZ), is_patient=True)
    player = VirtualPlayer(exchange, played(), name="test", is_real_time=False)
    return LiveSession(player, LivePlan(load_instrument("guitar"), writer=writer))


def take_in(home: Path) -> TakeRecord:
    with open_journal(home) as journal:
        (take,) = list_takes(journal)
    return take


def recorded_s(home: Path) -> float:
    """How long the recording is as far as it can be read."""
    take = TakeFile(home / "takes" / "take.flac")
    return sum(len(block.samples) for block in take.blocks(4096)) / RATE_HZ


def test_a_take_without_trouble_ends_well(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(ARGUMENTS) == ExitCode.OK
    shown = capsys.readouterr()
    assert "The take is kept: " in shown.out
    assert shown.err == ""
    assert (take_in(home).state, take_in(home).n_notes) == (TakeState.COMPLETE, N_NOTES)


def test_a_disk_that_fills_up_ends_with_its_code_and_says_how_much_was_kept(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    append = TakeWriter._append

    def append_until_full(self: TakeWriter, file: object, samples: Samples) -> None:
        if self.duration_s > 2.5:
            raise OSError(errno.ENOSPC, "No space left on device")
        append(self, file, samples)

    monkeypatch.setattr(TakeWriter, "_append", append_until_full)
    assert run(ARGUMENTS) == ExitCode.JOURNAL
    shown = capsys.readouterr()
    assert "Part of the take is kept: " in shown.out
    assert "the disk is full" in shown.err
    assert "the recording holds about the first 0:02 of 0:0" in shown.err
    assert recorded_s(home) == pytest.approx(2.5, abs=0.3)
    assert take_in(home).n_notes == N_NOTES  # what was heard is measured whole


def test_a_journal_without_room_ends_with_its_code(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / FILE_NAME).mkdir()
    assert run(ARGUMENTS) == ExitCode.JOURNAL
    shown = capsys.readouterr()
    assert "In the journal" not in shown.out
    assert "The take is kept: " in shown.out
    assert "the journal" in shown.err
    assert recorded_s(home) > LENGTH_S - 1.0


def test_a_fault_in_the_analysis_keeps_the_recording_and_says_so(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def open_faulty(_wish: object) -> LiveSession:
        session = session_in(home)
        push = session.note_pipeline.push

        def fail_later(block: object) -> object:
            if session.pipeline.now_s > 3.0:
                raise ZeroDivisionError("float division by zero")
            return push(block)  # type: ignore[arg-type]

        monkeypatch.setattr(session.note_pipeline, "push", fail_later)
        return session

    monkeypatch.setattr(opening, "open_live", open_faulty)
    assert run(ARGUMENTS) == ExitCode.INTERNAL
    shown = capsys.readouterr()
    assert "The take is kept: " in shown.out
    assert "ZeroDivisionError" in shown.err
    assert "Traceback" not in shown.err
    assert recorded_s(home) > 2.5
    take = take_in(home)
    assert (take.state, take.audio_name) == (TakeState.COMPLETE, "take.flac")
    assert take.n_notes >= 4


def test_a_take_that_cannot_be_measured_keeps_its_notes_and_its_recording(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise FloatingPointError("no number")

    monkeypatch.setattr(finished_take, "measure_live", fail)
    assert run(ARGUMENTS) == ExitCode.INTERNAL
    shown = capsys.readouterr()
    assert "could not be measured" in shown.err
    assert "The take is kept: " in shown.out
    assert recorded_s(home) > LENGTH_S - 1.0
    take = take_in(home)
    assert (take.state, take.audio_name, take.n_notes) == (
        TakeState.CUT_OFF,
        "take.flac",
        N_NOTES,
    )


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="signals of POSIX")
@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGTERM, ExitCode.TERMINATED), (signal.SIGHUP, ExitCode.HUNG_UP)],
)
def test_a_signal_ends_the_take_with_its_summary(
    home: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    number: signal.Signals,
    code: ExitCode,
) -> None:
    monkeypatch.setattr("practiceear.cli.terminal._forget_terminal", lambda: None)

    def open_signalled(_wish: object) -> LiveSession:
        session = session_in(home)
        hear = session.pipeline.push

        def hear_and_be_ended(block: object) -> None:
            hear(block)  # type: ignore[arg-type]
            if session.pipeline.now_s > 3.0:
                os.kill(os.getpid(), number)

        monkeypatch.setattr(session.pipeline, "push", hear_and_be_ended)
        return session

    monkeypatch.setattr(opening, "open_live", open_signalled)
    assert run(ARGUMENTS) == code
    shown = capsys.readouterr()
    assert "The take is kept: " in shown.out
    assert "between notes" in shown.out
    assert take_in(home).state is TakeState.COMPLETE


def test_the_journal_is_given_the_recording_s_name_from_the_beginning(home: Path) -> None:
    session = session_in(home)
    assert played_notes(session).audio_name == "take.flac"
    session.close()
