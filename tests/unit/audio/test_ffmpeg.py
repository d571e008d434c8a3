"""Recordings that only ffmpeg reads: right times, names that are only names, no process left."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from practiceear.audio import ffmpeg
from practiceear.audio.container import _ASF_FILE_PROPERTIES
from practiceear.audio.recording_quality import LONGEST_PADDING_S
from practiceear.audio.take_player import TakeSound
from practiceear.audio.takefile import TakeFile
from practiceear.errors import MissingError, TakeError

RATE_HZ = 48000
BURSTS_S = (0.4, 1.0, 1.5, 2.2)
N_SAMPLES = 3 * RATE_HZ

OPTIONS = {
    "voice-memo.m4a": (),
    "streamed.m4a": ("-movflags", "+faststart"),
    "lossless.m4a": ("-c:a", "alac"),
    "browser.webm": ("-c:a", "libopus"),
    "flac.oga": ("-c:a", "flac"),
    "raw.aac": (),
    "old.wma": ("-c:a", "wmav2"),
}
VIDEO = ("-f", "lavfi", "-i", "color=blue:size=64x48:duration=3", "-c:v", "mpeg4")


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of recordings of one sound in many formats."""
    if shutil.which("ffmpeg") is None:
        if os.environ.get("CI"):
            pytest.fail("ffmpeg must be installed in CI")
        pytest.skip("needs ffmpeg")
    folder = tmp_path_factory.mktemp("recordings")
    soundfile.write(folder / "sound.wav", bursts(), RATE_HZ)
    for name, options in OPTIONS.items():
        made(folder, name, *options)
    made(folder, "video.mp4", *VIDEO, is_late=False)
    made(folder, "late.mp4", *VIDEO, is_late=True)
    subprocess.run(
        ["ffmpeg", "-v", "error", *VIDEO[:4], "-c:v", "mpeg4", folder / "mute.mp4"], check=True
    )
    return folder


def made(folder: Path, name: str, *options: str, is_late: bool = False) -> None:
    delay = ("-itsoffset", "0.5") if is_late else ()
    command = ["ffmpeg", "-v", "error", *delay, "-i", folder / "sound.wav", *options, folder / name]
    subprocess.run(command, check=True)


def bursts() -> np.ndarray:
    """Short bursts of noise at known times."""
    rng = np.random.default_rng(5)
    sound = 1e-4 * rng.standard_normal(N_SAMPLES)
    for time_s in BURSTS_S:
        first = round(time_s * RATE_HZ)
        sound[first : first + 4800] += 0.3 * rng.standard_normal(4800) * np.linspace(1, 0, 4800)
    return sound.astype(np.float32)


def heard(take: TakeFile, block_samples: int = 4096) -> np.ndarray:
    return np.concatenate([block.samples for block in take.blocks(block_samples)])


