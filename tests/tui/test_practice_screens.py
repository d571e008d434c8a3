"""A practice session on the screen: every key, every order, and the journal behind it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from textual.events import Key

from practiceear.errors import DeviceError, JournalError
from practiceear.journal.connection import open_journal
from practiceear.journal.reading import list_sessions, list_takes, measures_of, remarks_of
from practiceear.journal.records import RemarkKind, TakeState
from practiceear.live.snapshot import LivePhase
from practiceear.practice.instructions import Ask, Breathe, Done, Paused, Play, Rest, Stopped
from practiceear.practice.plan import PracticePlan
from practiceear.practice.read_past import read_past
from practiceear.practice.session_limits import AfterPain, PastPractice
from practiceear.practice.steps import Step, StepKind
from tests.tui.fake_backend import FakeBackend, playing
from tests.tui.practising import PracticeDriver, drive_practice, read, scale
from tests.unit.practice.test_past_ladders import MONDAY, add_session

MAIN_KEYS = ["space", "pagedown", "pageup"]
KNOWN = PastPractice(n_sessions={"g-major-violin": 9}, pains=(0.0,))


def remarks(folder: Path) -> list[tuple[RemarkKind, float | None, str]]:
    with open_journal(folder) as journal:
        found = remarks_of(journal, session_id=1)
    return [(remark.kind, remark.number, remark.text) for remark in found]


@pytest.mark.parametrize("key", MAIN_KEYS)
def test_the_main_key_begins_ends_a_run_and_goes_on(tmp_path: Path, key: str) -> None:
    async def job(driver: PracticeDriver) -> None:
        assert driver.screen_name == "BeginScreen"
        assert "not a diagnosis" in driver.page
        assert driver.backend.players == []
        await driver.press(key)
        assert driver.screen_name == "PracticeScreen"
        await driver.press(key)
        await driver.wait(10.0)
        assert driver.backend.player.deeds == ["start", "stop", "summary", "close"]
        assert isinstance(driver.now, Breathe)
        await driver.press(key)
        assert isinstance(driver.now, Play)
        assert len(driver.backend.players) == 2

    drive_practice(job, tmp_path, is_begun=False)


def test_no_key_is_needed_from_the_first_run_to_the_last(tmp_path: Path) -> None:
    async def job(driver: PracticeDriver) -> None:
        for _ in range(60):
            match driver.now:
                case Play():
                    await driver.play()
                case Ask():
                    await driver.press("2", "enter", "0", "enter")
                case Done():
                    break
                case _:
                    await driver.end_wait()
        assert driver.screen_name == "EndScreen"
        assert "5 runs were played" in driver.page
        assert "29 notes were heard" in driver.page  # as in a concert, and told of now

    drive_practice(job, tmp_path)
    with open_journal(tmp_path) as journal:
        takes = list_takes(journal)
        assert [take.state for take in takes] == [TakeState.COMPLETE] * 5
        assert [take.n_notes for take in takes] == [29] * 5
        assert all(take.setup.drill == "g-major-violin" for take in takes)
        assert measures_of(journal, 1)
        (_, session), *others = list_sessions(journal)
        assert not others
        assert session.plan_name == "Back to the violin"
        assert session.ended_utc_s is not None
    assert remarks(tmp_path) == [
        (RemarkKind.EFFORT, 2.0, ""),
        (RemarkKind.PAIN, 0.0, ""),
        (RemarkKind.REST, 300.0, "planned"),
        (RemarkKind.TAG, None, "performance"),
        (RemarkKind.EFFORT, 2.0, ""),
        (RemarkKind.PAIN, 0.0, ""),
    ]


def test_a_run_ends_by_itself_when_its_notes_were_heard(tmp_path: Path) -> None:
    async def job(driver: PracticeDriver) -> None:
        await driver.see(playing((0.001,) * 29, elapsed_s=11.2))
        assert "stop" not in driver.backend.player.deeds
        assert "PLAY" in driver.page or "█" in driver.page
        await driver.see(playing((0.001,) * 29, elapsed_s=13.5))
        assert "stop" in driver.backend.player.deeds

    drive_practice(job, tmp_path)


def test_notes_fingering_tempo_and_stop_can_be_read_on_80_by_24(tmp_path: Path) -> None:
    async def job(driver: PracticeDriver) -> None:
        page = driver.page
        assert "G major, two octaves" in page
        assert "F#5" in page
        assert "run 1 of 3" in page
        assert " esc  stop" in page

    drive_practice(job, tmp_path)


@pytest.mark.parametrize("key", ["escape", "q", "ctrl+q"])
@pytest.mark.parametrize("n_runs", [0, 1, 3])
def test_stopping_is_always_possible_and_kept(tmp_path: Path, key: str, n_runs: int) -> None:
    async def job(driver: PracticeDriver) -> None:
        await driver.see(playing((0.001,) * 8, elapsed_s=5.0))
        for _ in range(n_runs):
            await driver.play()
            if isinstance(driver.now, Breathe):
                await driver.end_wait()
        await driver.press(key)
        await driver.wait(1.0)
        assert driver.now == Stopped("player")
        assert driver.screen_name == "EndScreen"
        assert all("close" in player.deeds for player in driver.backend.players)
        await driver.pilot.press("space")
        await driver.pilot.pause()
        assert driver.app._exit

    drive_practice(job, tmp_path)
    assert (RemarkKind.STOP, None, "player") in remarks(tmp_path)


@pytest.mark.parametrize("n_runs", [0, 1])
def test_an_end_from_outside_keeps_the_run_that_is_played_and_leaves(
    tmp_path: Path, n_runs: int
) -> None:
    async def job(driver: PracticeDriver) -> None:
        await driver.see(playing((0.001,) * 8, elapsed_s=5.0))
        for _ in range(n_runs):  # then it breathes
            await driver.play()
        driver.app.end_from_outside()
        await driver.settle()
        await driver.wait(1.0)
        assert driver.now == Stopped("player")
        assert driver.app._exit
        assert all({"summary", "close"} <= set(player.deeds) for player in driver.backend.players)

    drive_practice(job, tmp_path)
    with open_journal(tmp_path) as journal:
        takes = list_takes(journal)
    assert [take.state for take in takes] == [TakeState.COMPLETE]


@pytest.mark.parametrize("key", ["space", "s", "p"])
@pytest.mark.parametrize(("first", "wanted"), [("escape", Stopped), ("a", Ask)])
def test_no_key_undoes_a_stop_or_the_wish_to_say_what_hurts_while_a_run_is_measured(
    tmp_path: Path, first: str, wanted: type[Stopped | Ask], key: str
) -> None:
    async def job(driver: PracticeDriver) -> None:
        await driver.press(first, key)
        await driver.wait(1.0)
        assert isinstance(driver.now, wanted)

    drive_practice(job, tmp_path)


def test_pain_stops_and_nothing_leads_back(tmp_path: Path) -> None:
    async def job(driver: PracticeDriver) -> None:
        await driver.press("a")
        await driver.wait(1.0)
        order = driver.now
        assert isinstance(order, Ask)
        assert "not a diagnosis" in driver.page
        await driver.press("1", "0", "enter", "backspace", "4", "enter", "1", "0", "enter")
        assert driver.now == Stopped("pain")
        assert "tell R. Meyer" in driver.page
        n_players = len(driver.backend.players)
        for key in ("s", "p", "a", "r"):
            await driver.press(key)
        assert driver.now == Stopped("pain")
        assert len(driver.backend.players) == n_players

    drive_practice(job, tmp_path)
    said = remarks(tmp_path)
    assert (RemarkKind.EFFORT, 4.0, "") in said
    assert (RemarkKind.PAIN, 10.0, "") in said
    assert (RemarkKind.STOP, None, "pain") in said


def test_pain_is_asked_for_before_the_first_run(tmp_path: Path) -> None:
    async def job(driver: PracticeDriver) -> None:
        assert driver.screen_name == "AskScreen"
        assert "pain" in driver.page
        assert "effort was it" not in driver.page
        assert driver.backend.players == []
        await driver.press("1", "enter")
        assert driver.screen_name == "PracticeScreen"

    drive_practice(job, tmp_path, past=PastPractice())
    assert remarks(tmp_path) == [(RemarkKind.PAIN, 1.0, "")]


@pytest.mark.parametrize(
    "keys",
    [
        ("1", "1"),
        ("1", "0", "0"),
        (),
        ("1", "comma", "comma"),
        ("full_stop",),
        ("0", "slash", "1", "0"),
        ("2", "minus", "3"),
        (*"six",),
        (*"seven",),
        (*"eleven",),
    ],
)
def test_what_is_no_answer_is_asked_again(tmp_path: Path, keys: tuple[str, ...]) -> None:
    async def job(driver: PracticeDriver) -> None:
        await driver.press(*keys, "enter")
        assert driver.now == Ask(is_planned=False, is_first=True)
        assert driver.screen_name == "AskScreen"
        assert "number from 0 to 10" in driver.page
        assert driver.backend.players == []
        await driver.press("2", "comma", "5", "enter")
        assert isinstance(driver.now, Play)

    drive_practice(job, tmp_path, past=PastPractice())
    assert remarks(tmp_path) == [(RemarkKind.PAIN, 2.5, "")]


def test_enter_does_not_overtake_what_was_typed_before_it(tmp_path: Path) -> None:
    async def job(driver: PracticeDriver) -> None:
        for key, character in (("1", "1"), ("0", "0"), ("enter", "\r")):  # faster than the screen
            driver.app.post_message(Key(key, character))
        await driver.settle()
        assert driver.now == Stopped("pain")

    drive_practice(job, tmp_path, past=PastPractice())
    assert (RemarkKind.PAIN, 10.0, "") in remarks(tmp_path)


def test_no_key_but_enter_or_skip_leads_on_from_a_question(tmp_path: Path) -> None:
    async def job(driver: PracticeDriver) -> None:
        for key in ("7", "space", "pagedown", "pageup", "p", "a", "r", "s", "x", "left", "tab"):
            await driver.press(key)
            assert driver.now == Ask(is_planned=False, is_first=True), key
        assert driver.backend.players == []

    drive_practice(job, tmp_path, past=PastPractice())
    assert remarks(tmp_path) == []


def test_a_scale_is_drawn_and_arrows_move_on_it(tmp_path: Path) -> None:
    async def job(driver: PracticeDriver) -> None:
        assert "0  1  2  3  4  5  6  7  8  9  10" in driver.page
        await driver.press("right", "right", "right")
        assert " 1 [2] 3 " in driver.page
        await driver.press("left", "left", "left", "enter")
        assert isinstance(driver.now, Play)

    drive_practice(job, tmp_path, past=PastPractice())
    assert remarks(tmp_path) == [(RemarkKind.PAIN, 0.0, "")]


def test_what_was_said_before_stopping_at_a_question_is_kept(tmp_path: Path) -> None:
    async def job(driver: PracticeDriver) -> None:
        await driver.press("a")
        await driver.wait(1.0)
        await driver.press("8", "enter", "4", "escape")
        assert driver.now == Stopped("player")

    drive_practice(job, tmp_path)
    said = remarks(tmp_path)
    assert (RemarkKind.EFFORT, 8.0, "") in said
    assert (RemarkKind.STOP, None, "player") in said
    assert all(kind is not RemarkKind.PAIN for kind, _, _ in said)  # it was never confirmed


def test_an_end_from_outside_at_a_question_keeps_what_was_said_before(tmp_path: Path) -> None:
    async def job(driver: PracticeDriver) -> None:
        await driver.press("a")
        await driver.wait(1.0)
        await driver.press("8", "enter")
        driver.app.end_from_outside()
        await driver.settle()
        assert driver.now == Stopped("player")
        assert driver.app._exit

    drive_practice(job, tmp_path)
    assert (RemarkKind.EFFORT, 8.0, "") in remarks(tmp_path)


def test_a_signal_after_the_app_has_ended_changes_nothing(tmp_path: Path) -> None:
    apps = []

    async def job(driver: PracticeDriver) -> None:
        apps.append(driver.app)

    drive_practice(job, tmp_path)
    apps[0].end_from_outside()  # its loop is closed: there is nothing to call


def test_questions_can_be_left_out(tmp_path: Path) -> None:
    async def job(driver: PracticeDriver) -> None:
        await driver.press("s")
        await driver.wait(1.0)
        assert driver.screen_name == "AskScreen"
        await driver.press("s", "enter", "s", "enter")
        assert isinstance(driver.now, Rest)

    drive_practice(job, tmp_path)
    assert remarks(tmp_path) == []


def test_leaving_everything_out_ends(tmp_path: Path) -> None:
    async def job(driver: PracticeDriver) -> None:
        for _ in range(12):
            await driver.press("s", "enter")
            await driver.wait(1.0 if not isinstance(driver.now, Rest) else 300.0)
        assert driver.now == Done()
        assert driver.screen_name == "EndScreen"

    drive_practice(job, tmp_path)


def test_a_rest_that_the_plan_asks_for_is_cut_short_by_no_key(tmp_path: Path) -> None:
    async def job(driver: PracticeDriver) -> None:
        await driver.press("s")
        await driver.wait(1.0)
        await driver.press("s", "enter", "s", "enter")
        rest = driver.now
        assert isinstance(rest, Rest)
        assert "leave out" not in driver.page
        await driver.wait(20.0)
        for key in ("pagedown", "space", "enter", "s"):
            await driver.press(key)
            assert driver.now == rest
        assert "This rest cannot be left out" in driver.page
        assert "esc ends the session" in driver.page
        await driver.press("a")
        assert driver.screen_name == "AskScreen"
        await driver.press("2", "enter", "0", "enter")
        assert driver.now == rest
        assert "This rest cannot" not in driver.page
        await driver.press("p")
        await driver.press("s")
        assert driver.now == rest
        await driver.end_wait()
        assert driver.screen_name == "RestScreen"  # the silent rehearsal that follows it
        assert "Hands still" in driver.page

    drive_practice(job, tmp_path)
    rests = [remark for remark in remarks(tmp_path) if remark[0] is RemarkKind.REST]
    assert rests == [(RemarkKind.REST, 300.0, "planned")]  # one, though it was asked in between


def test_where_pain_led_one_level_back_it_is_said_before_the_session(tmp_path: Path) -> None:
    stopped = AfterPain((date(2026, 3, 1),), back_until=date(2026, 3, 6))

    async def job(driver: PracticeDriver) -> None:
        assert driver.screen_name == "BeginScreen"
        assert "one level back" in driver.page
        assert "tell R. Meyer" in driver.page

    past = PastPractice(after_pain=stopped)
    drive_practice(job, tmp_path, past=past, is_begun=False)


def test_results_are_shown_on_request_once_the_drill_is_known(tmp_path: Path) -> None:
    async def job(driver: PracticeDriver) -> None:
        await driver.play()
        assert "29 notes were heard" not in driver.page
        await driver.press("r")
        assert "29 notes were heard" in driver.page

    drive_practice(job, tmp_path, past=KNOWN)


def test_where_a_ladder_goes_on_is_said_before_its_first_run_only(tmp_path: Path) -> None:
    before = tmp_path / "before"
    before.mkdir()
    with open_journal(before) as journal:
        add_session(journal, [60.0, 60.0, 60.0, 64.0])
        now = MONDAY + timedelta(days=1)
        past = replace(read_past(journal, read(tmp_path), now), pains=(0.0,))

    async def job(driver: PracticeDriver) -> None:
        assert "It goes on at 64, where you ended yesterday." in driver.page
        await driver.play()
        await driver.end_wait()
        assert "It goes on at" not in driver.page

    drive_practice(job, tmp_path, past=past)


def test_a_new_drill_shows_every_result(tmp_path: Path) -> None:
    async def job(driver: PracticeDriver) -> None:
        await driver.play()
        assert "29 notes were heard" in driver.page

    drive_practice(job, tmp_path)


def test_a_pause_holds_everything_and_the_run_is_played_again(tmp_path: Path) -> None:
    async def job(driver: PracticeDriver) -> None:
        await driver.press("p")
        await driver.wait(1.0)
        assert isinstance(driver.now, Paused)
        await driver.wait(1000.0)
        assert isinstance(driver.now, Paused)
        await driver.press("space")
        assert isinstance(driver.now, Play)
        assert driver.now.number == 1
        await driver.play()
        await driver.press("p")
        await driver.wait(1000.0)
        await driver.press("p")
        assert isinstance(driver.now, Breathe)
        await driver.wait(9.0)
        assert isinstance(driver.now, Breathe)
        await driver.wait(1.5)
        assert isinstance(driver.now, Play)

    drive_practice(job, tmp_path)


def test_a_microphone_that_fails_is_said_and_can_be_tried_again(tmp_path: Path) -> None:
    backend = FakeBackend(
        review=scale(), reason=DeviceError("there is no microphone", "Plug one in")
    )

    async def job(driver: PracticeDriver) -> None:
        assert isinstance(driver.now, Paused)
        assert "! there is no microphone. Plug one in." in driver.page
        backend.reason = None
        await driver.press("space")
        await driver.see(playing((0.001,) * 8, phase=LivePhase.FAILED, warning="it is unplugged"))
        assert isinstance(driver.now, Paused)
        assert "it is unplugged" in driver.page

    drive_practice(job, tmp_path, backend=backend)
    with open_journal(tmp_path) as journal:
        assert [take.state for take in list_takes(journal)] == [TakeState.COMPLETE]


def test_a_journal_that_fails_stops_before_the_next_run(tmp_path: Path) -> None:
    async def job(driver: PracticeDriver) -> None:
        await driver.play()
        writer = driver.app.session.kept.writer
        writer._error = JournalError("the disk is full", "Make room")
        await driver.end_wait()
        assert driver.screen_name == "EndScreen"
        assert "! the disk is full. Make room." in driver.page
        assert len(driver.backend.players) == 1
        writer._error = None

    drive_practice(job, tmp_path)


def test_who_may_not_play_today_is_told_before_anything_is_opened(tmp_path: Path) -> None:
    async def job(driver: PracticeDriver) -> None:
        assert driver.screen_name == "EndScreen"
        assert driver.backend.players == []
        assert "pain" in driver.page

    drive_practice(job, tmp_path, past=PastPractice(pains=(5.0,)))


@pytest.mark.parametrize("size", [(80, 24), (60, 20), (120, 50), (40, 12), (30, 9)])
def test_every_screen_fits_every_size(tmp_path: Path, size: tuple[int, int]) -> None:
    async def job(driver: PracticeDriver) -> None:
        for _ in range(60):
            if driver.app.view.run.is_over:
                break
            await driver.pilot.resize_terminal(*size)
            await driver.settle()
            lines = [line for line in driver.page.splitlines() if line.strip()]
            assert lines
            assert max(map(len, lines)) <= size[0]
            match driver.now:
                case Play():
                    await driver.play()
                case Ask():
                    await driver.press("1", "0")
                case _:
                    await driver.end_wait()

    drive_practice(job, tmp_path)


@pytest.mark.parametrize("key", ["question_mark", "f1"])
def test_help_lies_over_the_session(tmp_path: Path, key: str) -> None:
    async def job(driver: PracticeDriver) -> None:
        await driver.press(key, key)
        assert driver.screen_name == "PracticeHelpScreen"
        await driver.press("space")
        assert driver.screen_name == "PracticeScreen"
        assert "stop" not in driver.backend.player.deeds

    drive_practice(job, tmp_path)


def test_a_long_tone_has_no_click_and_a_drill_has_its_own(tmp_path: Path) -> None:
    from practiceear.practice.drill import built_in_drills, find_drill

    tones = find_drill(built_in_drills(), "long-tones")

    def steps(plan: PracticePlan) -> tuple[Step, ...]:
        return (
            Step(StepKind.DRILL, 18.0, tones, 60.0, 1, None),
            Step(StepKind.DRILL, 18.0, plan.drills[0].drill, 64.0, 1, plan.drills[0]),
            Step(StepKind.ASK, 10.0),
        )

    async def job(driver: PracticeDriver) -> None:
        await driver.play()
        await driver.end_wait()
        first, second = driver.backend.setups
        assert first.program is None
        assert second.program is not None
        assert second.program.bpm == 60.0  # where its ladder begins
        assert second.is_quiet

    drive_practice(job, tmp_path, steps=steps)
