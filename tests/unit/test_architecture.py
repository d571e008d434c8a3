"""The picture and the pages about the code are true."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("CONTRIBUTING.md", "docs/architecture.md")


def test_the_picture_shows_the_imports_of_today() -> None:
    spec = importlib.util.spec_from_file_location("drawing", ROOT / "docs" / "draw_architecture.py")
    assert spec is not None
    assert spec.loader is not None
    drawing = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(drawing)
    drawn = drawing.PICTURE.read_text(encoding="utf-8")
    assert drawing.picture() == drawn, "draw it again: python docs/draw_architecture.py"
    rooms = {path.parent.name for path in (ROOT / "src" / "practiceear").glob("*/__init__.py")}
    assert rooms == set(re.findall(r'class="name"[^>]*>(\w+)<', drawn)) & rooms


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_names_is_there(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    named = re.findall(r"`([\w./-]+(?:\.py|\.toml|\.md|/))`", text)
    assert named
    here = [ROOT, ROOT / "src" / "practiceear"]
    assert [path for path in named if not any((root / path).exists() for root in here)] == []
