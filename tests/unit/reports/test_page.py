"""The page of a review: whole in itself, the same every time, safe with any name."""

from __future__ import annotations

import json
import re
import struct
import zlib
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from practiceear.analysis.corrections.apply import Correction
from practiceear.analysis.corrections.edits import Mark, MarkEdit, Remark, TakeEdits
from practiceear.analysis.review import TakeReview, review_take
from practiceear.audio.takefile import TakeArray, TakeFile
from practiceear.cli import run
from practiceear.errors import ExitCode
from practiceear.fixtures.fixture import demo_take
from practiceear.instruments.registry import load_instrument
from practiceear.metrics.catalogue import CORRECTED
from practiceear.reports.headline import finding
from practiceear.reports.html import moment, unbroken
from practiceear.reports.page import plots, tables
from practiceear.reports.page.page import review_page
from practiceear.reports.page.sound import (
    LONGEST_HEARD_S,
    N_BANDS,
    PageSound,
    SpectrogramMeter,
    hear_for_page,
    spectrogram_png,
)
from practiceear.reports.words import spoken
from tests.support.tones import tone_row
from tests.unit.reports.test_content_policy import assert_closed

SHA256 = "ab" * 32
Made = tuple[TakeReview, PageSound]


@pytest.fixture(scope="module")
def made() -> Made:
    with demo_take() as fixture:
        take = TakeFile(fixture.take_path)
        review = review_take(take, take, load_instrument("violin"), fixture.exercise, name="demo")
        sound = hear_for_page(take, review.duration_s, file_name="demo.flac", sha256=SHA256)
    return review, sound


