"""Many takes at once give what each gives alone, whatever the jobs; unchanged ones are kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from practiceear.batch.index_page import index_page
from practiceear.batch.many_takes import (
    TakeDone,
    TakeJob,
    do_job,
    key_of,
    recall,
    remember,
)
from practiceear.batch.take_pool import done_here
from practiceear.cli.many import PageNames, takes_among
from practiceear.errors import UsageError
from practiceear.settings import Exercise
from tests.support.recordings import beginning

NAMES = ("violin_detached", "tap_table", "guitar_missed_notes")


def test_processes_give_what_one_gives(tmp_path: Path) -> None:
    takes = [beginning(name, tmp_path / f"{name}.flac") for name in NAMES]
    jobs = [TakeJob(str(take), take.stem) for take in takes]
    alone = [do_job(one) for one in jobs]
    assert all(one.is_reviewed for one in alone)
    together = {one.path: one for one in done_here(jobs, 2)}
    assert [together[one.path] for one in alone] == alone


def test_a_bad_take_is_told_and_stops_nothing(tmp_path: Path) -> None:
    bad = tmp_path / "bad.wav"
    bad.write_text("no sound")
    tap = beginning("tap_table", tmp_path / "tap.flac")
    jobs = [TakeJob(str(one), one.stem) for one in (bad, tap)]
    told = list(done_here(jobs, 1))
    assert not told[0].is_reviewed
    assert "bad.wav" in told[0].error
    assert told[1].is_reviewed


def test_what_is_done_is_kept_until_something_changes(tmp_path: Path) -> None:
    take = tmp_path / "take.flac"
    beginning("tap_table", take)
    one = TakeJob(str(take), "take", Exercise(instrument="tap"))
    done = do_job(one)
    remember(tmp_path, done)
    assert recall(tmp_path, one) == done
    assert recall(tmp_path, TakeJob(str(take), "take", Exercise(instrument="guitar"))) is None
    beginning("violin_detached", take)
    assert recall(tmp_path, one) is None
    (tmp_path / ".practiceear" / f"{key_of(one)}.json").write_text("{broken")
    assert recall(tmp_path, one) is None


def test_folders_stand_for_their_takes(tmp_path: Path) -> None:
    for name in (
        *("b.wav", "a.FLAC", ".hidden.wav", "notes.txt", "deep/c.ogg", ".git/d.wav"),
        *("memo.m4a", "VOICE.OPUS", "logic.caf", "clip.mov"),
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
    found = takes_among([tmp_path, tmp_path / "b.wav"])
    assert [one.name for one in found] == [
        *("VOICE.OPUS", "a.FLAC", "b.wav", "clip.mov", "c.ogg", "logic.caf", "memo.m4a")
    ]
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="holds no take"):
        takes_among([tmp_path / "empty"])


def test_names_of_takes_are_text_on_the_page() -> None:
    evil = '<script>alert("x")</script> 樂 & co.wav'
    done = TakeDone(
        f"/takes/{evil}",
        "k",
        finding="Even: 10 ms.",
        sd_ioi_ms=10.0,
        low_ms=8.0,
        high_ms=13.0,
        floor_ms=3.0,
        n_intervals=60,
        n_notes=61,
        page="/out/x y.html",
    )
    page = index_page([done, TakeDone("/bad.wav", "", error="<b>no</b>")])
    assert "<script>alert" not in page
    assert "<b>no</b>" not in page
    assert 'href="x%20y.html"' in page
    assert "樂" in page


def test_folders_are_not_on_the_page(tmp_path: Path) -> None:
    (tmp_path / "private").mkdir()
    bad = tmp_path / "private" / "bad.wav"
    bad.write_text("no sound")
    failed = do_job(TakeJob(str(bad), "bad"))
    page_path = "/home/me/out/a.html"
    unwritten = TakeDone("/home/me/a.wav", "", f"{page_path} cannot be written", 4, page=page_path)
    cut = TakeDone("/home/me/c.wav", "k", finding="Even.", is_cut_short=True, share_read=0.37)
    page = index_page([failed, unwritten, cut])
    assert "bad.wav is not an audio file" in page
    assert "a.html cannot be written" in page
    assert "The file is cut off or damaged: only 37 % of it could be read" in page
    for folder in ("private", "/home", "me/"):
        assert folder not in page


def test_ten_thousand_takes_of_one_name_get_a_page_each_in_linear_time() -> None:
    class Counting(set[str]):
        n_looked = 0

        def __contains__(self, name: object) -> bool:
            Counting.n_looked += 1
            return super().__contains__(name)

    names = PageNames()
    names._used = Counting(names._used)
    stems = ("take", "Take", "take-2", "index", "take")
    given = [names.name_for(Path(f"/{at}/{stems[at % 5]}.wav")) for at in range(10_000)]
    assert len({one.lower() for one in given}) == 10_000
    assert "index.html" not in given
    assert Counting.n_looked < 3 * 10_000
