"""What is said while the ear is made ready."""

from __future__ import annotations

import pytest
from numba.core import event

from practiceear.analysis import pipeline
from practiceear.cli import terminal


@pytest.mark.parametrize(("n_compiled", "n_lines"), [(0, 0), (1, 1), (3, 1)])
def test_only_compiling_is_announced_and_once(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    n_compiled: int,
    n_lines: int,
) -> None:
    def compile_kernels() -> None:
        with event.trigger_event("numba:compiler_lock"):  # loading takes it too
            pass
        for _ in range(n_compiled):
            with event.trigger_event("numba:compile"):
                pass

    monkeypatch.setattr(pipeline, "compile_kernels", compile_kernels)
    terminal.prepare_pipeline.__wrapped__()
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("Preparing the ear") == n_lines
    with event.trigger_event("numba:compile"):  # later ones are not the ear's
        pass
    assert capsys.readouterr().err == ""
