"""Pages with a foreign script smuggled in, in a real browser: theirs runs not, ours does."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright import sync_api as playwright

from practiceear.batch.index_page import index_page
from practiceear.batch.many_takes import TakeDone
from practiceear.reports.html import sheet

FOREIGN = """<script>document.title = "run"</script>
<img src="x" onerror="document.title = 'run'"><b id="shown" style="color: rgb(1, 2, 3)">b</b>
<style>#shown { background: rgb(1, 2, 3) }</style></body>"""


def take(name: str, sd_ioi_ms: float) -> TakeDone:
    return TakeDone(
        f"/takes/{name}.wav", "k", finding="Even.", sd_ioi_ms=sd_ioi_ms, low_ms=1.0, high_ms=30.0,
        floor_ms=1.0, n_intervals=40, n_notes=41, page=f"/out/{name}.html",
    )  # fmt: skip


PAGES = {
    "index": index_page([take("b", 9.0), take("a", 21.0), take("c", 3.0)]),
    "sheet": sheet("two takes", "Even.", []),
}


@pytest.mark.parametrize("name", list(PAGES))
def test_what_is_smuggled_in_is_neither_run_nor_drawn(
    browser: playwright.Browser, tmp_path: Path, name: str
) -> None:
    target = tmp_path / "page.html"
    target.write_text(PAGES[name].replace("</body>", FOREIGN), encoding="utf-8")
    page = browser.new_page()
    page.goto(target.as_uri())
    page.wait_for_timeout(200)
    looks = "one => [getComputedStyle(one).color, getComputedStyle(one).backgroundColor]"
    assert page.title() != "run"
    assert "rgb(1, 2, 3)" not in page.locator("#shown").evaluate(looks)
    page.close()


def test_the_index_is_drawn_and_sorted_by_its_own_code(
    browser: playwright.Browser, tmp_path: Path
) -> None:
    target = tmp_path / "index.html"
    target.write_text(PAGES["index"], encoding="utf-8")
    page = browser.new_page()
    faults: list[str] = []
    page.on("console", lambda one: faults.append(one.text))
    page.on("pageerror", lambda one: faults.append(str(one)))
    page.goto(target.as_uri())
    page.get_by_role("button", name="Evenness").click()
    assert page.locator("tbody th").all_text_contents() == ["c.wav", "b.wav", "a.wav"]
    page.get_by_role("button", name="Take").click()
    assert page.locator("tbody th").all_text_contents() == ["a.wav", "b.wav", "c.wav"]
    assert page.locator("table").evaluate("one => getComputedStyle(one).borderCollapse") == (
        "collapse"
    )
    assert faults == []
    page.close()
