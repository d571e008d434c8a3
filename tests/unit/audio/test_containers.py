"""Files that were cut off, never closed, or written out of order: read as far as they go."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from practiceear.audio.takefile import TakeArray, TakeFile
from practiceear.errors import TakeError
from practiceear.reports.words import cut_short

RATE_HZ = 44100
N_FRAMES = 60_001  # odd, so that chunks of 24 bits are filled up


def noise(n_samples: int = N_FRAMES, seed: int = 0) -> np.ndarray:
    return 0.2 * np.random.default_rng(seed).standard_normal(n_samples).astype(np.float32)


def heard(take: TakeArray | TakeFile) -> np.ndarray:
    return np.concatenate([block.samples for block in take.blocks(4096)])


def written(folder: Path, name: str, container: str, subtype: str = "PCM_16") -> bytes:
    """The bytes of a whole file of noise."""
    path = folder / f"whole-{name}"
    soundfile.write(path, noise(), RATE_HZ, format=container, subtype=subtype)
    take = TakeFile(path)
    assert N_FRAMES <= len(heard(take)) < 1.05 * N_FRAMES  # ADPCM fills its last block
    assert not take.health.is_cut_short
    return path.read_bytes()


def chunk(name: bytes, content: bytes, *, size: int | None = None, is_filled: bool = True) -> bytes:
    n_bytes = len(content) if size is None else size
    return name + struct.pack("<I", n_bytes) + content + b"\0" * (is_filled and len(content) % 2)


def riff(*chunks: bytes, size: int | None = None) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body) if size is None else size) + body


LAYOUT = chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, RATE_HZ, 2 * RATE_HZ, 2, 16))
SOUND = (noise() * 32767).astype("<i2").tobytes()


@pytest.mark.parametrize(
    ("name", "container", "subtype"),
    [
        ("take.wav", "WAV", "PCM_24"),
        ("rf64.wav", "RF64", "PCM_16"),
        ("take.w64", "W64", "PCM_16"),
        ("take.aiff", "AIFF", "PCM_16"),
        ("take.caf", "CAF", "PCM_16"),
        ("take.au", "AU", "PCM_16"),
        ("take.flac", "FLAC", "PCM_16"),
        ("ima.wav", "WAV", "IMA_ADPCM"),
    ],
)
def test_a_file_cut_anywhere_says_so(
    tmp_path: Path, name: str, container: str, subtype: str
) -> None:
    content = written(tmp_path, name, container, subtype)
    path = tmp_path / name
    for share in (0.4, 0.77, 0.999):
        path.write_bytes(content[: round(share * len(content))])
        take = TakeFile(path)
        n_heard = len(heard(take))
        assert take.health.is_cut_short
        assert n_heard > 0.8 * share * N_FRAMES - 8192
        told = take.health.share_read
        assert told == pytest.approx(n_heard / N_FRAMES, abs=0.05)


def test_a_wav_that_lost_only_what_follows_the_sound_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "take.wav"
    path.write_bytes(riff(LAYOUT, chunk(b"data", SOUND), chunk(b"LIST", bytes(400)))[:-300])
    take = TakeFile(path)
    assert len(heard(take)) == N_FRAMES
    assert not take.health.is_cut_short


def _rf64_of_a_recorder_that_died(content: bytes) -> bytes:
    at = content.index(b"ds64")
    return content[: at + 8] + bytes(24) + content[at + 32 :]


def _caf_of_size(size: bytes) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        at = content.index(b"data") + 4
        return content[:at] + size + content[at + 8 :]

    return change


def _au_of_size(size: bytes) -> Callable[[bytes], bytes]:
    return lambda content: content[:8] + size + content[12:]


@pytest.mark.parametrize(
    ("name", "container", "leave_open"),
    [
        ("rf64.wav", "RF64", _rf64_of_a_recorder_that_died),
        ("minus-one.caf", "CAF", _caf_of_size(b"\xff" * 8)),
        ("zero.caf", "CAF", _caf_of_size(bytes(8))),
        ("largest.au", "AU", _au_of_size(b"\xff" * 4)),
        ("zero.au", "AU", _au_of_size(bytes(4))),
    ],
)
def test_of_a_file_that_was_never_closed_all_is_read(
    tmp_path: Path, name: str, container: str, leave_open: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / name
    path.write_bytes(leave_open(written(tmp_path, name, container)))
    take = TakeFile(path)
    assert np.allclose(heard(take), noise(), atol=1e-4)
    assert not take.health.is_cut_short


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFF000])
def test_a_wav_that_was_streamed_or_whose_recorder_died_is_read(tmp_path: Path, size: int) -> None:
    path = tmp_path / "take.wav"
    path.write_bytes(riff(LAYOUT, chunk(b"data", SOUND, size=size), size=size))
    take = TakeFile(path)
    assert np.allclose(heard(take), noise(), atol=1e-4)
    assert not take.health.is_cut_short


def test_an_empty_wav_that_was_closed_is_empty_whatever_follows(tmp_path: Path) -> None:
    path = tmp_path / "take.wav"
    path.write_bytes(riff(LAYOUT, chunk(b"data", b""), chunk(b"LIST", bytes(40_000))))
    with pytest.raises(TakeError, match="too short"):
        heard(TakeFile(path))


def test_a_chunk_that_was_not_filled_up_hides_no_sound(tmp_path: Path) -> None:
    path = tmp_path / "take.wav"
    odd = chunk(b"LIST", b"INFOISFT\x05\0\0\0abcde", is_filled=False)
    path.write_bytes(riff(LAYOUT, odd, chunk(b"data", SOUND)))
    assert np.allclose(heard(TakeFile(path)), noise(), atol=1e-4)


def test_an_ogg_cut_inside_its_last_page_says_so(tmp_path: Path) -> None:
    path = tmp_path / "take.ogg"
    soundfile.write(path, noise(), RATE_HZ)
    content = path.read_bytes()
    last_page = content.rindex(b"OggS")
    for end in (len(content) - 1, last_page + 40, last_page + 10):
        path.write_bytes(content[:end])
        take = TakeFile(path)
        heard(take)
        assert take.health.is_cut_short
        assert "%" not in cut_short(take.health.share_read)  # how much is missing is not known


def test_an_ogg_with_a_damaged_page_says_so(tmp_path: Path) -> None:
    path = tmp_path / "take.ogg"
    soundfile.write(path, noise(), RATE_HZ)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    take = TakeFile(path)
    heard(take)
    assert take.health.is_cut_short


def mp3(rate_hz: int = RATE_HZ) -> tuple[bytes, bytes]:
    """The info tag and the frames of an MP3 of varying bit rate: a soft half, then a loud one."""
    sound = noise(200_000)
    sound[:100_000] = 0.3 * np.sin(0.05 * np.arange(100_000))
    file = io.BytesIO()
    soundfile.write(
        file, sound, rate_hz, format="MP3", bitrate_mode="VARIABLE", compression_level=0.5
    )
    content = file.getvalue()
    second = content.index(content[:2], 48)
    return content[:second], content[second:]


@pytest.mark.parametrize("rate_hz", [44100, 22050])
def test_an_mp3_of_varying_bit_rate_without_a_tag_is_read_to_its_end(
    tmp_path: Path, rate_hz: int
) -> None:
    tag, frames = mp3(rate_hz)
    assert b"Xing" in tag
    path = tmp_path / "take.mp3"
    path.write_bytes(frames)
    take = TakeFile(path)
    assert len(heard(take)) >= 200_000
    assert not take.health.is_cut_short
    assert not take.health.is_start_known
    path.write_bytes(frames[:-100])
    cut = TakeFile(path)
    heard(cut)
    assert cut.health.is_cut_short


def test_two_mp3_files_put_one_behind_the_other_are_read_to_the_end(tmp_path: Path) -> None:
    tag, frames = mp3()
    path = tmp_path / "take.mp3"
    path.write_bytes(tag + frames + tag + frames)
    take = TakeFile(path)
    assert len(heard(take)) >= 2 * 200_000
    assert not take.health.is_cut_short


def test_an_mp3_inside_a_wav_is_whole(tmp_path: Path) -> None:
    _, frames = mp3()
    layout = chunk(b"fmt ", struct.pack("<HHIIHHH", 0x55, 1, RATE_HZ, 16_000, 1, 0, 0))
    path = tmp_path / "take.wav"
    path.write_bytes(riff(layout, chunk(b"data", frames)))
    take = TakeFile(path)
    assert len(heard(take)) >= 200_000
    assert not take.health.is_cut_short
    second = frames.index(frames[:2], 1000)  # what is left ends with a whole frame
    path.write_bytes(riff(layout, chunk(b"data", frames))[: -len(frames) + second])
    cut = TakeFile(path)
    heard(cut)
    assert cut.health.is_cut_short


def test_rubbish_between_the_frames_of_an_mp3_hides_no_sound(tmp_path: Path) -> None:
    _, frames = mp3()
    path = tmp_path / "take.mp3"
    middle = frames.index(frames[:2], len(frames) // 2)
    path.write_bytes(frames[:middle] + b"x" * 300 + frames[middle:])
    take = TakeFile(path)
    assert len(heard(take)) > 190_000
    assert take.health.is_cut_short  # what was there in its place is lost


def test_the_decoder_of_mp3_says_nothing_on_the_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    tag, frames = mp3()
    path = tmp_path / "take.mp3"
    path.write_bytes(tag + frames[: len(frames) // 2])
    heard(TakeFile(path))
    path.write_bytes(b"<html><body>404</body></html>")
    with pytest.raises(TakeError, match="not an audio file"):
        TakeFile(path)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("loudest", "words"),
    [(3e38, "far beyond full scale, at 0.5"), (1e300, "not a number, at 0.5"), (3e9, "")],
)
@pytest.mark.filterwarnings("error")
def test_samples_that_would_overflow_are_refused_in_one_line(
    tmp_path: Path, loudest: float, words: str
) -> None:
    sound = np.tile(noise(RATE_HZ).astype(np.float64)[:, None], (1, 2))
    sound[RATE_HZ // 2 :] *= loudest
    path = tmp_path / "take.wav"
    soundfile.write(path, sound, RATE_HZ, subtype="DOUBLE")
    for take in (TakeFile(path), TakeArray(sound, RATE_HZ)):
        if not words:
            assert len(heard(take)) == RATE_HZ
            continue
        with pytest.raises(TakeError, match=words):
            heard(take)
