from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from practiceear.audio.takefile import TakeArray, TakeFile, working_rate_hz
from practiceear.errors import TakeError, UsageError

RATE_HZ = 44100


def noise(n_samples: int, seed: int = 0) -> np.ndarray:
    return 0.2 * np.random.default_rng(seed).standard_normal(n_samples).astype(np.float32)


def heard(take: TakeArray | TakeFile, block_samples: int = 4096) -> np.ndarray:
    return np.concatenate([block.samples for block in take.blocks(block_samples)])


def written(
    folder: Path, samples: np.ndarray, rate_hz: int = RATE_HZ, name: str = "take.wav"
) -> Path:
    path = folder / name
    soundfile.write(path, samples, rate_hz, subtype="FLOAT" if name.endswith(".wav") else None)
    return path


@pytest.mark.parametrize("rate_hz", [44100, 22050])
@pytest.mark.parametrize("block_samples", [1, 7, 441, 100_000])
def test_blocks_of_any_size_hold_the_same_samples(rate_hz: int, block_samples: int) -> None:
    n_samples = 3000 if block_samples < 10 else 30_000
    take = TakeArray(noise(n_samples), rate_hz)
    assert np.array_equal(heard(take, block_samples), heard(take, 4096))


def test_blocks_say_where_they_stand() -> None:
    blocks = list(TakeArray(noise(10_000), RATE_HZ).blocks(999))
    ends = np.cumsum([len(block.samples) for block in blocks])
    assert [block.first_sample for block in blocks] == [0, *ends[:-1]]
    assert ends[-1] == 10_000


def test_a_file_and_its_samples_are_the_same_take(tmp_path: Path) -> None:
    samples = noise(50_000)
    assert np.array_equal(heard(TakeFile(written(tmp_path, samples))), samples)


@pytest.mark.parametrize("name", ["take.flac", "take.ogg", "take.mp3", "take.aiff"])
def test_every_format_is_read_at_its_length(tmp_path: Path, name: str) -> None:
    take = TakeFile(written(tmp_path, noise(44_100), name=name))
    assert len(heard(take)) == 44_100
    assert not take.health.is_cut_short


def test_equal_channels_are_one() -> None:
    mono = noise(20_000)
    stereo = np.stack([mono, mono], axis=1)
    assert np.array_equal(heard(TakeArray(stereo, RATE_HZ)), mono)
    assert np.array_equal(heard(TakeArray(np.repeat(mono[:, None], 8, 1), RATE_HZ)), mono)


def test_one_channel_can_be_chosen(tmp_path: Path) -> None:
    left, right = noise(20_000, 1), noise(20_000, 2)
    path = written(tmp_path, np.stack([left, right], axis=1))
    assert np.array_equal(heard(TakeFile(path, channel=2)), right)
    with pytest.raises(UsageError, match="no channel 3"):
        TakeFile(path, channel=3)


def test_cancelling_channels_are_noticed() -> None:
    mono = noise(20_000)
    take = TakeArray(np.stack([mono, -mono], axis=1), RATE_HZ)
    heard(take)
    assert take.health.mix_loss_db > 60


@pytest.mark.parametrize(
    ("rate_hz", "working_hz"),
    [
        (8000, 48000),
        (22050, 44100),
        (44100, 44100),
        (96000, 96000),
        (192000, 48000),
        (176400, 44100),
    ],
)
def test_working_rates(rate_hz: int, working_hz: int) -> None:
    assert working_rate_hz(rate_hz) == working_hz


@pytest.mark.parametrize("rate_hz", [8000, 16000, 32000, 192000])
def test_resampling_moves_nothing_in_time(rate_hz: int) -> None:
    samples = np.zeros(2 * rate_hz, dtype=np.float32)
    samples[rate_hz] = 1.0
    take = TakeArray(samples, rate_hz)
    sound = heard(take)
    assert abs(len(sound) - 2 * take.rate_hz) <= 1
    assert abs(int(np.argmax(np.abs(sound))) - take.rate_hz) <= 1


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.uint8])
def test_integers_are_scaled_to_full_scale(dtype: type[np.integer]) -> None:
    limits = np.iinfo(dtype)
    samples = np.full(5000, limits.max, dtype=dtype)
    samples[::2] = limits.min
    sound = heard(TakeArray(samples, RATE_HZ))
    assert sound.min() == -1.0
    assert sound.max() == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_sample_that_is_no_number_is_refused_with_its_time(bad: float) -> None:
    samples = noise(RATE_HZ)
    samples[22050] = bad
    with pytest.raises(TakeError, match=r"not a number, at 0\.500 s"):
        heard(TakeArray(samples, RATE_HZ))