class Outline(HTMLParser):
    """What a browser would make of the page: its tags, ids, and where they lead."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for key, value in attrs:
            if key == "id":
                self.ids.append(value or "")
            if key in ("src", "href", "xlink:href", "action", "data"):
                self.links.append(value or "")


def outline(page: str) -> Outline:
    found = Outline()
    found.feed(page)
    return found


def data_of(page: str) -> dict[str, object]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return dict(json.loads(found[1]))


def test_the_same_take_gives_the_same_bytes(made: Made) -> None:
    assert review_page(*made) == review_page(*made)


def test_nothing_is_fetched_and_no_id_comes_twice(made: Made) -> None:
    found = outline(review_page(*made))
    assert all(link.startswith(("#", "data:")) for link in found.links)
    assert len(found.ids) == len(set(found.ids))
    assert {"header", "main", "footer", "audio"} <= set(found.tags)


def test_only_the_pages_own_code_may_run(made: Made) -> None:
    assert_closed(review_page(*made))


def test_no_colour_is_left_that_the_style_sheet_does_not_know(made: Made) -> None:
    page = review_page(*made)
    drawn = "".join(re.findall(r'<div class="picture".*?</div>', page, re.DOTALL))
    assert not re.search(r"#[0-9a-f]{6}\b", drawn.replace("&#", ""))
    assert set(re.findall(r"var\((--\w+)\)", drawn)) <= set(re.findall(r"(--\w+):", page))


def test_the_finding_comes_first_and_every_measure_is_told_as_in_the_text(made: Made) -> None:
    review, _ = made
    page = unescape(review_page(*made))
    assert f"<h1>{unbroken(finding(review))}</h1>" in page
    snapshot = review.snapshot
    for metric in (*snapshot.compared, *(snapshot.metrics[key] for key in CORRECTED.values())):
        assert f">{metric.key.info.label}</th>" in page
        assert f"<td>{unbroken(spoken(metric))}</td><td>{metric.n}</td>" in page


def test_what_has_no_number_has_a_reason(made: Made) -> None:
    snapshot = made[0].snapshot
    told = " ".join(f"{one.labels} {one.reason}" for one in tables.unmeasured(snapshot)).lower()
    for metric in (one for one in snapshot.metrics.values() if one.key.info.label):
        if metric.is_unavailable:
            assert metric.key.info.label.lower() in told
            assert metric.reason.lower() in told


@pytest.mark.parametrize("name", [
    'a "quoted" & \'single\' one', "Übung № 3 – скрипка 練習.wav",
    "</script><script>alert(1)</script>", "<!--<script>", "{{ 7 * 7 }}", "back`tick ${x}.wav",
])  # fmt: skip
def test_a_name_is_only_a_name(made: Made, name: str) -> None:
    review, sound = made
    page = review_page(replace(review, name=name), replace(sound, file_name=name))
    plain = review_page(*made)
    assert outline(page).tags == outline(plain).tags
    assert f"<strong>{name}</strong>" in unescape(page)
    assert data_of(page)["take"] == {"name": name, "sha256": SHA256}


def test_folders_are_not_told(made: Made) -> None:
    review, sound = made
    assert "/home/anna" not in review_page(replace(review, name="/home/anna/demo.flac"), sound)


def test_corrections_are_said_and_remarks_listed_in_order(made: Made) -> None:
    review, sound = made
    heard = review.snapshot.notes.copy()
    first_s = float(heard["onset_sample"][0]) / review.snapshot.rate_hz
    edits = TakeEdits(
        "demo.flac", SHA256, (Mark(MarkEdit.DELETE, first_s),),
        (Remark(9.0, "later <i>"), Remark(2.0, "sooner")),
    )  # fmt: skip
    onsets = np.zeros(0, dtype=[("onset_sample", np.int64)])
    correction = Correction(edits, heard, onsets, np.zeros(0, dtype=np.bool_))
    page = review_page(replace(review, correction=correction), sound)
    assert "with 1 correction by hand (1 deleted)" in page
    assert page.index("2.00 s</span></button> sooner") < page.index("> later &lt;i&gt;")
    data = data_of(page)
    assert data["marks"] == [{"do": "delete", "time_s": first_s}]
    assert [one["time_s"] for one in data["remarks"]] == [9.0, 2.0]  # type: ignore[attr-defined]


def test_marks_stand_at_all_that_was_heard_what_was_left_out_of_the_numbers_too(made: Made) -> None:
    review, sound = made
    plain = data_of(review_page(review, sound))["heard_s"]
    mixed = replace(review.snapshot, left_out_onset_s=np.array([0.01, 0.02]))
    page = review_page(replace(review, snapshot=mixed), sound)
    assert data_of(page)["heard_s"] == [0.01, 0.02, *plain]  # type: ignore[misc]


def test_the_sound_can_be_left_out(made: Made) -> None:
    review, whole = made
    with demo_take() as fixture:
        silent = hear_for_page(
            TakeFile(fixture.take_path), review.duration_s,
            file_name="demo.flac", sha256=SHA256, has_audio=False,
        )  # fmt: skip
    page = review_page(review, silent)
    assert "audio" not in outline(page).tags
    assert "--no-audio" in page
    assert len(page) < len(review_page(review, whole)) - len(whole.stream or b"")


def test_two_hours_are_thinned_and_not_heard(made: Made) -> None:
    review, sound = made
    onset_s = np.arange(0.5, 7190.0, 0.25)
    notes = np.zeros(len(onset_s), dtype=review.snapshot.notes.dtype)
    notes["onset_sample"] = np.round(onset_s * review.snapshot.rate_hz)
    snapshot = replace(review.snapshot, notes=notes, alignment=None)
    long = replace(review, snapshot=snapshot, duration_s=7200.0)
    reason = hear_for_page(
        TakeArray(tone_row([0.1], 0.2), 44100), 1.01 * LONGEST_HEARD_S, file_name="x", sha256=SHA256
    ).silence_reason
    assert "15 minutes" in reason
    page = review_page(long, replace(sound, stream=None, silence_reason=reason))
    assert reason in page
    step = plots.drawn_step(len(notes))
    assert len(notes) / plots.MOST_DRAWN <= step < len(notes) / plots.MOST_DRAWN + 1
    assert f"one in {step} is drawn" in page
    assert len(page) < 4_000_000


def test_a_take_without_notes_has_a_page(tmp_path: Path) -> None:
    import soundfile

    noise = 1e-4 * np.random.default_rng(0).standard_normal(3 * 44100)
    soundfile.write(tmp_path / "noise.wav", noise, 44100)
    target = tmp_path / "out.html"
    assert run(["review", str(tmp_path / "noise.wav"), "--html", str(target)]) == ExitCode.OK
    assert "<h1>No notes were heard.</h1>" in target.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--demo", "--no-audio"], "--no-audio means nothing"),
        (["--demo", "--html", "page.wav"], "no name for a page"),
        (["a.wav", "b.wav", "--html", "page.html"], "one take"),
        (["--demo", "--html", "same.html", "--json=same.html"], "same place"),
    ],
)
def test_a_page_that_makes_no_sense_is_refused_at_once(
    arguments: list[str],
    complaint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["review", *arguments]) == ExitCode.USAGE
    error = capsys.readouterr().err
    assert complaint in error
    assert len(error.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    target = tmp_path / "full.html"
    target.symlink_to("/dev/full")
    assert run(["review", "--demo", "--html", str(target)]) == ExitCode.OUTPUT
    assert capsys.readouterr().err.count("cannot be written") == 1


def test_the_outline_and_the_spectrogram_stand_where_the_tones_are() -> None:
    sound = tone_row([0.5, 1.5], 0.3, pitch_hz=[220.0, 1760.0], duration_s=2.5)
    page_sound = hear_for_page(TakeArray(sound, 44100), 2.5, file_name="x", sha256=SHA256)
    reach = page_sound.outline.astype(int)[:, 1]
    assert len(reach) == 250
    assert set(np.flatnonzero(reach > 30)) <= {*range(49, 82), *range(149, 182)}
    picture = page_sound.spectrogram
    assert picture.shape == (N_BANDS, 100)
    low, high = (int(np.argmin(picture[:, column])) for column in (26, 66))
    assert high < low  # high pitches are above
    assert picture[:, 45].min() > 200


@pytest.mark.filterwarnings("error")
def test_the_outline_of_the_smallest_numbers_is_drawn() -> None:
    sound = np.full(44100, 1e-41, np.float32)
    found = hear_for_page(TakeArray(sound, 44100), 1.0, file_name="x", sha256=SHA256).outline
    assert found.max() == 127


@pytest.mark.parametrize("block_samples", [100, 44100])
def test_the_spectrogram_does_not_depend_on_blocks(block_samples: int) -> None:
    sound = tone_row([0.2, 0.7], 0.3, pitch_hz=[300.0, 900.0], duration_s=1.3)
    whole, parts = SpectrogramMeter(44100, 1.3), SpectrogramMeter(44100, 1.3)
    whole.add(sound)
    for first in range(0, len(sound), block_samples):
        parts.add(sound[first : first + block_samples])
    assert np.max(np.abs(whole.read().astype(int) - parts.read())) <= 1


@pytest.mark.parametrize("n_columns", [1, 40, 41])
def test_the_spectrogram_as_a_file_holds_its_shades(n_columns: int) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (N_BANDS, n_columns), dtype=np.uint8)
    file = spectrogram_png(picture)
    assert struct.unpack(">II", file[16:24]) == (n_columns, N_BANDS)
    n_packed = -(-n_columns // 2)
    packed = zlib.decompress(file[file.index(b"IDAT") + 4 : -16])
    rows = np.frombuffer(packed, np.uint8).reshape(N_BANDS, 1 + n_packed)
    assert set(rows[:, 0]) == {2}  # each byte is the difference from the one above
    pairs = np.cumsum(rows[:, 1:], axis=0, dtype=np.uint8)
    shades = np.stack((pairs >> 4, pairs & 15), axis=2).reshape(N_BANDS, -1)[:, :n_columns]
    np.testing.assert_array_equal(shades, picture // 16)


def test_moments_are_told_as_a_player_counts_them() -> None:
    told = [moment(one) for one in (0.0, 3.561, 59.994, 59.996, 432.66, 7199.999)]
    assert told == ["0.00 s", "3.56 s", "59.99 s", "1:00.00", "7:12.66", "120:00.00"]
