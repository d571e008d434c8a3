from __future__ import annotations

import subprocess
import sys

import pytest

FOUND = """
import sys
import numpy as np
{get}
sound = np.sin(0.05 * np.arange(8192) ** 1.02) + 0.1 * np.cos(np.arange(8192) ** 1.5)
sounds = np.stack([sound, np.round(sound, 1), np.sign(sound), 0.0 * sound])
print(yin(sounds, fmin=80.0, fmax=2000.0, sr=22050, frame_length=1024).tobytes().hex())
"""
LIGHT = "from practiceear.notes.librosa_yin import import_yin; yin = import_yin()"


def run(get: str, then: str = "") -> str:
    code = FOUND.format(get=get) + then
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return done.stdout


def test_pitches_are_librosas_to_the_bit() -> None:
    assert run(LIGHT) == run("import librosa; yin = librosa.yin")


@pytest.mark.parametrize(
    "then",
    [
        "assert not set(sys.modules) & {'scipy.signal', 'scipy.stats', 'audioread'}",
        "import scipy.signal, scipy.stats; scipy.signal.hilbert(sound); scipy.stats.norm.cdf(0)",
        "import librosa; librosa.onset.onset_detect(y=sound, sr=22050); librosa.note_to_hz('A4')",
        "import numba; assert numba.guvectorize.__module__.startswith('numba.')",
        "from scipy.ndimage import median_filter; median_filter(sound, 3)",
    ],
)
def test_what_is_left_out_can_be_had_afterwards(then: str) -> None:
    run(LIGHT, then)