def test_clipping_counts_runs_not_single_peaks() -> None:
    samples = noise(10_000)
    samples[100] = 1.0
    take = TakeArray(samples, RATE_HZ)
    heard(take)
    assert take.health.n_clipped_samples == 0
    samples[200:205] = -1.0
    take = TakeArray(samples, RATE_HZ)
    heard(take)
    assert take.health.n_clipped_samples == 5


def test_a_clipped_run_across_the_border_of_two_chunks_counts() -> None:
    samples = noise(20_000)
    samples[4094:4098] = 1.0
    samples[-3:] = 1.0
    take = TakeArray(samples, RATE_HZ)
    heard(take)
    assert take.health.n_clipped_samples == 7


def test_one_live_channel_of_many_is_no_cancelling(tmp_path: Path) -> None:
    frames = np.zeros((20_000, 8), dtype=np.float32)
    frames[:, 3] = noise(20_000)
    take = TakeFile(written(tmp_path, frames))
    heard(take)
    assert take.health.mix_loss_db == pytest.approx(0.0, abs=0.1)
    with pytest.raises(TakeError, match="every sample is zero"):
        heard(TakeFile(written(tmp_path, frames), channel=1))


@pytest.mark.parametrize("name", ["take.wav", "take.ogg", "take.aiff", "take.mp3"])
def test_every_file_cut_in_the_middle_says_so(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, noise(200_000), name=name)
    whole = TakeFile(path)
    heard(whole)
    assert not whole.health.is_cut_short
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    take = TakeFile(path)
    assert 0.3 * 200_000 < len(heard(take)) < 0.7 * 200_000
    assert take.health.is_cut_short


def test_a_flac_without_a_count_is_whole(tmp_path: Path) -> None:
    path = written(tmp_path, noise(50_000), name="take.flac")
    content = bytearray(path.read_bytes())
    content[21] &= 0xF0  # STREAMINFO's 36 bits of total samples, as a pipe leaves them
    content[22:26] = bytes(4)
    path.write_bytes(content)
    take = TakeFile(path)
    assert 50_000 - 64 < len(heard(take)) <= 50_000
    assert take.duration_s is None
    assert not take.health.is_cut_short


def without_count(path: Path) -> None:
    """Leave an MP3 as iTunes writes it: a long tag in front, and no info tag that counts."""
    content = path.read_bytes()
    second = content.index(content[:2], 48)  # the first piece is the info tag
    assert b"Info" in content[:second]
    path.write_bytes(b"ID3\x02\0\0\0\0\x10\0" + bytes(2048) + content[second:])


@pytest.mark.parametrize("rate_hz", [44100, 22050])
def test_an_mp3_without_a_count_is_whole_or_cut(tmp_path: Path, rate_hz: int) -> None:
    path = tmp_path / "take.mp3"
    soundfile.write(path, noise(200_000), rate_hz, bitrate_mode="CONSTANT", compression_level=0.5)
    without_count(path)
    whole = TakeFile(path)
    heard(whole)
    assert soundfile.info(path).frames > whole.health.n_frames  # the decoder guesses too many
    assert whole.health.n_promised_frames == whole.health.n_frames >= 200_000
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    cut = TakeFile(path)
    heard(cut)
    assert cut.health.is_cut_short
    assert 0.3 * 200_000 < cut.health.n_frames < 0.7 * 200_000


