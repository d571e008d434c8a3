"""Sonic Visualiser, driven by a script of its own commands, without a screen."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

PROGRAM = shutil.which("sonic-visualiser")
LONGEST_S = 120.0
N_LAYERS = 6  # ruler, waveform and what was opened


def kept_layers(take: Path, opened: Sequence[Path], folder: Path) -> list[Path]:
    """Open files over a take; return the layers that the program then writes, as ``.svl``.

    Each has a ``.csv`` beside it.
    """
    script = folder / "commands.txt"
    lines = [f"/open {take}", *(f"/openadditional {one}" for one in opened), "1"]
    layers = [folder / f"layer_{i}.svl" for i in range(1, N_LAYERS + 1)]
    for i, layer in enumerate(layers, start=1):
        lines += [f"/setcurrent 1 {i}", f"/exportlayer {layer}"]
        lines += [f"/exportlayer {layer.with_suffix('.csv')}"]
    script.write_text("\n".join([*lines, "1", "/quit", ""]), "utf-8")
    _run("--no-audio", "--no-splash", "--osc-script", str(script), home=folder)
    return [layer for layer in layers if layer.exists()]


def _run(*arguments: str, home: Path) -> None:
    assert PROGRAM is not None
    _answer_first_question(home)
    subprocess.run(
        [PROGRAM, *arguments],
        env=_environment(home),
        capture_output=True,
        timeout=LONGEST_S,
        check=True,
    )


def _environment(home: Path) -> dict[str, str]:
    return {**os.environ, "HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}


def _answer_first_question(home: Path) -> None:
    """Refuse the network, which a first start would ask for in a window."""
    assert PROGRAM is not None
    done = subprocess.run(
        [PROGRAM, "--version"],
        env=_environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LONGEST_S,
        check=True,
    )
    found = re.search(r"\d+\.[.\d]+", done.stdout)
    assert found is not None, done.stdout
    settings = home / ".config" / "sonic-visualiser" / "Sonic Visualiser.conf"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(f"[Preferences]\nnetwork-permission-{found[0]}=false\n", "utf-8")
