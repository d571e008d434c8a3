"""Reads through ffmpeg what phones, browsers and cameras record: AAC, ALAC, Opus, WMA and so on.

ffmpeg is a program that may be installed or not; nothing else needs it. It is given one local
file, may open nothing else, and is killed when nobody reads on.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec
import numpy as np

from practiceear.audio.blocks import CHUNK_FRAMES, Frames, without_first
from practiceear.errors import MissingError, TakeError

FORMATS = "mov,matroska,asf,aac,amr,avi,ogg,wav,w64,aiff,caf"
"""Containers that ffmpeg may open: none that names other files or addresses."""

GUESSED_DURATION = frozenset(("aac", "amr"))  # no length in the file: the bit rate is a guess
PROBE_S = 20.0
LEAST_CPU_S, CPU_S_PER_MB = 60, 30  # a hundred times what decoding takes
SLACK_S = 0.1  # durations are rounded, and the last block of a codec may be left out
LONGEST_LEAD_S = 60.0
MOST_CHANNELS = 64
_SAMPLE_BYTES = 4
_IS_DAMAGED = re.compile(
    "premature|partial file|truncat|exceeds|corrupt|invalid|error parsing|missing mandatory", re.I
)


@dataclass(frozen=True, slots=True)
class FfmpegStream:
    """The first stream of sound that a file holds.

    ``n_promised_frames``: how long it should be; None where unknown. ``n_lead_frames``: how much
    later than the picture of a video its sound begins. ``is_start_known``: whether the length of
    the encoder's padding before the sound is known.
    """

    rate_hz: int
    n_channels: int
    n_promised_frames: int | None
    n_lead_frames: int
    is_start_known: bool


class FfmpegReader:
    """The frames of a file, decoded by ffmpeg; ``is_known_cut`` if its end is missing.

    MissingError where ffmpeg is not installed, TakeError where there is no sound it can read.
    """

    def __init__(self, path: Path, *, is_known_cut: bool = False) -> None:
        self._path, self._is_known_cut = path, is_known_cut
        self._program = _installed("ffmpeg", path)
        stream = probe(path)
        self.rate_hz, self.n_channels = stream.rate_hz, stream.n_channels
        # Of a file that is cut it is what is left of it.
        self.n_promised_frames = None if is_known_cut else stream.n_promised_frames
        self.is_start_known = stream.is_start_known
        self._n_lead_frames = stream.n_lead_frames
        self._is_damaged = False

    def is_cut(self, n_read: int) -> bool:
        """Whether a file of which ``n_read`` frames could be read is cut off or damaged."""
        slack = SLACK_S * self.rate_hz
        is_short = self.n_promised_frames is not None and n_read < self.n_promised_frames - slack
        return self._is_known_cut or self._is_damaged or is_short

    def chunks(self, first_frame: int = 0) -> Iterator[Frames]:
        """Deliver the frames from ``first_frame`` to the end or a damage."""
        return without_first(self._all_chunks(), first_frame)

    def _all_chunks(self) -> Iterator[Frames]:
        left = self._n_lead_frames
        while left > 0:
            yield np.zeros((min(left, CHUNK_FRAMES), self.n_channels), dtype=np.float32)
            left -= CHUNK_FRAMES
        self._is_damaged = False
        n_frame_bytes = _SAMPLE_BYTES * self.n_channels
        with _running(self._command()) as (process, messages):
            assert process.stdout is not None
            while raw := process.stdout.read(CHUNK_FRAMES * n_frame_bytes):
                whole = raw[: len(raw) - len(raw) % n_frame_bytes]
                yield np.frombuffer(whole, dtype="<f4").reshape(-1, self.n_channels)
            is_failed = process.wait() != 0
            self._is_damaged = is_failed or any(map(_IS_DAMAGED.search, messages()))

    def _command(self) -> list[str]:
        n_mb = self._path.stat().st_size >> 20
        limit_s = LEAST_CPU_S + CPU_S_PER_MB * n_mb
        return [
            *(self._program, "-nostdin", "-v", "error", "-timelimit", str(limit_s)),
            "-xerror",  # behind a block that is lost all times would be wrong
            *(*_input(self._path), "-map", "0:a:0"),
            *("-ar", str(self.rate_hz), "-ac", str(self.n_channels)),
            *("-c:a", "pcm_f32le", "-f", "f32le", "pipe:1"),
        ]


def probe(path: Path) -> FfmpegStream:
    """Return what sound a file holds; errors as for `FfmpegReader`."""
    command = [
        *(_installed("ffprobe", path), "-v", "error", *_input(path)),
        *("-select_streams", "a:0", "-read_intervals", "%+#8", "-of", "json", "-show_entries"),
        "format=format_name,nb_streams,start_time,duration:frame=pts_time"
        ":stream=sample_rate,channels,duration",
    ]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PROBE_S,
            check=False,
            start_new_session=True,
        )
        found = msgspec.json.decode(done.stdout or b"{}", type=_Probed, strict=False)
        return _stream(found, path)
    except (
        OSError, ValueError, subprocess.TimeoutExpired, OverflowError, msgspec.MsgspecError,
    ) as error:  # fmt: skip
        raise _unreadable(path) from error


class _Container(msgspec.Struct):
    format_name: str = ""
    nb_streams: int = 0
    start_time: float = 0.0
    duration: float | None = None


class _Sound(msgspec.Struct):
    sample_rate: int = 0
    channels: int = 0
    duration: float | None = None


class _Frame(msgspec.Struct):
    pts_time: float | None = None


class _Probed(msgspec.Struct):
    """What ffprobe says of a file; numbers may be written as texts."""

    format: _Container = msgspec.field(default_factory=_Container)
    streams: list[_Sound] = []
    frames: list[_Frame] = []


def _stream(found: _Probed, path: Path) -> FfmpegStream:
    container = found.format
    if container.nb_streams and not found.streams:
        raise TakeError(f"{path} holds no sound", "Choose a recording with sound")
    sound = found.streams[0] if found.streams else _Sound()
    if sound.sample_rate < 1 or not 1 <= sound.channels <= MOST_CHANNELS:
        raise _unreadable(path)
    duration_s = _duration_s(sound, container)
    lead_s = _lead_s(found) if container.nb_streams > 1 else 0.0
    return FfmpegStream(
        sound.sample_rate,
        sound.channels,
        None if duration_s is None else round((duration_s + lead_s) * sound.sample_rate),
        round(lead_s * sound.sample_rate),
        is_start_known=container.format_name not in ("aac", "asf"),
    )


def _duration_s(sound: _Sound, container: _Container) -> float | None:
    """How long the sound should be; that of a whole file only where it is nothing else."""
    if container.format_name in GUESSED_DURATION:
        return None
    is_alone = sound.duration is None and container.nb_streams == 1
    return container.duration if is_alone else sound.duration


def _lead_s(found: _Probed) -> float:
    """How much later than the beginning of a video its first sound is due."""
    begins_s = max(0.0, found.format.start_time)
    first_s = found.frames[0].pts_time if found.frames else None
    lead_s = 0.0 if first_s is None else first_s - begins_s
    return lead_s if 0.0 < lead_s <= LONGEST_LEAD_S else 0.0


def _installed(program: str, path: Path) -> str:
    found = shutil.which(program)
    if found is None:
        raise MissingError(
            f"{path} is read through ffmpeg, which is not installed",
            "Install ffmpeg (Debian: apt install ffmpeg; Mac: brew install ffmpeg; Windows:"
            " winget install ffmpeg), or save the take as WAV, FLAC or MP3",
        )
    return found


def _input(path: Path) -> list[str]:
    """A local file and nothing else, whatever it is called and whatever it names."""
    only = ["-protocol_whitelist", "file", "-format_whitelist", FORMATS]
    return [*only, "-i", f"file:{path.absolute()}"]


def _unreadable(path: Path) -> TakeError:
    return TakeError(
        f"{path} cannot be read: it is damaged, or its end is missing",
        "Copy it again from where it was recorded",
    )


@contextmanager
def _running(
    command: list[str],
) -> Iterator[tuple[subprocess.Popen[bytes], Callable[[], list[str]]]]:
    """A process and the lines of its error output, killed on leaving."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for this program: a file is not cut because of it
    )
    lines: deque[str] = deque(maxlen=50)
    assert process.stderr is not None
    listener = threading.Thread(target=_gather, args=(process.stderr, lines), daemon=True)
    listener.start()

    def messages() -> list[str]:
        listener.join()
        return list(lines)

    try:
        yield process, messages
    finally:
        process.kill()
        listener.join()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
        process.wait()


def _gather(pipe: IO[bytes], lines: deque[str]) -> None:
    for line in pipe:
        lines.append(line.decode("utf-8", "replace"))