@pytest.mark.parametrize(("n_more", "is_cut_short"), [(0, False), (1, False), (3, True)])
def test_an_mp3_may_count_its_own_tag_but_no_more(
    tmp_path: Path, n_more: int, is_cut_short: bool
) -> None:
    path = written(tmp_path, noise(100_000), name="take.mp3")
    content = bytearray(path.read_bytes())
    place = max(content.find(b"Xing"), content.find(b"Info")) + 8
    n_counted = int.from_bytes(content[place : place + 4], "big")
    content[place : place + 4] = (n_counted + n_more).to_bytes(4, "big")
    path.write_bytes(content)
    take = TakeFile(path)
    assert len(heard(take)) >= 100_000
    assert take.health.is_cut_short == is_cut_short


def test_a_wrong_rate_is_the_takes_fault_whatever_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    soundfile.write("a.wav", noise(5000), 1000)
    Path("a.wav").rename("a")
    with pytest.raises(TakeError, match=r"^a: "):
        TakeFile(Path("a"))


def test_dc_and_peak_are_measured() -> None:
    take = TakeArray(np.full(10_000, 0.25, dtype=np.float32), RATE_HZ)
    heard(take)
    assert take.health.dc_offset == pytest.approx(0.25)
    assert take.health.peak == 0.25


def test_a_flac_cut_in_the_middle_gives_what_is_there_and_says_so(tmp_path: Path) -> None:
    samples = noise(200_000)
    path = written(tmp_path, samples, name="take.flac")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    take = TakeFile(path)
    sound = heard(take)
    assert 0.3 * len(samples) < len(sound) < 0.6 * len(samples)
    assert np.allclose(sound, samples[: len(sound)], atol=1e-4)
    assert take.health.is_cut_short


def _text(path: Path) -> None:
    path.write_text("not a recording at all\n" * 50)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _three_samples(path: Path) -> None:
    soundfile.write(path, noise(3), RATE_HZ)


def _one_kilohertz(path: Path) -> None:
    soundfile.write(path, noise(5000), 1000)


def _folder(path: Path) -> None:
    path.mkdir()


def _nothing(path: Path) -> None:
    assert not path.exists()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_text, "not an audio file"),
        (_empty, r"empty \(0 bytes\)"),
        (_three_samples, r"too short .*3 samples"),
        (_one_kilohertz, "sample rate of 1000 Hz"),
        (_folder, "is a folder"),
        (_nothing, "there is no file"),
    ],
)
def test_what_is_no_take_is_refused_with_its_name(
    tmp_path: Path, make: Callable[[Path], None], words: str
) -> None:
    path = tmp_path / "take.wav"
    make(path)
    with pytest.raises(TakeError, match=words) as caught:
        TakeFile(path)
    assert str(path) in caught.value.message
    assert caught.value.hint


def test_silence_is_refused_only_where_every_sample_is_zero(tmp_path: Path) -> None:
    samples = np.zeros(20_000, dtype=np.float32)
    silent = TakeFile(written(tmp_path, samples))
    with pytest.raises(TakeError, match="every sample is zero"):
        silent.refuse_silence()
    samples[-1] = 1e-6
    hissing = TakeFile(written(tmp_path, samples))
    hissing.refuse_silence()
    assert np.array_equal(heard(hissing), samples)


def test_of_a_silent_take_no_block_is_delivered(tmp_path: Path) -> None:
    silent = TakeFile(written(tmp_path, np.zeros(20_000, dtype=np.float32)))
    with pytest.raises(TakeError, match="every sample is zero"):
        next(silent.blocks(64))


@pytest.mark.parametrize(
    "samples",
    [np.zeros((2, 3, 4)), np.array(["a"]), np.zeros(10, dtype=complex), np.zeros((5, 100))],
)
def test_arrays_that_are_no_sound_are_refused(samples: np.ndarray) -> None:
    with pytest.raises(UsageError):
        TakeArray(samples, RATE_HZ)


@pytest.mark.parametrize("rate_hz", [44100, 22050])
def test_a_take_read_again_is_the_same_and_its_health_stays(tmp_path: Path, rate_hz: int) -> None:
    take = TakeFile(written(tmp_path, noise(30_000), rate_hz))
    first, health = heard(take), take.health
    again = take.blocks_again(4096)
    next(again)
    assert take.health == health
    assert np.array_equal(np.concatenate([b.samples for b in take.blocks_again(777)]), first)
