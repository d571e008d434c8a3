from __future__ import annotations

from collections.abc import Callable

import pytest

from practiceear import compiled


def test_a_kernel_is_compiled_even_where_nothing_can_be_kept(monkeypatch) -> None:
    asked: list[bool] = []

    def without_folder(*, cache: bool = False, **_options: object) -> Callable[[object], object]:
        asked.append(cache)

        def compile_it(function: object) -> object:
            if cache:
                raise RuntimeError("cannot cache function: no locator available")
            return function

        return compile_it

    monkeypatch.setattr(compiled, "njit", without_folder)
    assert compiled.kernel(max) is max
    assert asked == [True, False]


def test_a_kernel_computes_what_its_function_does() -> None:
    def third(number: float) -> float:
        return number / 3.0

    assert compiled.kernel(third)(1.0) == pytest.approx(1 / 3)