def offset_s(sound: np.ndarray) -> float:
    """How much later ``sound`` is than the bursts."""
    n = 1 << 19
    spectrum = np.fft.rfft(sound[:N_SAMPLES], n) * np.conj(np.fft.rfft(bursts(), n))
    at = int(np.argmax(np.fft.irfft(spectrum)))
    return (at if at < n // 2 else at - n) / RATE_HZ


@pytest.mark.parametrize("name", [*sorted(OPTIONS.keys() - {"raw.aac", "old.wma"}), "video.mp4"])
def test_times_are_those_of_the_sound(recordings: Path, name: str) -> None:
    take = TakeFile(recordings / name)
    sound = heard(take)
    assert abs(offset_s(sound)) < 0.001
    assert abs(len(sound) - N_SAMPLES) < 0.05 * RATE_HZ
    assert not take.health.is_cut_short
    assert take.health.is_start_known


@pytest.mark.parametrize("name", ["raw.aac", "old.wma"])
def test_a_padding_that_no_file_tells_is_told(recordings: Path, name: str) -> None:
    take = TakeFile(recordings / name)
    assert abs(offset_s(heard(take))) < LONGEST_PADDING_S
    assert not take.health.is_start_known
    assert not take.health.is_cut_short


def test_sound_that_begins_later_than_the_picture_stays_there(recordings: Path) -> None:
    assert offset_s(heard(TakeFile(recordings / "late.mp4"))) == pytest.approx(0.5, abs=0.002)


def test_a_wma_cut_between_two_of_its_packets_says_so(recordings: Path, tmp_path: Path) -> None:
    content = (recordings / "old.wma").read_bytes()
    path = tmp_path / "take.wma"
    packets = content.index(bytes.fromhex("3626b2758e66cf11a6d900aa0062ce6c")) + 50
    n_packet = int.from_bytes(content[content.index(_ASF_FILE_PROPERTIES) + 92 :][:4], "little")
    path.write_bytes(content[: packets + n_packet * ((len(content) - packets) // n_packet // 2)])
    take = TakeFile(path)
    heard(take)
    assert take.health.is_cut_short


def test_a_video_without_sound_is_said_to_have_none(recordings: Path) -> None:
    with pytest.raises(TakeError, match="holds no sound"):
        TakeFile(recordings / "mute.mp4")


@pytest.mark.parametrize("block_samples", [7, 441, 100_000])
def test_blocks_of_any_size_hold_the_same_samples(recordings: Path, block_samples: int) -> None:
    take = TakeFile(recordings / "voice-memo.m4a")
    assert np.array_equal(heard(take, block_samples), heard(take))


def test_it_is_played_from_any_place_on(recordings: Path) -> None:
    path = recordings / "voice-memo.m4a"
    whole = heard(TakeFile(path))
    later = np.concatenate(list(TakeSound(path).chunks(50_000, RATE_HZ)))
    assert np.array_equal(later, whole[50_000:])


def test_a_recording_cut_before_its_index_is_refused(recordings: Path, tmp_path: Path) -> None:
    path = tmp_path / "take.m4a"
    path.write_bytes((recordings / "voice-memo.m4a").read_bytes()[:-400])
    with pytest.raises(TakeError, match="its end is missing"):
        TakeFile(path)


@pytest.mark.parametrize("name", ["streamed.m4a", "browser.webm", "raw.aac", "old.wma", "flac.oga"])
def test_what_is_cut_is_read_as_far_as_it_goes(recordings: Path, tmp_path: Path, name: str) -> None:
    content = (recordings / name).read_bytes()
    path = tmp_path / name
    path.write_bytes(content[: len(content) * 2 // 3])
    take = TakeFile(path)
    assert 0.3 * N_SAMPLES < len(heard(take)) < 0.9 * N_SAMPLES
    assert take.health.is_cut_short


@pytest.mark.parametrize("name", ["-i.m4a", "concat:a|b.m4a", "http:x.m4a", "%03d.m4a", "a.wav"])
def test_a_name_is_only_a_name(
    recordings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    shutil.copy(recordings / "voice-memo.m4a", tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert len(heard(TakeFile(Path(name)))) >= N_SAMPLES


def test_no_other_file_is_opened_through_one(recordings: Path, tmp_path: Path) -> None:
    path = tmp_path / "list.m4a"
    path.write_text(f"ffconcat version 1.0\nfile {recordings / 'voice-memo.m4a'}\n")
    with pytest.raises(TakeError, match="not an audio file"):
        TakeFile(path)
    with pytest.raises(TakeError, match="cannot be read"):
        ffmpeg.probe(path)


def test_who_reads_no_further_leaves_no_process(
    recordings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []
    start = subprocess.Popen

    def remembered(*args: Any, **options: Any) -> subprocess.Popen[bytes]:
        started.append(start(*args, **options))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", remembered)
    blocks = TakeFile(recordings / "lossless.m4a").blocks(64)
    next(blocks)
    assert isinstance(blocks, Generator)
    blocks.close()
    assert started
    assert all(one.returncode is not None for one in started)


def test_without_ffmpeg_it_is_said_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _program: None)
    path = tmp_path / "take.wav"  # what counts is what it holds
    path.write_bytes(b"\0\0\0\x18ftypM4A \0\0\0\0" + bytes(100))
    with pytest.raises(MissingError, match="ffmpeg, which is not installed") as caught:
        TakeFile(path)
    assert "WAV" in caught.value.hint
    path.write_bytes(b"RIFF\0\0\0\0WAVE" + bytes(100))
    with pytest.raises(TakeError, match="damaged, or its codec needs ffmpeg"):
        TakeFile(path)
