"""The take that comes with the program, for those who have no recording at hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files

from practiceear.session.fixture import Fixture, read_fixture


@contextmanager
def demo_take() -> Iterator[Fixture]:
    """Give the built-in demo take for as long as its files are needed."""
    with as_file(files("practiceear.demo_take")) as folder:
        yield read_fixture(folder)
