"""A take on disk while it runs: killed, out of room, with gaps; never raising into a session."""

from __future__ import annotations

import errno
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from practiceear.audio.blocks import AudioBlock
from practiceear.audio.take_writer import TakeWriter
from practiceear.audio.takefile import TakeFile
from practiceear.errors import OutputError, UsageError

RATE_HZ = 44100
STEP = 2.0**-23  # of 24 bits

PERIOD_SAMPLES = 1000 * 441
SIGNAL = "0.3 * np.random.default_rng(5).standard_normal({n}).astype(np.float32).clip(-3, 3)"

WRITE_UNTIL_KILLED = f"""
import sys, time
from itertools import count
from pathlib import Path
import numpy as np
from practiceear.audio.blocks import AudioBlock
from practiceear.audio.take_writer import TakeWriter
signal = {SIGNAL.format(n=PERIOD_SAMPLES)}
writer = TakeWriter(Path(sys.argv[1]), {RATE_HZ})
for start in count(0, 441):
    place = start % {PERIOD_SAMPLES}
    writer.write(AudioBlock(signal[place : place + 441], start))
    print(writer.n_samples, flush=True)
    time.sleep(0.0005)
"""


def noise(n_samples: int) -> np.ndarray:
    return np.asarray(eval(SIGNAL.format(n=n_samples)))


def heard(path: Path) -> np.ndarray:
    return np.concatenate([block.samples for block in TakeFile(path).blocks(4096)])


def record(path: Path, samples: np.ndarray, block_samples: int = 441) -> TakeWriter:
    writer = TakeWriter(path, RATE_HZ)
    for start in range(0, len(samples), block_samples):
        writer.write(AudioBlock(samples[start : start + block_samples], start))
    return writer


@pytest.mark.parametrize("name", ["take.flac", "take.wav", "TAKE.WAV", "take"])
def test_what_was_played_is_in_the_file(tmp_path: Path, name: str) -> None:
    samples = noise(100_000)
    writer = record(tmp_path / name, samples)
    assert writer.is_recording
    writer.close()
    writer.close()
    assert not writer.is_recording
    assert writer.error == ""
    assert writer.is_kept
    assert writer.n_samples == 100_000
    assert np.abs(heard(writer.path) - samples).max() <= STEP
    info = soundfile.info(writer.path)
    assert (info.channels, info.samplerate, info.subtype) == (1, RATE_HZ, "PCM_24")
    assert info.format == ("WAV" if name.lower().endswith("wav") else "FLAC")


@pytest.mark.parametrize("block_samples", [1, 64, 5000])
def test_the_file_does_not_depend_on_the_blocks(tmp_path: Path, block_samples: int) -> None:
    record(tmp_path / "a.flac", noise(10_000), block_samples).close()
    record(tmp_path / "b.flac", noise(10_000)).close()
    assert (tmp_path / "a.flac").read_bytes() == (tmp_path / "b.flac").read_bytes()


def test_lost_samples_are_silence_of_their_length(tmp_path: Path) -> None:
    writer = TakeWriter(tmp_path / "take.flac", RATE_HZ)
    samples = noise(200_000)
    writer.write(AudioBlock(samples[100:5000], 100))
    writer.write(AudioBlock(samples[150_000:], 150_000))
    writer.close()
    samples[:100] = samples[5000:150_000] = 0.0
    assert np.abs(heard(writer.path) - samples).max() <= STEP


def test_blocks_that_overlap_are_a_fault_of_the_program(tmp_path: Path) -> None:
    writer = record(tmp_path / "take.flac", noise(1000))
    with pytest.raises(ValueError, match="overlaps"):
        writer.write(AudioBlock(noise(100), 999))
    assert writer.is_recording
    writer.close()


def test_what_no_file_can_hold_becomes_what_it_can(tmp_path: Path) -> None:
    samples = noise(10_000)
    samples[:5] = [np.nan, np.inf, -np.inf, 3.0, -1.5]
    writer = record(tmp_path / "take.flac", samples)
    writer.close()
    samples[:5] = [0.0, 1.0, -1.0, 1.0, -1.0]
    assert np.abs(heard(writer.path) - samples.clip(-1.0, 1.0)).max() <= STEP


