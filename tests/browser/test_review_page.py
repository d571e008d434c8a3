"""The page of a review in a real browser: offline, heard, seen, corrected, printed."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from playwright import sync_api as playwright

from practiceear.cli import run
from practiceear.errors import ExitCode
from practiceear.fixtures.fixture import demo_take

READY = "html[data-page=ready][data-sound=ready]"
AS_PLAYED = ["--instrument", "violin", "--bpm", "66", "--subdivision", "4", "--first-beat", "0.8"]


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("takes") / "take.flac"
    with demo_take() as fixture:
        shutil.copy(fixture.take_path, path)
    return path


@pytest.fixture(scope="module")
def report(take: Path) -> Path:
    return reviewed(take)


def reviewed(take: Path, *more: str) -> Path:
    path = take.with_name(f"report{len(more)}.html")
    assert run(["review", str(take), *AS_PLAYED, "--html", str(path), *more]) == ExitCode.OK
    return path


@pytest.fixture
def page(browser: playwright.Browser, report: Path) -> Iterator[playwright.Page]:
    """The report, opened from disk; whatever it complains of or fetches fails the test."""
    context = browser.new_context(viewport={"width": 1100, "height": 900}, offline=True)
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda one: faults.append(one.text))
    page.on("pageerror", lambda one: faults.append(str(one)))
    page.on("request", lambda one: faults.append(one.url) if is_outside(one.url) else None)
    open_report(page, report)
    yield page
    context.close()
    assert faults == []


def is_outside(url: str) -> bool:
    return not url.startswith(("blob:", "data:")) and not url.endswith(".html")


def open_report(page: playwright.Page, report: Path) -> None:
    page.goto(report.as_uri())
    page.wait_for_selector(READY, state="attached")


def until(page: playwright.Page, is_so: Callable[[], bool]) -> None:
    """Wait in the test itself: the page allows no code but its own."""
    for _ in range(100):
        if is_so():
            return
        page.wait_for_timeout(50)
    pytest.fail("waited in vain")


def told(page: playwright.Page) -> str:
    return page.locator("#told").text_content() or ""


def cursor_s(page: playwright.Page) -> float:
    return float(page.locator("#timeline").get_attribute("data-cursor") or "nan")


def heard_s(page: playwright.Page) -> list[float]:
    return list(json.loads(page.locator("#data").text_content() or "")["heard_s"])


def place_of(page: playwright.Page, time_s: float) -> playwright.Position:
    """Where in the close-up a time stands."""
    timeline = page.locator("#timeline")
    start_s, span_s = (
        float(timeline.get_attribute(f"data-{one}") or 0) for one in ("start", "span")
    )
    box = page.locator("#canvas").bounding_box()
    assert box is not None
    return {"x": (time_s - start_s) / span_s * box["width"], "y": box["height"] / 3}


def saved(page: playwright.Page, path: Path) -> dict[str, list[dict[str, object]]]:
    with page.expect_download() as download:
        page.locator("#save").click()
    download.value.save_as(path)
    content = json.loads(path.read_text(encoding="utf-8"))
    assert download.value.suggested_filename == "take-edits.json"
    return dict(content)


def test_play_moves_the_cursor_and_half_speed_half_as_far(page: playwright.Page) -> None:
    page.locator("#play").click()
    until(page, lambda: cursor_s(page) > 0.3)
    assert page.locator("#play").text_content() == "Pause"
    page.locator("#half").check()
    assert page.evaluate("document.getElementById('sound').playbackRate") == 0.5
    assert page.evaluate("document.getElementById('sound').preservesPitch") is True
    page.locator("#play").click()
    stopped_s = cursor_s(page)
    page.wait_for_timeout(200)
    assert cursor_s(page) == stopped_s


def test_clicking_a_flagged_note_hears_it(page: playwright.Page) -> None:
    flag = page.locator("button.hear").nth(3)
    time_s = float(flag.get_attribute("data-time") or "nan")
    flag.click()
    until(page, lambda: cursor_s(page) > time_s)
    assert cursor_s(page) < time_s + 2.0


def test_clicking_a_plot_hears_from_there(page: playwright.Page) -> None:
    plot = page.locator(".picture[data-span]").nth(1)
    left, right = (float(one) for one in (plot.get_attribute("data-span") or "").split())
    box = plot.bounding_box()
    assert box is not None
    plot.click(position={"x": (left + 0.5 * (right - left)) * box["width"], "y": 40})
    page.locator("#play").click()
    duration_s = json.loads(page.locator("#data").text_content() or "")["duration_s"]
    assert cursor_s(page) == pytest.approx(duration_s / 2, abs=1.0)


SOUNDING = """async (times) => {
  const sound = document.getElementById("sound");
  const context = new AudioContext({ sampleRate: 32000 });
  const source = context.createMediaElementSource(sound);
  source.connect(context.destination);
  const pause = (length_ms) => new Promise((resolve) => setTimeout(resolve, length_ms));
  const heard = [];
  for (const time_s of times) {
    sound.pause();
    await pause(150);
    const isThere = new Promise((resolve) => { sound.onseeked = resolve; });
    sound.currentTime = time_s;
    await isThere;
    const tap = context.createAnalyser();
    tap.fftSize = 32768;
    source.connect(tap);
    await sound.play();
    await pause(500);
    const last = new Float32Array(tap.fftSize);
    tap.getFloatTimeDomainData(last);
    heard.push([...last]);
    source.disconnect(tap);
  }
  sound.pause();
  return heard;
}"""


def test_what_is_heard_after_a_seek_is_what_stands_there(page: playwright.Page, take: Path) -> None:
    sound, rate_hz = soundfile.read(take, dtype="float32")
    truth = soxr.resample(sound, rate_hz, 32000)
    times = [2.0, 7.777, 13.1, 21.3]
    for time_s, samples in zip(times, page.evaluate(SOUNDING, times), strict=True):
        heard = np.array(samples)
        first = int(np.flatnonzero(np.abs(heard) > 1e-5)[0])
        part = heard[first + 320 : first + 320 + 6400]
        begin = round((time_s - 0.3) * 32000)
        around = truth[begin : begin + round(0.9 * 32000)]
        lag = int(np.argmax(np.correlate(around, part, "valid")))
        error_s = (lag - 320) / 32000 - 0.3
        assert abs(error_s) < 0.020, f"{error_s:.4f} s off at {time_s} s"


def test_marks_are_moved_added_and_deleted_by_mouse_and_keys(
    page: playwright.Page, take: Path, tmp_path: Path
) -> None:
    heard = heard_s(page)
    page.locator("#correcting summary").click()
    canvas = page.locator("#canvas")
    place = place_of(page, heard[4])
    target: playwright.Position = {"x": place["x"] + 12, "y": place["y"]}
    canvas.drag_to(canvas, source_position=place, target_position=target)
    between_s = (heard[7] + heard[8]) / 2
    canvas.dblclick(position=place_of(page, between_s))
    canvas.click(position=place_of(page, heard[10]))
    page.keyboard.press(" ")
    until(page, lambda: page.locator("#play").text_content() == "Play")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press(".")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Delete")
    page.keyboard.press("r")
    page.keyboard.type("Too “soft” <b>here</b>")
    page.keyboard.press("Enter")
    content = saved(page, tmp_path / "edits.json")
    by_kind = {
        kind: [one for one in content["marks"] if one["do"] == kind]
        for kind in ("add", "move", "delete")
    }
    dragged, nudged = by_kind["move"]
    assert dragged["time_s"] == heard[4]
    assert dragged["to_s"] == pytest.approx(heard[4] + 12 / 80, abs=0.03)
    assert nudged == {"do": "move", "time_s": heard[10], "to_s": round(heard[10] + 0.011, 6)}
    assert [one["time_s"] for one in by_kind["delete"]] == [heard[11]]
    assert [one["time_s"] for one in by_kind["add"]] == [pytest.approx(between_s, abs=0.03)]
    assert [one["text"] for one in content["remarks"]] == ["Too “soft” <b>here</b>"]

    again = reviewed(take, "--edits", str(tmp_path / "edits.json"))
    open_report(page, again)
    assert "4 corrections by hand" in (page.locator("#corrected").text_content() or "")
    assert "<b>here</b>" in (page.locator("#remarks").text_content() or "")
    page.locator("#correcting summary").click()
    assert saved(page, tmp_path / "again.json") == content


def test_corrections_are_loaded_and_those_of_another_take_refused(
    page: playwright.Page, tmp_path: Path
) -> None:
    page.locator("#correcting summary").click()
    empty = saved(page, tmp_path / "edits.json")
    wanted = {**empty, "marks": [{"do": "delete", "time_s": heard_s(page)[2]}]}
    (tmp_path / "right.json").write_text(json.dumps(wanted))
    other = {**wanted, "take": {"name": "other", "sha256": "0" * 64}, "marks": []}
    (tmp_path / "other.json").write_text(json.dumps(other))
    page.locator("#load").set_input_files(tmp_path / "right.json")
    until(page, lambda: "1 correction" in told(page))
    page.locator("#load").set_input_files(tmp_path / "other.json")
    until(page, lambda: "another recording (other)" in told(page))
    assert saved(page, tmp_path / "saved.json") == wanted
    page.locator("#undo").click()
    assert saved(page, tmp_path / "saved.json") == empty


def test_no_serious_finding_of_axe_in_light_and_dark(page: playwright.Page) -> None:
    from axe_playwright_python.sync_playwright import Axe

    for one in page.locator("details").all():
        one.evaluate("(details) => { details.open = true; }")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page).response["violations"]
        serious = [one["id"] for one in found if one["impact"] in ("serious", "critical")]
        assert serious == [], json.dumps(found, indent=1)[:4000]


def test_nothing_overflows_a_phone(page: playwright.Page) -> None:
    page.set_viewport_size({"width": 380, "height": 800})
    for one in page.locator("details").all():
        one.evaluate("(details) => { details.open = true; }")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 380


def test_prints_to_two_pages(page: playwright.Page) -> None:
    document = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", document)) == 2
    assert re.search(rb"/MediaBox\s*\[0 0 59[45][.\d]* 84[12]", document)