def test_no_take_is_written_over_another(tmp_path: Path) -> None:
    paths = []
    for n_samples in (8000, 9000, 10_000):
        writer = record(tmp_path / "take.flac", noise(n_samples))
        writer.close()
        paths.append(writer.path)
    assert [path.name for path in paths] == ["take.flac", "take-2.flac", "take-3.flac"]
    assert [len(heard(path)) for path in paths] == [8000, 9000, 10_000]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
@pytest.mark.parametrize("ending", [".flac", ".wav"])
@pytest.mark.parametrize("delay_s", [0.03, 0.11, 0.23, 0.31])
def test_a_killed_program_loses_less_than_a_second(
    tmp_path: Path, ending: str, delay_s: float
) -> None:
    path = tmp_path / f"take{ending}"
    program = subprocess.Popen(
        [sys.executable, "-c", WRITE_UNTIL_KILLED, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert program.stdout is not None
    while int(program.stdout.readline()) < 2 * RATE_HZ:
        pass
    time.sleep(delay_s * np.random.default_rng().uniform(0.5, 1.5))
    program.kill()
    n_written = int(program.stdout.read().split()[-1])
    assert program.wait() == -signal.SIGKILL
    kept = heard(path)
    assert n_written - RATE_HZ <= len(kept)
    assert np.abs(kept - np.resize(noise(PERIOD_SAMPLES), len(kept))).max() <= STEP


@pytest.mark.parametrize("ending", [".flac", ".wav"])
def test_a_file_that_may_grow_no_more_ends_the_recording_only(tmp_path: Path, ending: str) -> None:
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    samples = noise(200_000)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    try:
        writer = record(tmp_path / f"take{ending}", samples)
        writer.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not writer.is_recording
    assert "no longer being recorded" in writer.error
    kept = heard(writer.path)
    assert 50_000 < writer.n_samples - RATE_HZ // 8 < len(kept)
    assert np.abs(kept - samples[: len(kept)]).max() <= STEP


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full: "),
        (OSError(errno.EIO, "Input/output error"), "Input/output error"),
        (AssertionError(), "took less than it was given"),
    ],
)
def test_a_fault_of_the_disk_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception, words: str
) -> None:
    samples = noise(30_000)
    writer = record(tmp_path / "take.flac", samples[:20_000])

    def failing(_file: object, _samples: object) -> None:
        raise fault

    with monkeypatch.context() as broken:
        broken.setattr(soundfile.SoundFile, "write", failing)
        writer.write(AudioBlock(samples[20_000:21_000], 20_000))
    assert not writer.is_recording
    assert words in writer.error
    assert writer.error.endswith("the take is no longer being recorded")
    writer.write(AudioBlock(samples[21_000:], 21_000))  # the session goes on
    writer.close()
    assert np.abs(heard(writer.path) - samples[:20_000]).max() <= STEP


def test_a_library_that_does_not_say_why_is_asked_for_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = record(tmp_path / "take.flac", noise(10_000))

    def failing(_file: object, _samples: object) -> None:
        raise RuntimeError("System error.")

    monkeypatch.setattr(soundfile.SoundFile, "write", failing)
    monkeypatch.setattr("practiceear.audio.take_writer._free_bytes", lambda _folder: 100.0)
    writer.write(AudioBlock(noise(100), 10_000))
    assert writer.error == "the disk is full: the take is no longer being recorded"


def test_a_take_in_which_nothing_came_leaves_no_file(tmp_path: Path) -> None:
    writer = TakeWriter(tmp_path / "take.flac", RATE_HZ)
    writer.write(AudioBlock(noise(0), 0))
    writer.close()
    assert not writer.is_kept
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_cannot_be_recorded_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"take\.mp3"):
        TakeWriter(tmp_path / "take.mp3", RATE_HZ)
    with pytest.raises(OutputError, match="No such file or directory"):
        TakeWriter(tmp_path / "nowhere" / "take.flac", RATE_HZ)
    with pytest.raises(OutputError, match="cannot be recorded"):
        TakeWriter(tmp_path / "take.flac", 700_000)  # more than FLAC can say
    assert list(tmp_path.iterdir()) == []
